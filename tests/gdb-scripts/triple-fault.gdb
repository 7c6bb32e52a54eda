# SPDX-License-Identifier: MIT
# guest: reset.elf
# needs: exec
# The state is still there, and it is said what has happened.
connect
hbreak ready
continue
set var how = 3
delete
continue
backtrace 1
print starts
monitor reset
maintenance flush register-cache
at _start
print starts
hbreak leave
continue
set var how = 3
delete
continue
continue
