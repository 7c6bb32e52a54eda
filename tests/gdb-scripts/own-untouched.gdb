# SPDX-License-Identifier: MIT
# guest: owndebug.elf
# A client without a breakpoint: the guest's own traps are its own.
connect
continue
