# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: exec data_write4|page_write
# The same store with report-unchanged: it is told, and GDB goes on by itself.
# The unaligned object beside it stays exact.
connect
monitor set report-unchanged on
monitor set
watch same
watch odd.word
hbreak rest
continue
continue
monitor dr
delete
continue
