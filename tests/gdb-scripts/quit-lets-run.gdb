# SPDX-License-Identifier: MIT
# guest: count.elf
# needs: exec
# The script ends with the guest stopped at a breakpoint: GDB detaches.
connect
hbreak lap
continue
