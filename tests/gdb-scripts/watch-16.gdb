# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write8|page_write
connect
watch pair
continue
continue
continue
