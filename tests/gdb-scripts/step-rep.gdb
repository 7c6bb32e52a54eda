# SPDX-License-Identifier: MIT
# guest: step.elf
# needs: exec step dr7_reported
connect
hbreak *at_rep
continue
steps-to after_rep
print/s target
delete
continue
