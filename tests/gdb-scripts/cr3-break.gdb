# SPDX-License-Identifier: MIT
# guest: spaces.elf
# needs: int3|exec
connect
break work
continue
print/x *window
continue
print/x *window
continue
print/x *window
continue
print/x *window
continue
