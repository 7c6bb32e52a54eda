# SPDX-License-Identifier: MIT
# guest: spin.elf
# needs:
connect
continue-until holds beats > 0
kill
info threads
