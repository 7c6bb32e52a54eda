# SPDX-License-Identifier: MIT
# guest: firmware.bin
# options: --firmware /guests/firmware.bin
# needs: exec step data_write2|page_write
# A machine of firmware starts again.
connect
at 0xfff0
watch *(short *)0x600
continue
monitor reset
maintenance flush register-cache
at 0xfff0
x/1xb 0xfffffff0
x/1xh 0x600
continue
delete
continue
