# SPDX-License-Identifier: MIT
# guest: tier.elf
# needs: exec data_write4 page_write
# The guest takes all four registers and gives them back, again and again; the
# watch goes to a page trap and comes back, and no store is missed.
connect
set breakpoint always-inserted on
watch hot2
ignore 1 48
continue
monitor dr
continue
continue
monitor dr
delete
continue
