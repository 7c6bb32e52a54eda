# SPDX-License-Identifier: MIT
# guest: step.elf
# needs: exec step dr7_reported
connect
hbreak *at_hlt
continue
stepi
at after_hlt
delete
hbreak *at_end
continue
at at_end
print ticks > 0
continue
