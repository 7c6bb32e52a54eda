# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: exec
# A breakpoint in .text is no difference; a changed variable is one.
set breakpoint always-inserted on
connect
break lap
continue
break guest_end
compare-sections .text
compare-sections .data
set var laps = 2
compare-sections .data
delete 1
continue
delete
continue
