# SPDX-License-Identifier: MIT
# guest: step.elf
# needs: exec step
connect
hbreak *at_rep
continue
steps-to after_rep
print/s target
delete
continue
