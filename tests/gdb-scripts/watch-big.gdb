# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: page_write
# An object that four debug registers do not cover.
connect
watch big
continue
print big[3]
continue
print big[77]
continue
