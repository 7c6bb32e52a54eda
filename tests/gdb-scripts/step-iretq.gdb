# SPDX-License-Identifier: MIT
# guest: step.elf
# needs: exec step
connect
hbreak *at_iret
continue
stepi
at after_iret
delete
continue
