# SPDX-License-Identifier: MIT
# guest: avx.elf
# needs: exec dr7_reported
# A CPU without AVX-512 has no such registers, and goes on to the end.
connect
hbreak avx512_loaded
hbreak no_more
continue
python
def value(text):
    return int(gdb.parse_and_eval("(unsigned long)" + text)) & (2 ** 64 - 1)

def with_avx512():
    yield value("$zmm20.v8_int64[7]") == 0xffffffff00000000
    yield value("$zmm20.v8_int64[1]") == 0x3333333344444444
    yield value("$zmm5.v8_int64[4]") == 0x99999999aaaaaaaa
    yield value("$k3") == 0x1234
    gdb.execute("set $zmm20.v8_int64[6] = 0xabcdef0123456789")
    gdb.execute("set $zmm20.v8_int64[3] = 0x33")
    gdb.execute("set $xmm20.v2_int64[0] = 0x42")
    gdb.execute("set $k3 = 0x4321")
    yield value("$zmm20.v8_int64[6]") == 0xabcdef0123456789
    gdb.execute("continue")
    # what the guest has stored
    yield value("after.vector[6]") == 0xabcdef0123456789
    yield value("after.vector[3]") == 0x33
    yield value("after.vector[0]") == 0x42
    yield value("after.vector[7]") == 0xffffffff00000000
    yield value("after.k3") == 0x4321

def without():
    yield str(gdb.parse_and_eval("$k3")) == "void"
    gdb.execute("jump *$pc")

if "avx512_loaded" in gdb.execute("x/i $pc", to_string=True):
    gdb.execute("tbreak guest_end")
    print("WITH", list(with_avx512()))
else:
    gdb.execute("tbreak guest_end")
    print("WITHOUT", list(without()))
end
delete
continue
