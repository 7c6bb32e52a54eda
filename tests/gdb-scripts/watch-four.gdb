# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write1 data_write2 data_write4 data_write8
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
