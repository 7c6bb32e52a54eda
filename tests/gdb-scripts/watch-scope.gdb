# SPDX-License-Identifier: MIT
# guest: scope.elf
# needs: data_write4|page_write exec int3|exec
connect
hbreak scoped
continue
delete 1
watch local
continue
continue
continue
continue
info watchpoints
continue
