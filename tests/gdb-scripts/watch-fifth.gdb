# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write1 data_write2 data_write4 data_write8 !page_write
# Four debug registers and no other tier.
connect
watch v1
watch v2
watch v4
watch v8
watch other
attempt continue
delete 5
hbreak rest
attempt continue
delete 6
continue
delete
continue
