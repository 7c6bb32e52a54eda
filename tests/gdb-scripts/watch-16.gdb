# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write8
connect
watch pair
continue
continue
continue
