# SPDX-License-Identifier: MIT
# guest: owndebug.elf
# needs: dr7_reported
# A client without a breakpoint: the guest's own traps are its own.
connect
continue
