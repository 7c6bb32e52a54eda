# SPDX-License-Identifier: MIT
# guest: ring3.elf
# needs: page_write exec step !page_write@3 !exec@3 !step@3 !data_write4@3
# Where nothing is reported from ring 3, nothing of it is promised.
connect
watch user_counter
continue
print $cs & 3
attempt continue
delete
hbreak *($pc + 7)
attempt continue
delete
stepi
kill
