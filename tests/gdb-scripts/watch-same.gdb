# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: exec data_write4|page_write
# A store that leaves the bytes as they are is no hit; one that changes them,
# caught by the same watch, is.
connect
set var rounds = 2
watch same
hbreak rest
continue
monitor dr
set var same = 8
continue
monitor dr
continue
delete
continue
