# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: int3|exec
# Printed in order, beside the vCPU, and the guest runs on.
connect
set dprintf-style agent
set var laps = 300
set var *(long *)((char *)&calls + 8) = 0x6f6c6c6568
dprintf lap,"n=%d %s %5.2x%c\n", calls, (char *)&calls + 8, calls, 33
break guest_report
continue
delete
continue
