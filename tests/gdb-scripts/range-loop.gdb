# SPDX-License-Identifier: MIT
# guest: range.elf
# needs: exec step blockirq
# `next` over a loop of one line is one packet; no step goes into the timer's
# handler, which is pending all the time.
connect
monitor set run-loops off
set var stop = 1
hbreak count
continue
delete
set $before = ticks
exits from
next
exits to
print total
print ticks - $before
# 11 instructions a turn: one exit each
print $to - $from
print $to - $from > 1600 && $to - $from < 3200
continue
