# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write1 data_write2 data_write4
connect
watch odd.word
continue
delete
watch odd.quad
continue
continue
