# SPDX-License-Identifier: MIT
# guest: range.elf
# needs: exec step blockirq
# Ctrl-C ends a range that would never end.
connect
hbreak wait_for_stop
continue
delete
interrupt-after 1
next
set var stop = 1
next
continue
