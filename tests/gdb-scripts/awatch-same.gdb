# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_access4|page_access data_write4|page_write
connect
awatch same
continue
continue
