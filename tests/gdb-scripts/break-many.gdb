# SPDX-License-Identifier: MIT
# guest: many.elf
# needs: exec step page_exec|int3
# Twenty at once, of both kinds; each is hit in its turn, in each lap.
connect
hbreak p0
break p1
hbreak p2
break p3
hbreak p4
break p5
hbreak p6
break p7
hbreak p8
break p9
hbreak p10
break p11
hbreak p12
break p13
hbreak p14
break p15
hbreak p16
break p17
hbreak p18
break p19
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
continue
monitor dr
print sum
delete
continue
