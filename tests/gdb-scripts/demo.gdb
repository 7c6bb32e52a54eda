# SPDX-License-Identifier: MIT
# guest: demo.elf
# needs: data_write4|page_write
connect
watch counter
continue
continue
backtrace
continue
continue
continue
continue
