# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write4|page_write exec
connect
set var rounds = 2
watch other
continue
set $behind = $pc
hbreak *$behind
continue
at $behind
print other
continue
