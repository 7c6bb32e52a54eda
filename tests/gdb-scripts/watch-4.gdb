# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write4|page_write
connect
set var rounds = 3
watch v4
continue
continue
continue
continue
