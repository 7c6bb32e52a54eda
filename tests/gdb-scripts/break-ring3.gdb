# SPDX-License-Identifier: MIT
# guest: ring3.elf
# needs: exec@3 dr7_reported
connect
hbreak user_bump
continue
print $cs & 3
backtrace 2
continue
continue
continue
