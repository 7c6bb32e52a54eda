# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: exec page_write page_mmio
# On a KVM that loses interrupts there, a watch in the page of the stack works
# and is warned of.
connect
watch v4
hbreak write_8
continue
continue
eval "watch *(char (*)[64])%lu", (unsigned long)$rsp - 64
continue
delete
continue
