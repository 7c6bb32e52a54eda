# SPDX-License-Identifier: MIT
# guest: calls.elf
# needs: exec step
connect
hbreak add
continue
stepi
stepi
stepi
print calls_made
steps-to 0
delete
continue
