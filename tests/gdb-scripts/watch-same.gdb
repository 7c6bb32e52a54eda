# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: data_write4
# GDB goes on by itself when the value has not changed; the server's log
# shows that the store was reported.
connect
watch same
continue
