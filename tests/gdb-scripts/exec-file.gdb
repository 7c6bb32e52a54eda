# SPDX-License-Identifier: MIT
# guest: count.elf
# symbols: later count.elf
# options: --exec-file
# needs: local exec
# GDB reads the symbols without being told a file.
connect
info symbol $pc
hbreak lap
continue
delete
continue
