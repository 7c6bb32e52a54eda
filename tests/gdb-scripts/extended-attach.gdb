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
shell sleep 0.5
attach 1
print beats > $before
info threads
# this kills the first
attempt attach 2
attempt attach 1
delete
interrupt-after 1
run
print beats > 0
set var stop = 1
continue
