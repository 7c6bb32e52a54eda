# SPDX-License-Identifier: MIT
# guest: reset.elf
# options: --on-reset restart
# needs: exec
# Without a stop: the breakpoint is hit in the next life.
connect
hbreak ready
continue
set var how = 1
continue
print how
set var how = 2
continue
print how
delete
continue
