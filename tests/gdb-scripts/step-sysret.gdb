# SPDX-License-Identifier: MIT
# guest: ring3.elf
# needs: exec step step@3 dr7_reported
# SYSRET loads RFLAGS from R11, and with it a TF of its own.
connect
hbreak *at_sysret
continue
stepi
at after_user_syscall
print $cs & 3
print ($eflags >> 8) & 1
stepi
at at_user_int
delete
continue
