# SPDX-License-Identifier: MIT
# guest: range.elf
# needs: exec step blockirq data_write4|page_write
# A watchpoint ends it.
connect
set var stop = 1
hbreak count
continue
delete
watch coarse
next
print total
next
print total
delete
next
continue
