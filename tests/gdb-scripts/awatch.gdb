# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write4|page_write data_access4|page_access
connect
awatch v4
continue
continue
continue
continue
continue
