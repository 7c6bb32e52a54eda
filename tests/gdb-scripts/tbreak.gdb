# SPDX-License-Identifier: MIT
# guest: calls.elf
# needs: int3|exec
connect
tbreak add
continue
info breakpoints
continue
