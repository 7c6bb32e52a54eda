# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: !data_write4 !page_write
# A watchpoint that this KVM would never report is refused, not accepted.
connect
watch v4
attempt continue
delete
continue
