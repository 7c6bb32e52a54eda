# SPDX-License-Identifier: MIT
# guest: boot16.bin
# symbols: later boot16.elf
# options: --flat 0x7c00
# needs: exec data_write2|page_write dr7_reported
connect
at 0x7c00
load-symbols
hbreak *begin
continue
at &begin
delete
watch *(short *)&word
continue
at &after_store
continue
continue
print $cs
delete
continue
