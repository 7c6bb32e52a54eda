# SPDX-License-Identifier: MIT
# guest: pvh.elf
# needs: exec data_write4|page_write
connect
at &pvh_entry
print $cr0 & 0x80000001
watch word
continue
continue
continue
print $cr0 & 0x80000001
delete
continue
