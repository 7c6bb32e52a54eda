# SPDX-License-Identifier: MIT
# guest: avx.elf
# needs: exec dr7_reported
connect
hbreak avx_loaded
continue
print/x $xcr0
print/x $ymm5.v4_int64
print/x $ymm15.v2_int128
set $ymm5.v4_int64[3] = 0xabcdef0123456789
set $ymm5.v4_int64[0] = 0x42
print/x $ymm5.v4_int64
delete
hbreak no_more
continue
continue
