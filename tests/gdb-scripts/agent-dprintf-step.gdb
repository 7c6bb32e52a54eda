# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: int3|exec step
# A step onto a dprintf prints once, and the step off it not again.
connect
set var laps = 6
set dprintf-style agent
hbreak lap
continue
delete
dprintf *lap,"lap %d\n", calls
steps-to lap
stepi
steps-to lap
continue
