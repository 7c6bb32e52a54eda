# SPDX-License-Identifier: MIT
# guest: range.elf
# needs: exec step blockirq
# No register is left for the loop's way out: it is stepped, and ends the same.
connect
set var stop = 1
hbreak count
continue
delete
hbreak *(wait_for_stop + 1)
hbreak *(wait_for_stop + 2)
hbreak *(wait_for_stop + 3)
hbreak *(guest_main + 1)
exits from
next
exits to
exits runs range-run
print total
print $to - $from > 1600
print $runs
delete
continue
