# SPDX-License-Identifier: MIT
# guest: flat32.elf
# needs: exec step
set architecture i386:x86-64
connect
hbreak *touch
continue
stepi
print shared
continue
print shared
delete
continue
