# SPDX-License-Identifier: MIT
# guest: spin.elf
# needs: exec
connect
hbreak beat
continue
die
