# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: int3 exec exec_rf
# A condition has a register while one is free; who needs it gets it, and the
# condition goes on by int3.
connect
set breakpoint always-inserted on
set var laps = 100
break lap if calls == 50
monitor dr
hbreak guest_puts
hbreak guest_put_dec
hbreak guest_end
hbreak guest_report
monitor dr
delete 2
delete 3
delete 4
delete 5
continue
print calls
delete
continue
