# SPDX-License-Identifier: MIT
# guest: owndebug.elf
# needs: exec reinject dr_access|guest_exec dr7_reported
# GDB holds a debug register while the guest uses its own.
connect
hbreak elsewhere
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
