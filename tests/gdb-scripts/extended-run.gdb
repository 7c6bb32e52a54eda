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
# in the middle of its life
next
print starts
run
print starts
attempt run with arguments
info threads
set args
run
kill
info threads
run
delete
continue
