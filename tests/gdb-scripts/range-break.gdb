# SPDX-License-Identifier: MIT
# guest: range.elf
# needs: exec step blockirq
# A breakpoint inside of the range, decided beside the vCPU, ends it; the next
# `next` goes on from there.
connect
set var stop = 1
hbreak count
continue
delete
break *in_loop if total == 150
next
print total
delete
next
print total
continue
