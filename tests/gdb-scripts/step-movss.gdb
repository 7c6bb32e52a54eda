# SPDX-License-Identifier: MIT
# guest: step.elf
# needs: exec step
# The CPU holds the trap off for one instruction behind a load of SS.
connect
hbreak *at_movss
continue
steps-to after_movss+1
delete
continue
