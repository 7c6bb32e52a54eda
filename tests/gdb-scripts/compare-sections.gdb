# SPDX-License-Identifier: MIT
# guest: regs.elf
# needs: exec dr7_reported
# A breakpoint in .text is no difference; a changed variable is one.
connect
hbreak *regs_loaded
continue
set breakpoint always-inserted on
break guest_end
compare-sections .text
compare-sections .data
set var memory_cell = 7
compare-sections .data
continue
continue
