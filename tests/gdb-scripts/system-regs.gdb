# SPDX-License-Identifier: MIT
# guest: regs.elf
# needs: exec dr7_reported
connect
hbreak *regs_loaded
continue
print $cr0 & 0x80000001
print/x $cr4 & 0x220
print/x $efer & 0x500
print/x $dr6
print/x $dr7
print $cr3 != 0
print $cr8
set $cr2 = 0x1234abcd
set $dr0 = 0x5678
print/x $cr2
print/x $dr0
print/x $fs_base
set $gs_base = 0x7000
print/x $gs_base
print/x $k_gs_base
print $gdtr_base != 0 && $gdtr_limit > 0
set $idtr_limit = 0x7ff
print/x $idtr_limit
attempt set $idtr_limit = 0x10000
attempt set $cr8 = 0x10
print/x $idtr_limit
print $cs_base
info registers
continue
