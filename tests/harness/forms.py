# SPDX-License-Identifier: MIT
"""Stores and loads in every form (tests/guests/forms.c), each hit checked for
its address, its instruction, and the bytes before and after it."""
import re
import traceback

from . import bench as bench_module
from .rawtests import Run, nm
from .rsp import Closed, Problem

V = bytes.fromhex("8192a3b4c5d6e7f8")  # rax
P = bytes(range(0x21, 0x41))           # pattern
FILL = 0x11

# NAME: (offset of the operand, its bytes afterwards); None: any other bytes.
STORES = {
    "s_mov1": (0, V[:1]), "s_mov2": (0, V[:2]), "s_mov4": (0, V[:4]),
    "s_mov8": (0, V), "s_movimm": (1, b"\1\2\3\4"),
    "s_movnti4": (0, V[:4]), "s_movnti8": (0, V), "s_movbe": (0, V[::-1]),
    "s_add": (0, b"\x12" * 4), "s_inc": (0, b"\x12\x11"),
    "s_not": (0, b"\xee" * 4), "s_rol": (0, b"\x22"),
    "s_lock_add": (0, b"\x13" + b"\x11" * 7),
    "s_lock_xadd": (0, b"\x92\xa3\xb4\xc5"),
    "s_lock_bts": (0, b"\x13\x11\x11\x11"), "s_xchg": (0, V[:4]),
    "s_shld": (0, b"\xb4\x11\x11\x11"), "s_sreg": (0, b"\x10\0"),
    "s_stos": (0, V), "s_bts_far": (8, b"\x13" + b"\x11" * 7),
    "s_setcc": (0, b"\1"), "s_cmpxchg": (0, b"\x33\x44\x55\x66"),
    "s_cmpxchg_fails": (0, b"\x11" * 4),
    "s_cmpxchg8b": (0, b"\1\2\3\4" + V[:4]),
    "s_cmpxchg16b": (0, b"\1\2\3\4\5\6\7\x08" + V),
    "s_push": (8, V), "s_pushimm": (8, b"\xfe" + b"\xff" * 7),
    "s_enter": (8, V), "s_pushf": (8, b"\x46\2" + bytes(6)),
    "s_call": (8, None), "s_popmem": (0, b"\x7f" + bytes(7)),
    "s_fst": (0, bytes(6) + b"\xf0\x3f"), "s_fistp": (0, b"\1" + bytes(7)),
    "s_fnstcw": (0, b"\x7f\3"), "s_stmxcsr": (0, b"\x80\x1f\0\0"),
    "s_movups": (4, P[:16]), "s_movaps": (0, P[:16]),
    "s_movdqa": (0, P[:16]), "s_movdqu": (4, P[:16]),
    "s_movntdq": (0, P[:16]), "s_movd": (0, P[:4]), "s_movq": (0, P[:8]),
    "s_movss": (0, P[:4]), "s_movsd": (0, P[:8]),
    "s_movhps": (0, P[8:16]), "s_vmovups": (0, P),
    "s_vmaskmov": (4, P[4:8]), "s_maskmov": (4, b"\x25\x11\x11\x28"),
    "s_sgdt": (0, None), "s_sidt": (0, None),
    "s_rep_stos": (0, b"\x77" * 5), "s_rep_movs": (0, P[:16]),
    "s_rep_ins": (0, b"\x60\x60"), "s_cross": (0, V),
    "s_fxsave": (0, None), "s_xsave": (0, None),
    "s_ud": (24, None), "s_int": (24, None), "s_irq": (24, None),
}
LENGTH = {"s_call": 8, "s_sgdt": 10, "s_sidt": 10, "s_fxsave": 512,
          "s_xsave": 576, "s_ud": 40, "s_int": 40, "s_irq": 40}
LOADS = {
    "l_mov1": (0, 1), "l_mov2": (0, 2), "l_mov4": (0, 4), "l_mov8": (0, 8),
    "l_movzx": (3, 1), "l_movsx": (0, 4), "l_movbe": (0, 8),
    "l_cmp": (0, 4), "l_test": (0, 1), "l_add": (0, 8), "l_imul": (0, 4),
    "l_bt": (0, 4), "l_cmov": (0, 4), "l_pushmem": (0, 8),
    "l_pop": (16, 8), "l_ret": (0, 8), "l_jmp": (0, 8), "l_call": (0, 8),
    "l_lods": (0, 4), "l_scas": (0, 2), "l_movs": (0, 8), "l_fld": (0, 8),
    "l_fldcw": (0, 2), "l_ldmxcsr": (0, 4), "l_movups": (4, 16),
    "l_movaps": (0, 16), "l_movdqu": (4, 16), "l_pcmpeqb": (0, 16),
    "l_movd": (0, 4), "l_movsd": (0, 8), "l_cvtsi2sd": (0, 4),
    "l_vmovups": (0, 32), "l_rep_movs": (0, 16), "l_cross": (0, 8),
}
HANDLER = {"s_ud": "ud_handler", "s_int": "int_handler",
           "s_irq": "irq_handler"}
# What KVM's emulator carries out wherever it runs: no debug register sees it.
EMULATED = {"s_rep_ins"}
# On the software KVM a step of these, with a watch or without, ends one
# instruction late.
LATE_STEP = {"s_fxsave", "l_movbe"} | set(HANDLER)
TABLE_ENTRY = 24
STORE_AREA, LOAD_AREA = (0, 0x2000), (0x2000, 0x1008)


def resume(client):
    """The next stop; what is for the console comes before it."""
    reply = client.ask("vCont;c")
    while reply.startswith("O"):
        reply = client.receive()
    return reply


class Form:
    def __init__(self, name, index, offset, symbols):
        self.name, self.index = name, index
        self.store = name.startswith("s_")
        inside, what = (STORES if self.store else LOADS)[name]
        self.at = offset + inside
        self.new = what if self.store else None
        self.length = (LENGTH.get(name) or len(what)) if self.store else what
        self.rep = "_rep_" in name
        end = symbols.get(HANDLER.get(name) or "after_" + name)
        self.rips = {end, symbols["at_" + name]} if self.rep else {end}

    def must_hit(self, by_page):
        if self.name == "s_cmpxchg_fails":
            return False
        return by_page or self.name not in EMULATED


def table(client, symbols):
    start, end = symbols["forms"], symbols["forms_end"]
    names = {symbols[n]: n[5:] for n in symbols if n.startswith("form_")}
    forms = []
    for at in range(start, end, TABLE_ENTRY):
        run, offset = client.memory(at, 8), client.memory(at + 8, 8)
        forms.append(Form(names[run], len(forms), offset, symbols))
    if {f.name for f in forms} != set(STORES) | set(LOADS):
        raise Problem("the guest's table and the test's are not the same")
    return forms


class Watcher:
    """One run of the guest; the client's side of it."""

    def __init__(self, run, ring3, skip, by_page, log):
        self.software = not run.bench.caps["dr7_reported"]
        self.c, self.s, self.log = run.client(), run.symbols, log
        self.by_page, self.hits, self.form = by_page, 0, None
        self.seen, self.slots = [], []
        self.c.begin()
        self.forms = table(self.c, self.s)
        self.c.expect("M%x,4:%02x000000" % (self.s["ring3"], ring3), "OK")
        for index in skip:
            self.c.expect("M%x,1:01" % (self.s["skip"] + index), "OK")

    def area(self):
        return self.s["area3" if self.ring else "area0"]

    def bytes(self, form):
        return bytes.fromhex(self.c.expect(
            "m%x,%x" % (self.area() + form.at, form.length), "[0-9a-f]+"))

    def reference(self):
        """Without a watch.  None, or the form that this KVM cannot run."""
        reply = resume(self.c)
        if reply.startswith("W21"):
            return None
        return self.forms[self.c.memory(self.s["current"], 4)]

    def insert(self, kind, at, length):
        self.c.expect("Z%d,%x,%x" % (kind, at, length), "OK")
        self.slots.append((kind, at, length))

    def begin(self, ring3):
        for ring in range(1 + ring3):
            self.c.expect("Z1,%x,1" % self.s["next_form%d" % (3 * ring)],
                          "OK")
            if self.by_page:
                area = self.s["area3" if ring else "area0"]
                self.insert(2, area + STORE_AREA[0], STORE_AREA[1])
                self.insert(3, area + LOAD_AREA[0], LOAD_AREA[1])

    def finish_form(self):
        form = self.form
        if not form:
            return
        what = "%s, ring %d: " % (form.name, self.ring)
        now = self.bytes(form)
        if form.new is not None and now != self.expected(form):
            raise Problem(what + "the bytes are %s" % now.hex())
        if form.store and form.new is None and now == self.before:
            raise Problem(what + "the guest stored nothing")
        if not form.store and now != self.before:
            raise Problem(what + "a load has changed its bytes")
        if bool(self.hits) != form.must_hit(self.by_page):
            raise Problem(what + "%d hits" % self.hits)
        if self.hits > 1 and not form.rep:
            raise Problem(what + "%d hits of one access" % self.hits)
        self.seen.append((form.name, self.ring, self.hits))
        if not self.by_page:
            for kind, at, length in self.slots:
                self.c.expect("z%d,%x,%x" % (kind, at, length), "OK")
            self.slots = []

    def expected(self, form):
        if form.name == "s_sreg" and self.ring:
            return b"\0\0"  # IRET to ring 3 takes ring 0's DS away
        return form.new

    def next_form(self, rip):
        if self.form:
            self.finish_form()
        self.ring = int(rip != self.s["next_form0"])
        self.form = self.forms[self.c.memory(self.s["current"], 4)]
        self.hits = 0
        self.before = self.bytes(self.form)
        if self.form.store and self.before != bytes([FILL]) * len(self.before):
            raise Problem(self.form.name + ": its bytes are not as they were "
                          "at the start")
        if not self.by_page:
            self.insert(2 if self.form.store else 4,
                        self.area() + self.form.at, self.form.length)

    def hit(self, reply, word, address, rip):
        form = self.form
        what = "%s, ring %d: " % (form.name, self.ring)
        kind = "watch" if form.store else \
            "rwatch" if self.by_page else "awatch"
        self.hits += 1
        if word != kind:
            raise Problem(what + "told as " + word)
        start = self.area() + form.at
        if not start <= address < start + form.length:
            raise Problem(what + "the address is %#x, not in %#x+%d"
                          % (address, start, form.length))
        late = self.software and form.name in LATE_STEP
        if rip not in form.rips and not late:
            raise Problem(what + "RIP is %#x, not %s"
                          % (rip, " or ".join(map(hex, form.rips))))
        if not form.store:
            return
        now = self.bytes(form)
        if now == self.before:
            raise Problem(what + "told before the bytes have changed")
        if form.new is not None and not form.rep and \
                now != self.expected(form):
            raise Problem(what + "at the hit the bytes are " + now.hex())
        told = address - start
        if self.by_page and not form.rep and now[told] == self.before[told]:
            raise Problem(what + "byte %d is told, which is as it was" % told)

    def watch(self, ring3):
        self.begin(ring3)
        while True:
            reply = resume(self.c)
            if reply.startswith("W"):
                break
            word = re.search(r"(?:^T05|;)([a-z]+):([0-9a-f]*);", reply)
            place = re.search(r";10:([0-9a-f]{16});", reply)
            if not reply.startswith("T05") or not word or not place:
                raise Problem("%s: %s" % (self.form and self.form.name, reply))
            rip = int.from_bytes(bytes.fromhex(place[1]), "little")
            if word[1] in ("hwbreak", "swbreak"):
                self.next_form(rip)
            else:
                self.hit(reply, word[1], int(word[2], 16), rip)
        if not reply.startswith("W21"):
            raise Problem("the end is " + reply)
        if not self.form:
            raise Problem("no form was seen")
        return self.seen


class FormsTest:
    """BY_PAGE: one watch on all; else a watch of each form's own bytes, which
    debug registers can serve."""

    def __init__(self, name, by_page, needs):
        self.name, self.by_page, self.needs = name, by_page, needs

    def one_run(self, bench, log, action):
        server = bench_module.Server(bench, "forms.elf", ["--log", "info"],
                                     self.name)
        run = None
        try:
            run = Run(bench, server, nm(bench.guests["forms.elf"]))
            return action(run)
        finally:
            for client in run.clients if run else ():
                client.close()
                log.write("\n".join(client.log[-60:]) + "\n")
            server.kill()
            log.write("--- server\n%s\n" % server.job.output()[-4000:])

    def skipped(self, bench, log, ring3):
        """Forms that this KVM cannot run at all."""
        skip = []
        if bench.caps["page_mmio"]:
            # an interrupt that cannot push its frame is lost there
            skip.append(self.one_run(bench, log, lambda run: [
                f.index for f in Watcher(run, 0, [], True, log).forms
                if f.name == "s_irq"][0]))
        while len(skip) < 40:
            form = self.one_run(bench, log, lambda run: Watcher(
                run, ring3, skip, True, log).reference())
            if not form:
                break
            skip.append(form.index)
            log.write("--- without a watch this KVM cannot run %s\n"
                      % form.name)
        if skip and not bench.caps["page_mmio"]:
            raise Problem("the guest does not even run without a watch")
        return skip

    def too_wide(self, forms):
        """Not for registers; and frames that are pushed over one abort
        QEMU."""
        return [f.index for f in forms
                if f.length > 16 or f.name in HANDLER or f.name == "s_call"
                and f.length > 8]

    def run(self, bench, log):
        ring3 = int(bench.caps["page_write@3"])
        try:
            skip = self.skipped(bench, log, ring3)

            def watched(run):
                w = Watcher(run, ring3, skip, self.by_page, log)
                if not self.by_page:
                    for index in self.too_wide(w.forms):
                        w.c.expect("M%x,1:01" % (w.s["skip"] + index), "OK")
                return w.watch(ring3)

            seen = self.one_run(bench, log, watched)
            log.write("".join("%s ring %d hits %d\n" % s for s in seen))
            log.write("%d forms, %d skipped\n" % (len(seen), len(skip)))
            return []
        except Problem as problem:
            log.write(traceback.format_exc())
            return [str(problem)]
        except Closed:
            return ["the server hung up"]


def find():
    return [FormsTest("forms-page", True, ["exec", "page_write",
                                           "page_access"]),
            FormsTest("forms-slot", False, ["exec", "data_write8",
                                            "data_access8"])]
