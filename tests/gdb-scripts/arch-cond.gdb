# SPDX-License-Identifier: MIT
# guest: flat32.elf
# options: --gdb-arch auto
# needs: exec step
# Conditions with the registers of i386, decided beside the vCPU.
connect
hbreak *touch if shared >= 0x20 && $cr0 & 1 && $ebp > $esp
continue
print shared
monitor dr
delete
continue
