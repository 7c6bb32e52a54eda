# SPDX-License-Identifier: MIT
# guest: step.elf
# needs: exec step
connect
hbreak *at_syscall
continue
stepi
at step_syscall_target
print ($r11 >> 8) & 1
delete
continue
