# SPDX-License-Identifier: MIT
# guest: smp.elf
# options: --cpus 2
# needs: exec data_write4|page_write
connect
watch ap_word
continue
continue
continue
delete
set var stop = 1
continue
