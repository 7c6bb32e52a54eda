# SPDX-License-Identifier: MIT
# guest: step.elf
# needs: exec step
connect
hbreak *at_out
continue
stepi
at after_out
stepi
stepi
at at_in
stepi
at after_in
print/x $al & 0x60
# Bochs leaves a trap pending behind each exit of a step; a step takes it.
stepi
at after_in+1
delete
continue
