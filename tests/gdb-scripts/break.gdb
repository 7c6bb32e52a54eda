# SPDX-License-Identifier: MIT
# guest: calls.elf
# needs: int3|exec
connect
break add
continue
backtrace 2
continue
info breakpoints
continue
