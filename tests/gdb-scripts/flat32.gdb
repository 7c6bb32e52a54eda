# SPDX-License-Identifier: MIT
# guest: flat32.elf
# needs: exec data_write4|page_write
set architecture i386:x86-64
connect
at &_start
print/x $rax
watch shared
continue
at (long)$pc
print $cs & 3
continue
continue
delete
continue
