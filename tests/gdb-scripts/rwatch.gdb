# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write4 data_access4
connect
rwatch v4
continue
continue
continue
continue
