# SPDX-License-Identifier: MIT
"""For GDB with a Linux guest on kvmgdb: `source` this file.

kvmgdb-kaslr [FILE]   find where the running kernel lies, and load the symbols
                      of FILE (default: the file that GDB has) for there

And, where GDB has no debug information of the kernel, backtraces by the ORC
tables that the kernel itself has in its memory (CONFIG_UNWINDER_ORC)."""
import struct

import gdb
from gdb.unwinder import Unwinder

# Documentation/x86/x86_64/mm.rst: the kernel's text mapping.
KERNEL_START = 0xffffffff80000000
KERNEL_END = 0xffffffffc0000000
KERNEL_HALF = 0xffff800000000000
ALIGN = 0x200000

MASK = (1 << 64) - 1


def read(addr, size):
    return bytes(gdb.selected_inferior().read_memory(addr, size))


def word(addr):
    return struct.unpack("<Q", read(addr, 8))[0]


def symbol(name):
    """The address of a symbol without a type, or None."""
    try:
        return int(gdb.parse_and_eval("(unsigned long)&%s" % name)) & MASK
    except gdb.error:
        return None


def kernel_base():
    """The first mapped 2 MiB of the kernel's text mapping: Linux unmaps what
    lies before _text when it starts."""
    for addr in range(KERNEL_START, KERNEL_END, ALIGN):
        try:
            read(addr, 1)
        except gdb.MemoryError:
            continue
        return addr
    return None


class Kaslr(gdb.Command):
    """kvmgdb-kaslr [FILE]: load the kernel's symbols where it lies."""

    def __init__(self):
        super().__init__("kvmgdb-kaslr", gdb.COMMAND_FILES,
                         gdb.COMPLETE_FILENAME)

    def invoke(self, arg, from_tty):
        path = arg.strip() or gdb.current_progspace().filename
        if not path:
            raise gdb.GdbError("kvmgdb-kaslr: no FILE, and GDB has none")
        try:
            gdb.execute("symbol-file %s" % path, to_string=True)
        except gdb.error as e:
            raise gdb.GdbError("kvmgdb-kaslr: %s" % e) from None
        linked = symbol("_text")
        if linked is None:
            raise gdb.GdbError("kvmgdb-kaslr: %s has no symbol _text" % path)
        base = kernel_base()
        if base is None:
            raise gdb.GdbError("kvmgdb-kaslr: no kernel is mapped (yet): "
                               "interrupt the guest later")
        offset = base - linked
        gdb.execute("symbol-file -o %#x %s" % (offset & MASK, path),
                    to_string=True)
        ORC.forget()
        print("kernel at %#x, %#x from where it was linked"
              % (base, offset & MASK))


class FrameId:
    def __init__(self, sp):
        self.sp = sp


# arch/x86/include/asm/orc_types.h
(REG_UNDEFINED, REG_PREV_SP, REG_DX, REG_DI, REG_BP, REG_SP, REG_R10, REG_R13,
 REG_BP_INDIRECT, REG_SP_INDIRECT) = range(10)
NAMES = {REG_DX: "rdx", REG_DI: "rdi", REG_BP: "rbp", REG_SP: "rsp",
         REG_R10: "r10", REG_R13: "r13", REG_BP_INDIRECT: "rbp",
         REG_SP_INDIRECT: "rsp"}
CALL, REGS, REGS_PARTIAL = range(3)
# struct pt_regs
PT_REGS = {"r15": 0, "r14": 8, "r13": 16, "r12": 24, "rbp": 32, "rbx": 40,
           "r11": 48, "r10": 56, "r9": 64, "r8": 72, "rax": 80, "rcx": 88,
           "rdx": 96, "rsi": 104, "rdi": 112, "rip": 128, "rsp": 152}
# What GDB would take for lost otherwise.
KEPT = ("rbp", "rbx", "r12", "r13", "r14", "r15", "r8", "r9", "r10", "r11",
        "rax", "rcx", "rdx", "rsi", "rdi", "eflags", "cs", "ss")
PUSHED = {CALL: 0, REGS: 168, REGS_PARTIAL: 40}
PT_IP, PT_SP = PT_REGS["rip"], PT_REGS["rsp"]


class OrcTables:
    """orc_unwind_ip: sorted, 4 bytes each, relative to themselves;
    orc_unwind: 6 bytes each."""

    def __init__(self):
        self.forget()

    def forget(self):
        self._ready = None
        self._entries = {}

    def _find_tables(self):
        self._ips = symbol("__start_orc_unwind_ip")
        end = symbol("__stop_orc_unwind_ip")
        self._orcs = symbol("__start_orc_unwind")
        orcs_end = symbol("__stop_orc_unwind")
        if None in (self._ips, end, self._orcs, orcs_end):
            return False
        self._count = (end - self._ips) // 4
        return self._count > 0 and orcs_end - self._orcs == 6 * self._count

    def _ip(self, i):
        at = self._ips + 4 * i
        return at + struct.unpack("<i", read(at, 4))[0] & MASK

    def find(self, pc):
        """(sp_offset, bp_offset, sp_reg, bp_reg, type) for PC, or None."""
        if self._ready is None:
            self._ready = self._find_tables()
        if not self._ready:
            return None
        if pc not in self._entries:
            low, high = 0, self._count
            while high - low > 1:
                middle = (low + high) // 2
                if self._ip(middle) <= pc:
                    low = middle
                else:
                    high = middle
            sp, bp, flags = struct.unpack("<hhH",
                                          read(self._orcs + 6 * low, 6))
            self._entries[pc] = (sp, bp, flags & 15, flags >> 4 & 15,
                                 flags >> 8 & 3)
        return self._entries[pc]


ORC = OrcTables()


class OrcUnwinder(Unwinder):
    def __init__(self):
        super().__init__("kvmgdb-linux-orc")
        self._interrupted = set()  # frames that no CALL has left

    def __call__(self, pending):
        try:
            return self._unwind(pending)
        except gdb.MemoryError:
            return None

    def _unwind(self, pending):
        def reg(name):
            return int(pending.read_register(name)) & MASK

        pc = reg("rip")
        if pc < KERNEL_HALF:
            return None
        exact = pending.level() == 0 or (pc, reg("rsp")) in self._interrupted
        orc = ORC.find(pc if exact else pc - 1)
        if orc is None:
            return None
        sp_offset, bp_offset, sp_reg, bp_reg, kind = orc
        if sp_reg not in NAMES:
            return None
        sp = reg(NAMES[sp_reg])
        if sp_reg == REG_SP_INDIRECT:
            sp = word(sp) + sp_offset
        else:
            sp = sp + sp_offset
            if sp_reg == REG_BP_INDIRECT:
                sp = word(sp)
        sp &= MASK
        saved = self._callers(reg, sp, bp_reg, bp_offset, kind)
        if saved["rip"] == 0:
            return None
        if kind != CALL:
            self._interrupted.add((saved["rip"], saved["rsp"]))
        # Behind what the CPU and the entry code have pushed: the frame that
        # was called with its start as the stack has another identity.
        info = pending.create_unwind_info(
            FrameId(gdb.Value(sp + PUSHED[kind] & MASK)))
        for name in KEPT:
            if name not in saved:
                info.add_saved_register(name, pending.read_register(name))
        for name, value in saved.items():
            register = pending.read_register(name)
            info.add_saved_register(
                name, gdb.Value(value.to_bytes(8, "little"), register.type))
        return info

    @staticmethod
    def _callers(reg, sp, bp_reg, bp_offset, kind):
        if kind == REGS:
            return {name: word(sp + at) for name, at in PT_REGS.items()}
        if kind == REGS_PARTIAL:
            saved = {"rip": word(sp), "rsp": word(sp + PT_SP - PT_IP)}
        else:
            saved = {"rip": word(sp - 8), "rsp": sp}
        if bp_reg == REG_PREV_SP:
            saved["rbp"] = word(sp + bp_offset & MASK)
        elif bp_reg == REG_BP:
            saved["rbp"] = word(reg("rbp") + bp_offset & MASK)
        return saved


Kaslr()
gdb.unwinder.register_unwinder(None, OrcUnwinder(), replace=True)
