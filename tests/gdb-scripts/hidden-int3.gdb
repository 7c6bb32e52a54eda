# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: int3|exec
connect
set breakpoint always-inserted on
set var laps = 3
break lap
break guest_report
compare-sections .text
x/2i lap
x/1xb lap
continue
compare-sections .text
print calls
continue
continue
delete
compare-sections .text
continue
