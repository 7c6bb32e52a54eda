# SPDX-License-Identifier: MIT
# guest: calls.elf
# needs: exec
connect
info symbol _start
info line twice
hbreak factorial
continue
info frame
list factorial
ptype add
info source
delete
continue
