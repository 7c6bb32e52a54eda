# SPDX-License-Identifier: MIT
# guest: tier.elf
# needs: exec step page_exec !int3
# The same with breakpoints, where int3 is not intercepted.
connect
hbreak cold_call0
hbreak cold_call1
hbreak cold_call2
hbreak cold_call3
hbreak hot_call
ignore 5 39
continue
monitor dr
continue
continue
continue
continue
monitor dr
delete
continue
