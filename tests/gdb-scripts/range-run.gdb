# SPDX-License-Identifier: MIT
# guest: range.elf
# needs: exec step blockirq
# `next` over a loop: run, not stepped, with its interrupts.  A handler that
# goes through the same loop meanwhile is not stopped in.
connect
set var stop = 1
set var turns = 20000
hbreak count
continue
delete
set var reenter = 3
exits from
next
exits to
exits runs range-run
print total
print reenter
print ticks >= 3
up
print $to - $from < 2000
print $runs
continue
