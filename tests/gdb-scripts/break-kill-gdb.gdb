# SPDX-License-Identifier: MIT
# guest: spin.elf
# needs: int3
# The same with an int3 in the guest's memory.
connect
break beat
continue
die
