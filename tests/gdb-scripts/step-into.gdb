# SPDX-License-Identifier: MIT
# guest: calls.elf
# needs: exec int3|exec step
connect
hbreak twice
continue
step
backtrace 2
delete
continue
