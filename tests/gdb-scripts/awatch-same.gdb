# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_access4 data_write4
connect
awatch same
continue
continue
