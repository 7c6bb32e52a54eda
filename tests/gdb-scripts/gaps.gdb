# SPDX-License-Identifier: MIT
# guest: gaps.elf
# needs: exec step
# What a KVM's emulator of ring 0 may lack, run and stepped.  (A breakpoint at
# an int3 is none of GDB's own: stop before it.)  A step of what faults ends at
# the handler, or behind the instruction after that.
connect
hbreak *before_int3
continue
delete
stepi 2
printf "after int3: %d\n", $pc == (unsigned long)&on_bp
hbreak *at_int
continue
delete
stepi
printf "after int: %d\n", $pc == (unsigned long)&on_soft
hbreak *at_plain
continue
delete
stepi
printf "after fwait: %d\n", $pc == (unsigned long)&at_plain + 1
hbreak *at_unset
continue
delete
stepi
printf "fwait, TS set: %d\n", $pc == (unsigned long)&on_nm || \
	$pc == (unsigned long)&at_unset + 1
hbreak *at_pending
continue
delete
stepi
printf "fwait, ES set: %d\n", $pc == (unsigned long)&on_mf || \
	$pc == (unsigned long)&at_pending + 1
continue
