# SPDX-License-Identifier: MIT
# guest: spaces.elf
# needs: data_write4 exec
# A linear address: what is there changes with CR3.
connect
hbreak work
continue
watch *window
continue
continue
delete 1
continue
continue
continue
continue
