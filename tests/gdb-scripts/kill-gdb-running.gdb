# SPDX-License-Identifier: MIT
# guest: spin.elf
# needs: exec
connect
hbreak beat if beats < 0
hbreak guest_end
die-after 1
continue
