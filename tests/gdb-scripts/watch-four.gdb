# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write1|page_write data_write2|page_write data_write4|page_write data_write8|page_write
connect
watch v1
watch v2
watch v4
watch v8
continue
continue
continue
continue
continue
