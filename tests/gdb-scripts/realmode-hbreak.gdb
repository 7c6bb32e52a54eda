# SPDX-License-Identifier: MIT
# guest: boot16.bin
# symbols: later boot16.elf
# needs: exec
connect
at 0x7c00
load-symbols
hbreak *after_store
continue
x/1xh &word
stepi
stepi
at &again
delete
continue
