# SPDX-License-Identifier: MIT
# guest: step.elf
# needs: exec step blockirq
# The timer is pending all the time: no step may land in its handler.
connect
hbreak *at_sti
continue
shell sleep 0.3
stepi
at after_sti
stepi
at at_hlt
delete
continue
