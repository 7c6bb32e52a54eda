# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write4|page_write
connect
watch v4
attempt monitor help
attempt monitor nonsense
continue
monitor dr
monitor watch
monitor cpus
monitor where
monitor wacth
monitor help pt
monitor pt
monitor set
delete
continue
