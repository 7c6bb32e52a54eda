# SPDX-License-Identifier: MIT
# guest: remap.elf
# needs: exec page_write
# The guest maps another page where an object is watched by a page trap, twice.
connect
hbreak mapped
continue
delete
watch *(char(*)[64])0x40000000
continue
print *window
continue
print *window
continue
print *window
continue
print *window
continue
