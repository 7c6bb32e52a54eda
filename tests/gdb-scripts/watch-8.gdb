# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write8
connect
watch v8
continue
continue
