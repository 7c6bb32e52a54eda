# SPDX-License-Identifier: MIT
# guest: step.elf
# needs: exec step
connect
hbreak *at_int
continue
stepi
at step_int_handler
print (((unsigned long *)$rsp)[2] >> 8) & 1
print ((unsigned long *)$rsp)[0] == (unsigned long)&after_int
stepi
delete
hbreak *after_int
continue
at after_int
delete
continue
