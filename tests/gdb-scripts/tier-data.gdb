# SPDX-License-Identifier: MIT
# guest: tier.elf
# needs: data_write4 data_write8 page_write
# Four watches have the registers; the fifth, whose page is used much, gets one
# of them before it is hit at all.
connect
watch cold[0]
watch cold[1]
watch cold[2]
watch cold[3]
watch hot
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
