# SPDX-License-Identifier: MIT
# guest: calls.elf
# needs: exec
connect
info symbol _start
info line twice
hbreak factorial
continue
info frame
list factorial,+2
ptype add
info source
delete
continue
