# SPDX-License-Identifier: MIT
# guest: reset.elf
# options: --on-reset restart
# needs: int3
# The same with an int3, which the new image does not hold by itself.
connect
break ready
continue
set var how = 1
continue
print how
x/1xb ready
delete
continue
