# SPDX-License-Identifier: MIT
# guest: msr.elf
# needs: exec
connect
hbreak rest
continue
delete
monitor msr
monitor msr lstar
monitor msr 0x176
monitor msr IA32_KERNEL_GS_BASE
monitor msr lstar 0x444000
monitor msr sysenter_eip 0x555000
set $k_gs_base = 0x666000
monitor msr KERNEL_GS_BASE
monitor msr kernel_gs_base 0x777000
maint flush register-cache
print/x $k_gs_base
monitor msr lstar 0x8000000000000000
monitor msr lstr
monitor msr 0xdeadbeef
continue
