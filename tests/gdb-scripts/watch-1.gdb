# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write1
connect
watch v1
continue
continue
