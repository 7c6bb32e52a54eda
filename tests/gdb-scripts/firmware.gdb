# SPDX-License-Identifier: MIT
# guest: firmware.bin
# symbols: later firmware.elf
# options: --firmware /guests/firmware.bin
# needs: exec step data_write2|page_write
# The PC is CS's offset in real mode.
connect
at 0xfff0
print $cs
x/1xb 0xfffffff0
x/1xb 0xffff0
stepi
at 0xf000
watch *(short *)0x600
continue
continue
delete
continue
