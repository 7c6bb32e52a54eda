# SPDX-License-Identifier: MIT
# guest: reset.elf
# needs: exec
# The machine ends, and `run` starts it again: nothing of its last life is left.
connect-extended
hbreak ready
continue
print starts
print trace[100]
continue
info threads
attempt print $rip
run
print starts
print trace[100]
print $_exitcode
# in the middle of its life; and what no loader puts there
set var *(int *)0x300000 = 77
print *(int *)0x300000
next
print starts
run
print starts
print *(int *)0x300000
attempt run with arguments
info threads
set args
run
kill
info threads
run
delete
continue
