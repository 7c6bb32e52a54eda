# SPDX-License-Identifier: MIT
# guest: ring3.elf
# needs: exec@3 step@3 dr7_reported
connect
hbreak *at_user_syscall
continue
stepi
at syscall_entry
print $cs & 3
delete
hbreak *at_user_int
continue
stepi
at int80_entry
print $cs & 3
delete
hbreak *at_user_iretq
continue
stepi
at after_user_int
print $cs & 3
delete
continue
