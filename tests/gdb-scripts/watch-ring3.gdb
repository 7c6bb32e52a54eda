# SPDX-License-Identifier: MIT
# guest: ring3.elf
# needs: data_write4@3|page_write@3 dr7_reported
connect
watch user_counter
continue
print $cs & 3
continue
continue
continue
