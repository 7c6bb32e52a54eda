# SPDX-License-Identifier: MIT
# guest: reset.elf
# options: --on-reset stop
# needs: exec
# The guest resets the machine in three ways; each time it stops before the
# first instruction, with its breakpoints.
connect
hbreak ready
continue
set var how = 1
set var trace[100] = 5
continue
at _start
print how
print trace[100]
print $dr0
continue
set var how = 2
continue
at _start
continue
set var how = 3
continue
continue
at _start
continue
print starts
delete
continue
