# SPDX-License-Identifier: MIT
"""Images for fuzz_loader, a few bytes more than their headers each:
loader_seeds.py OUT... writes seed-loader-NAME.bin for each NAME.  The first
byte is fuzz_loader's choice of how it is loaded."""
import os
import struct
import sys

FLAT, FIRMWARE, INITRD, APPEND, LARGE = 1, 2, 4, 8, 16
ENTRY = 0x100000
CODE = b"\xf4\xeb\xfd"  # hlt; jmp to it

MULTIBOOT = 0x1BADB002
MULTIBOOT2 = 0xE85250D6


def elf64(segments, machine=62):
    """SEGMENTS: (type, physical address, bytes, size in memory)."""
    offset = 64 + 56 * len(segments)
    table = body = b""
    for kind, gpa, data, memory in segments:
        table += struct.pack("<IIQQQQQQ", kind, 7, offset + len(body), gpa, gpa,
                             len(data), memory, 4)
        body += data
    return struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, machine, 1,
                       ENTRY, 64, 0, 0, 64, 56, len(segments), 0, 0,
                       0) + table + body


def elf32(data):
    header = struct.pack("<16sHHIIIIIHHHHHH", b"\x7fELF\1\1\1", 2, 3, 1, ENTRY,
                         52, 0, 0, 52, 32, 1, 0, 0, 0)
    return header + struct.pack("<IIIIIIII", 1, 84, ENTRY, ENTRY, len(data),
                                len(data) + 64, 7, 4) + data


def note(kind, desc):
    return struct.pack("<III4s", 4, len(desc), kind, b"Xen\0") + desc


def multiboot(flags, *addresses):
    words = (MULTIBOOT, flags, -(MULTIBOOT + flags) & 0xFFFFFFFF) + addresses
    return struct.pack("<%dI" % len(words), *words)


def multiboot2(*tags):
    body = b"".join(tag + b"\0" * (-len(tag) % 8) for tag in tags)
    length = 16 + len(body)
    return struct.pack("<IIII", MULTIBOOT2, 0, length,
                       -(MULTIBOOT2 + length) & 0xFFFFFFFF) + body


def tag(kind, *words):
    return struct.pack("<HHI%dI" % len(words), kind, 0, 8 + 4 * len(words),
                       *words)


def bzimage():
    """boot.rst, "The Real-Mode Kernel Header"."""
    image = bytearray(1024 + 1024)
    for form, offset, value in (
            ("B", 0x1F1, 1), ("I", 0x1F4, 1024 // 16), ("H", 0x1FE, 0xAA55),
            ("B", 0x200, 0xEB), ("B", 0x201, 0x66), ("I", 0x202, 0x53726448),
            ("H", 0x206, 0x020F), ("B", 0x211, 1), ("I", 0x22C, 0x7FFFFFFF),
            ("I", 0x230, 0x200000), ("B", 0x234, 1), ("H", 0x236, 1),
            ("I", 0x238, 2047), ("I", 0x248, 0x10), ("I", 0x24C, 0x20),
            ("Q", 0x258, ENTRY), ("I", 0x260, 0x10000)):
        struct.pack_into("<" + form, image, offset, value)
    return bytes(image)


def images():
    code = (1, ENTRY, CODE, 64)
    at = (ENTRY, ENTRY, 0, 0)
    yield "elf64", APPEND, elf64([code])
    yield "elf64-large", LARGE, elf64([code, (1, 0x100000000, CODE, 4096)])
    yield "pvh", INITRD, elf64([code, (4, 0, note(18, struct.pack("<I", ENTRY)),
                                       0)])
    yield "pvh8", 0, elf64([code, (4, 0, note(1, CODE + b"\0") + note(
        18, struct.pack("<Q", ENTRY)), 0)])
    yield "pvh16", 0, elf64([code, (4, 0, note(18, bytes(16)), 0)])
    yield "elf32", INITRD, elf32(multiboot(3) + CODE)
    yield "elf32-none", 0, elf32(CODE)
    yield "multiboot", APPEND, multiboot(0x10003, *at, ENTRY + 32) + CODE
    yield "multiboot-bss", 0, multiboot(0x10000, ENTRY, ENTRY, ENTRY + 35,
                                        ENTRY + 99, ENTRY + 32) + CODE
    yield "multiboot-end", 0, bytes(8192 - 12) + multiboot(0x10000)
    yield "multiboot2", INITRD | APPEND, multiboot2(
        tag(2, *at), tag(3, ENTRY), tag(6), tag(0)) + CODE
    yield "multiboot2-elf", 0, elf32(b"\0" * 4 + multiboot2(
        tag(1, 4, 6), tag(0)) + CODE)
    yield "bzimage", INITRD | APPEND, bzimage()
    yield "bootsector", 0, CODE.ljust(510, b"\0") + b"\x55\xaa"
    yield "flat", FLAT, CODE
    yield "flat-high", FLAT | 0x80, CODE
    yield "firmware", FIRMWARE, CODE.rjust(4096, b"\x90")


def main():
    files = {"seed-loader-%s.bin" % name: bytes([how]) + image
             for name, how, image in images()}
    outs = {os.path.basename(path): path for path in sys.argv[1:]}
    if files.keys() != outs.keys():
        sys.exit("wanted: %s" % " ".join(sorted(files)))
    for name, image in files.items():
        with open(outs[name], "wb") as f:
            f.write(image)


if __name__ == "__main__":
    main()
