# SPDX-License-Identifier: MIT
# guest: watch.elf
# needs: exec page_write
# More than four: what finds no debug register is served by another tier.
connect
watch v1
watch v2
watch v4
watch v8
watch other
watch pair
hbreak rest
continue
continue
continue
continue
continue
continue
continue
continue
continue
