# SPDX-License-Identifier: MIT
# guest: owndebug.elf
# needs: exec reinject dr7_reported
# GDB holds a debug register while the guest single-steps itself.
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
