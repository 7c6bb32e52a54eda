# SPDX-License-Identifier: MIT
# guest: spin.elf
# needs:
connect
interrupt-after 1
continue
attempt monitor exit
