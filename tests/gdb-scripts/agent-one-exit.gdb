# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: exec exec_rf
# A false condition costs one exit, with `break` as with `hbreak`.
connect
set var laps = 2010
break lap if calls == 1000
exits before
continue
exits after
print calls
print $after - $before
print $after - $before >= 1000 && $after - $before < 1100
delete
hbreak lap if calls == 2000
exits before
continue
exits after
print calls
print $after - $before
print $after - $before >= 999 && $after - $before < 1100
monitor dr
delete
continue
