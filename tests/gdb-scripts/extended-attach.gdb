# SPDX-License-Identifier: MIT
# guest: spin.elf
# needs: exec
# After a detach the guest runs on, and the same client comes back to it.
connect-extended
hbreak beat
continue
set $before = beats
detach
info threads
attempt print $rip
shell sleep 0.2
attach 1
away-until holds beats > $before
print beats > $before
info threads
# this kills the first
attempt attach 2
attempt attach 1
# and this one begins anew
run
print beats == 0
continue
print beats
delete
set var stop = 1
continue
