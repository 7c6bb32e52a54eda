# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write2
connect
watch v2
continue
continue
