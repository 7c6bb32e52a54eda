# SPDX-License-Identifier: MIT
# guest: pvh.elf
# needs: exec
connect
at &pvh_entry
hbreak *pvh_long
continue
print/x $efer & 0x500
delete
hbreak step_up
continue
print word
delete
continue
