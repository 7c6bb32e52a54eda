# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write2|page_write
connect
watch v2
continue
continue
