# SPDX-License-Identifier: MIT
# guest: mb2.elf
# options: --append hello
# needs: exec step
set architecture i386:x86-64
connect
hbreak *guest_main
continue
print multiboot_magic
delete
continue
