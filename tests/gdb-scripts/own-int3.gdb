# SPDX-License-Identifier: MIT
# guest: owndebug.elf
# needs: int3 reinject
# GDB's int3 and the guest's own.
connect
break elsewhere
continue
continue
continue
delete
continue
