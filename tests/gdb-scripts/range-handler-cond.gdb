# SPDX-License-Identifier: MIT
# guest: range.elf
# options: --without blockirq
# needs: exec step dr7_reported
# The handler that runs inside of a step has a breakpoint whose condition is
# false: it is got off with RFLAGS.RF.
connect
monitor set run-loops off
set var stop = 1
set var turns = 1000
hbreak count
continue
delete
break on_timer if total == 5000
next
print total
monitor dr
delete
continue
