# SPDX-License-Identifier: MIT
# guest: reset.elf
# needs: exec
# Without --on-reset the machine ends with a reset.
connect
hbreak ready
continue
set var how = 2
delete
continue
