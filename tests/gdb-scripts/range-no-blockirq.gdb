# SPDX-License-Identifier: MIT
# guest: range.elf
# options: --without blockirq
# needs: exec step dr7_reported
# As range-loop, on a KVM that cannot hold interrupts off: the timer's handler
# runs inside of a step, and the step ends behind it.
connect
monitor set run-loops off
set var stop = 1
set var turns = 1000
hbreak count
continue
delete
set $before = ticks
next
print total
print ticks - $before > 0
continue
