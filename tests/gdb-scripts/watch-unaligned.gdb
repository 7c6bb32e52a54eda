# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write1|page_write data_write2|page_write data_write4|page_write
connect
watch odd.word
continue
delete
watch odd.quad
continue
continue
