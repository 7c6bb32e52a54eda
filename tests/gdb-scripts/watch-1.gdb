# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write1|page_write
connect
watch v1
continue
continue
