# SPDX-License-Identifier: MIT
# guest: range.elf
# needs: exec step blockirq
# What is printed on the way does not end the range.
connect
set var stop = 1
set dprintf-style agent
hbreak count
continue
delete
dprintf *in_loop,"at %d\n", total
next
print total
delete
continue
