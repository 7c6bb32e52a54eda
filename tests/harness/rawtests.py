# SPDX-License-Identifier: MIT
"""Tests with the raw client, for what GDB never does."""
import itertools
import re
import subprocess
import time
import traceback

from . import bench as bench_module
from . import expect as expect_module
from .rsp import TURNED_AWAY, Client, Closed, Problem, expand, frame

LAPS = 250  # of tests/guests/count.c


class Run:
    """One server and its clients."""

    def __init__(self, bench, server, symbols):
        self.bench = bench
        self.server = server
        self.symbols = symbols
        self.port = server.wait_ready()
        self.clients = []

    def client(self):
        client = Client(self.port, self.bench.limit(20))
        self.clients.append(client)
        return client

    def next_client(self):
        """A client that comes when another has just gone: the server may
        learn of both in the other order."""
        end = time.monotonic() + self.bench.limit(20)
        while True:
            client = self.client()
            try:
                if client.ask("vMustReplyEmpty") == TURNED_AWAY:
                    raise Closed
                return client
            except (Closed, ConnectionError):
                client.close()
                if time.monotonic() > end:
                    raise Problem("turned away for too long") from None
                time.sleep(0.05)

    def ended(self, status, *console):
        seen = self.server.wait_end()
        if seen != status:
            raise Problem("server's exit status %s, expected %d"
                          % (seen, status))
        text = self.server.console()
        for line in console:
            if line not in text.splitlines():
                raise Problem("console: not found: " + line)


    def until(self, happens, what, act=lambda: None):
        """ACT and look, until it HAPPENS; WHAT is it if it never does."""
        end = time.monotonic() + self.bench.limit(20)
        while True:
            act()
            if happens():
                return
            if time.monotonic() > end:
                raise Problem(what)
            time.sleep(0.02)


class RawTest:
    def __init__(self, name, guest, needs, function, options=()):
        self.name = "raw-" + name
        self.guest = guest
        self.options = list(options)
        self.needs = needs
        self.function = function

    def run(self, bench, log):
        server = bench_module.Server(bench, self.guest, self.options,
                                     self.name)
        run = None
        problems = []
        try:
            run = Run(bench, server, nm(bench.guests[self.guest]))
            self.function(run)
        except Problem as problem:
            problems = [str(problem)]
            log.write(traceback.format_exc())
        except Closed:
            problems = ["the server hung up"]
            log.write(traceback.format_exc())
        finally:
            for number, client in enumerate(run.clients if run else ()):
                client.close()
                log.write("--- client %d\n%s\n"
                          % (number, "\n".join(client.log)))
            server.kill()
            text = server.job.output()
            log.write("--- console\n%s\n--- server\n%s\n"
                      % (server.console(), text))
        found = expect_module.SANITIZER.search(text)
        if found:
            problems.append("server: " + found[0])
        return problems


def nm(path):
    out = subprocess.run(["nm", path], stdout=subprocess.PIPE, check=True,
                         text=True).stdout
    return {line.split()[2]: int(line.split()[0], 16)
            for line in out.splitlines() if len(line.split()) == 3}


def to_the_end(client, packet="vCont;c"):
    client.expect(packet, r"W21(;process:[0-9a-f]+)?")


def handshake(run):
    c = run.client()
    reply = c.ask("qSupported:multiprocess+;swbreak+;hwbreak+")
    for word in ("PacketSize=", "QStartNoAckMode+", "swbreak+", "hwbreak+",
                 "qXfer:features:read+", "vContSupported+"):
        if word not in reply:
            raise Problem("qSupported has no " + word)
    for word in ("ConditionalTracepoints+", "QTBuffer", "Qbtrace",
                 "qXfer:memory-map", "qXfer:siginfo", "qXfer:auxv",
                 "QAgent", "StaticTracepoints", "memory-tagging+"):
        if word in reply:
            raise Problem("announces " + word)
    c.expect("vMustReplyEmpty", "")
    c.expect("vFile:setfs:0", "")
    c.expect("qTStatus", "")
    c.expect("jThreadsInfo", "")
    c.expect("?", r"T[0-9a-f]{2}.*thread:.*;")
    c.expect("QStartNoAckMode", "OK")
    c.acks = False
    c.raw(b"----")
    c.expect("qC", r"QC.*")
    c.raw(b"-")
    c.expect("qAttached", "1")
    c.expect("vCont?", r"vCont;.*c.*C.*s.*S.*")
    to_the_end(c)
    run.ended(33, "count: start", "stores=%d" % LAPS)


def malformed(run):
    c = run.client()
    c.begin()
    c.raw(b"$g#00")
    if c.byte() != b"-":
        raise Problem("a wrong checksum is not refused by -")
    for junk in (b"$#00", b"$m#6d", b"$mzz,4#00", frame("m0,"),
                 frame("mffffffffffffffff,ffffffffffffffff"),
                 frame("Z1"), frame("Z1,"), frame("Z9,0,1"),
                 frame("Z2,0,0"), frame("z2,,"), frame("G00"),
                 frame("P"), frame("P10="), frame("Pffff=00"),
                 frame("pffffffff"), frame("vCont;"), frame("vCont;q"),
                 frame("vCont;s:zz"), frame("Hg"), frame("Hgp"),
                 frame("qXfer:features:read:target.xml:"),
                 frame("qXfer:features:read:target.xml:0"),
                 frame("qXfer:features:read:../target.xml:0,10"),
                 frame("qRcmd,0"), frame("qRcmd,zz"),
                 frame("X0,4:\x01"), frame("M0,4:00"), frame("T"),
                 frame("qThreadExtraInfo,"), b"#", b"##", b"}", b"\xff\xfe",
                 b"++++", b"$" + b"}" + b"#7d"):
        c.raw(junk)
    # Whatever these were answered: the session must still be in step.
    c.raw(frame("vMustReplyEmpty"))
    c.raw(frame("qAttached"))
    for _ in range(100):
        if c.receive() == "1":
            break
    else:
        raise Problem("lost in answers")
    c.expect("Hg0", "OK")
    to_the_end(c)
    run.ended(33, "stores=%d" % LAPS)


def run_a_while(run, c, *names):
    """Let the guest run until each of these counters has moved, and stop it."""
    places = [run.symbols[n] for n in names]
    before = [c.memory(p, 8) for p in places]

    def moment():
        c.raw(frame("vCont;c"))
        time.sleep(0.05)
        c.raw(b"\x03")
        reply = c.receive()
        if "break" in reply or not reply.startswith("T02"):
            raise Problem("stopped by " + reply)

    run.until(lambda: all(c.memory(p, 8) != n
                          for p, n in zip(places, before)),
              "one of %s does not move" % (names,), moment)


def vanish(run):
    place = "1,%x,1" % run.symbols["beat"]
    c = run.client()
    c.begin()
    c.expect("Z" + place, "OK")
    c.expect("vCont;c", r"T05.*hwbreak:;.*")
    c.close()
    for broken in (b"$m1000", b"$", b"$g#", b"$g#6", b"$X1000,4:ab}",
                   frame("Z" + place) + b"$vCo"):
        c = run.next_client()
        c.raw(broken)
        c.close()
    # The last one left a breakpoint; nobody owns it any more.
    c = run.next_client()
    c.begin()
    run_a_while(run, c, "beats")
    c.expect("M%x,4:01000000" % run.symbols["stop"], "OK")
    to_the_end(c)
    run.ended(33, "spin: stopped by hand")


def bytewise(run):
    c = run.client()
    for packet in ("qSupported:multiprocess+;swbreak+;hwbreak+", "?",
                   "vMustReplyEmpty", "m%x,8" % run.symbols["laps"]):
        for byte in frame(packet):
            c.raw(bytes([byte]))
        c.receive()
    if c.memory(run.symbols["laps"], 4) != LAPS:
        raise Problem("laps is not %d" % LAPS)
    to_the_end(c)
    run.ended(33, "stores=%d" % LAPS)


def two_clients(run):
    first = run.client()
    first.begin()
    second = run.client()
    refused = False
    try:
        if second.ask("k") != TURNED_AWAY:
            raise Problem("the second client was not told why")
        second.byte()
    except (Closed, ConnectionError):
        refused = True
    if not refused:
        raise Problem("the second client was answered")
    first.expect("qAttached", "1")
    second.close()
    first.expect("qC", r"QC.*")
    to_the_end(first)
    run.ended(33, "stores=%d" % LAPS)


def continue_after_hbreak(run):
    c = run.client()
    c.begin()
    c.expect("Z1,%x,1" % run.symbols["lap"], "OK")
    for count in range(20):
        c.expect("vCont;c" if count % 2 else "c", r"T05.*hwbreak:;.*")
        if c.memory(run.symbols["calls"], 4) != count:
            raise Problem("no progress at hit %d" % count)
    c.expect("z1,%x,1" % run.symbols["lap"], "OK")
    to_the_end(c)
    run.ended(33, "calls=%d" % LAPS)


def duplicates(run):
    c = run.client()
    c.begin()
    place = "1,%x,1" % run.symbols["lap"]
    for _ in range(5):
        c.expect("Z" + place, "OK")
    c.expect("c", r"T05.*hwbreak:;.*")
    c.expect("z" + place, "OK")
    c.expect("z" + place, r"OK|E[0-9a-f]{2}|E\..*")
    to_the_end(c)
    run.ended(33, "calls=%d" % LAPS)


def four_slots(run):
    """Five identical requests take one slot: three others still fit.  One
    more is refused, or served by another tier."""
    c = run.client()
    c.begin()
    lap = run.symbols["lap"]
    for _ in range(5):
        c.expect("Z1,%x,1" % lap, "OK")
    for name in ("guest_puts", "guest_put_dec", "guest_end"):
        c.expect("Z1,%x,1" % run.symbols[name], "OK")
    one_more = "1,%x,1" % run.symbols["guest_put_hex"]
    if c.expect("Z" + one_more, r"OK|E\..+|E[0-9a-f]{2}") == "OK":
        c.expect("z" + one_more, "OK")
    c.expect("c", r"T05.*hwbreak:;.*")
    pc = run.symbols["guest_puts"]
    if "10:" + pc.to_bytes(8, "little").hex() not in c.ask("?"):
        raise Problem("not at guest_puts")
    for name in ("lap", "guest_puts", "guest_put_dec", "guest_end"):
        c.expect("z1,%x,1" % run.symbols[name], "OK")
    to_the_end(c)
    run.ended(33, "stores=%d" % LAPS)


def count_hits(run):
    """Every store is one hit; the guest counts its stores itself."""
    c = run.client()
    c.begin()
    cell = run.symbols["cell"]
    c.expect("Z2,%x,4" % cell, "OK")
    hits = 0
    while True:
        reply = c.ask("vCont;c")
        if reply.startswith("W"):
            break
        found = re.search(r"(?:^|;|[0-9a-f]{2})watch:([0-9a-f]+);", reply)
        if not reply.startswith("T05") or not found:
            raise Problem("stop %d: %s" % (hits + 1, reply))
        if not cell <= int(found[1], 16) < cell + 4:
            raise Problem("hit at %s, which nobody watches" % found[1])
        hits += 1
        if c.memory(cell, 4) != hits:
            raise Problem("hit %d, but the cell is %d"
                          % (hits, c.memory(cell, 4)))
        if hits > LAPS:
            break
    if hits != LAPS:
        raise Problem("%d hits of %d stores" % (hits, LAPS))
    run.ended(33, "stores=%d" % LAPS)


def start_both(run):
    """Until both vCPUs beat."""
    c = run.client()
    c.begin()
    for name in ("bsp_beat", "ap_beat"):
        c.expect("Z1,%x,1" % run.symbols[name], "OK")
        c.expect("vCont;c", r"T05.*hwbreak:;.*")
        c.expect("z1,%x,1" % run.symbols[name], "OK")
    return c


def both_hit(run, c):
    """Let both run for a while, then into breakpoints of their own; which one
    was told, and whether the other stands at its own."""
    places = [run.symbols[n] for n in ("bsp_beat", "ap_beat")]
    run_a_while(run, c, "bsp_beats", "ap_beats")
    for place in places:
        c.expect("Z1,%x,1" % place, "OK")
    reply = c.expect("vCont;c", r"T05.*hwbreak:;.*")
    told = int(re.search(r"thread:p1\.(\d)", reply)[1]) - 1
    c.expect("Hgp1.%d" % (2 - told), "OK")
    rip = int.from_bytes(bytes.fromhex(c.ask("g")[256:272]), "little")
    return told, rip == places[1 - told]


def take_back(run, c):
    for name in ("bsp_beat", "ap_beat"):
        c.expect("z1,%x,1" % run.symbols[name], "OK")


def turns(run, seen):
    """Numbers, until what is meant has been SEEN three times; or once in 100
    turns: on one CPU it is one turn in twenty, or less."""
    end = time.monotonic() + run.bench.limit(60)
    for turn in itertools.count():
        if seen() > 2 or (turn >= 100 and seen()) or time.monotonic() > end:
            return
        yield turn


def smp_pending(run):
    """Both vCPUs hit breakpoints of their own.  The one that is not told now
    is told as soon as it is let go, without having run on; or never, if its
    breakpoint has been taken back."""
    c = start_both(run)
    beats = [run.symbols[n] for n in ("bsp_beats", "ap_beats")]
    kept = dropped = 0
    for turn in turns(run, lambda: min(kept, dropped)):
        told, waits = both_hit(run, c)
        other = 1 - told
        if turn % 2:
            before = c.memory(beats[other], 8)
            reply = c.expect("vCont;c:p1.%d" % (other + 1),
                             r"T05.*hwbreak:;.*")
            if "thread:p1.%d" % (other + 1) not in reply:
                raise Problem("told by the vCPU that stood: " + reply)
            kept += waits
            if waits and c.memory(beats[other], 8) != before:
                raise Problem("it ran on beyond its breakpoint")
        else:
            dropped += waits
        take_back(run, c)  # both_hit() sees that nothing is told of them
    if not kept or not dropped:
        raise Problem("%d kept, %d dropped: not what is meant"
                      % (kept, dropped))
    c.expect("M%x,4:01000000" % run.symbols["stop"], "OK")
    to_the_end(c)
    run.ended(33, "smp: end")


def smp_step_alone(run):
    """A vCPU that steps alone tells of its own step, not of what the other
    has still to tell."""
    c = start_both(run)
    waited = 0
    for _ in turns(run, lambda: waited):
        told, waits = both_hit(run, c)
        waited += waits
        thread = "p1.%d" % (told + 1)
        reply = c.expect("vCont;s:" + thread, r"T05.*")
        if "break" in reply or "thread:%s;" % thread not in reply:
            raise Problem("the step of %s ended so: %s" % (thread, reply))
        take_back(run, c)
    if not waited:
        raise Problem("the other one never had anything to tell")
    c.expect("M%x,4:01000000" % run.symbols["stop"], "OK")
    to_the_end(c)
    run.ended(33, "smp: end")


def nonstop_stop(c):
    """The next stop: %Stop, which has no acknowledgement, and its vStopped."""
    while c.byte() != b"%":
        pass
    text = b""
    while True:
        b = c.byte()
        if b == b"#":
            break
        text += b
    c.byte(), c.byte()
    c.expect("vStopped", "OK")
    return text.decode("latin-1")


def nonstop_begin(run):
    """Both beat, in non-stop."""
    c = start_both(run)
    c.expect("QNonStop:1", "OK")
    c.expect("?", r"T.*thread:p1\.[12];.*")
    c.expect("vStopped", "OK")
    nonstop_stop(c)
    c.expect("vCont;c", "OK")
    for name in ("bsp_beats", "ap_beats"):
        moves(run, c, name)
    return c


def moves(run, c, name):
    before = c.memory(run.symbols[name], 8)
    run.until(lambda: c.memory(run.symbols[name], 8) != before,
              name + " does not move")


def nonstop_vanish(run):
    """A client of non-stop goes while one vCPU stands: both run on, and the
    next client finds all-stop."""
    c = nonstop_begin(run)
    c.expect("vCont;t:p1.1", "OK")
    if "T00" not in nonstop_stop(c):
        raise Problem("no T00")
    c.expect("Z1,%x,1" % run.symbols["ap_beat"], "OK")
    if "hwbreak" not in nonstop_stop(c):
        raise Problem("no breakpoint")
    c.close()
    c = run.next_client()
    c.begin()
    run_a_while(run, c, "bsp_beats", "ap_beats")
    c.expect("M%x,4:01000000" % run.symbols["stop"], "OK")
    to_the_end(c)
    run.ended(33, "smp: end")


def nonstop_storm(run):
    """Memory, breakpoints and stops of one vCPU while the other hits a
    breakpoint again and again."""
    c = nonstop_begin(run)
    place = "1,%x,1" % run.symbols["ap_beat"]
    for count in range(25):
        c.expect("Z" + place, "OK")
        if "hwbreak:;" not in nonstop_stop(c):
            raise Problem("another stop")
        before = c.memory(run.symbols["ap_beats"], 8)
        moves(run, c, "bsp_beats")
        c.expect("vCont;t:p1.1", "OK")
        nonstop_stop(c)
        c.expect("Hgp1.1", "OK")
        if not re.fullmatch("[0-9a-fx]+", c.ask("g")):
            raise Problem("no registers")
        c.expect("z" + place, "OK")
        c.expect("vCont;s:p1.2", "OK")
        if "T05" not in nonstop_stop(c):
            raise Problem("no end of the step")
        if c.memory(run.symbols["ap_beats"], 8) not in (before, before + 1):
            raise Problem("it ran on in its step")
        c.expect("vCont;c", "OK")
        moves(run, c, "ap_beats")
    c.expect("M%x,4:01000000" % run.symbols["stop"], "OK")
    if "W21" not in nonstop_stop(c):
        raise Problem("no end")
    run.ended(33, "smp: end")


def slow_reader(run):
    """What a dprintf prints waits for a client that does not read, and so does
    the guest; nothing of it is lost."""
    laps, width = 4000, 900
    text = b"%%0%dd" % width + b"\\n\0"
    # const32 calls, ref32; function and channel; printf of one argument
    code = bytes.fromhex("24%08x19" % run.symbols["calls"]) + bytes.fromhex(
        "2200220034%02x%04x" % (1, len(text))) + text + b"\x27"
    c = run.client()
    c.begin()
    c.expect("QStartNoAckMode", "OK")
    c.acks = False
    c.raw(b"+")
    c.expect("M%x,4:%s" % (run.symbols["laps"],
                           laps.to_bytes(4, "little").hex()), "OK")
    c.expect("Z0,%x,1;cmds:0,X%x,%s" % (run.symbols["lap"], len(code),
                                        code.hex()), "OK")
    c.raw(frame("vCont;c"))
    time.sleep(3)
    if "calls=" in run.server.console():
        raise Problem("the guest did not wait")
    data = b""
    while part := c.socket.recv(1 << 20):
        data += part
    replies = [expand(r) for r in re.findall(rb"\$([^#]*)#..", data)]
    if not replies or not replies[-1].startswith(b"W21"):
        raise Problem("the end did not come")
    printed = "".join(bytes.fromhex(r[1:].decode()).decode()
                      for r in replies if r.startswith(b"O"))
    if printed != "".join("%0*d\n" % (width, n) for n in range(laps)):
        raise Problem("%d bytes came, not what was printed" % len(printed))
    run.ended(33, "calls=%d" % laps)


def detached_means_stop(run):
    """--on-disconnect stop: not one instruction after a detach, either."""
    for count in range(10):
        c = run.client()
        c.begin()
        beats = c.memory(run.symbols["beats"], 8)
        if count and beats != last:
            raise Problem("the guest ran on after a detach")
        run_a_while(run, c, "beats")
        last = c.memory(run.symbols["beats"], 8)
        c.expect("D;1", "OK")
        c.close()
    c = run.client()
    c.begin()
    c.expect("M%x,4:01000000" % run.symbols["stop"], "OK")
    to_the_end(c)
    run.ended(33, "spin: stopped by hand")


def next_at_once(run):
    """A client that comes right after the last one has closed is let in."""
    c = run.client()
    c.begin()
    for _ in range(100):
        c.close()
        c = run.client()
        c.expect("vMustReplyEmpty", "")
    c.begin()
    to_the_end(c)
    run.ended(33, "stores=%d" % LAPS)


def eof_removes(run):
    """A client vanishes with a breakpoint in place: the guest runs on."""
    c = run.client()
    c.begin()
    c.expect("Z1,%x,1" % run.symbols["lap"], "OK")
    c.expect("vCont;c", r"T05.*hwbreak:;.*")
    c.close()
    run.ended(33, "calls=%d" % LAPS, "stores=%d" % LAPS)


def leave_in_step(run):
    """A client detaches, or vanishes, while its step is under way: the guest
    runs on to its end, at full speed."""
    c = run.client()
    c.begin()
    c.expect("Z1,%x,1" % run.symbols["lap"], "OK")
    c.expect("vCont;c", r"T05.*hwbreak:;.*")
    c.expect("z1,%x,1" % run.symbols["lap"], "OK")
    c.raw(frame("vCont;r%x,%x" % (run.symbols["lap"],
                                  run.symbols["lap"] + 0x400)))
    c.close()
    run.ended(33, "calls=%d" % LAPS, "stores=%d" % LAPS)


def page_table_refused(run):
    """A watch of a page table in use is refused, and the guest lives."""
    c = run.client()
    c.begin()
    # the 63rd register of the description
    cr3 = int.from_bytes(bytes.fromhex(c.ask("p3e")), "little") & ~0xfff
    c.expect("Z2,%x,40" % (cr3 + 0x800), "E.*")
    c.expect("D;1", "OK")
    run.ended(33, "calls=%d" % LAPS, "stores=%d" % LAPS)


def gone_means_stop(run):
    """--on-disconnect stop: the next client finds what the last one left."""
    c = run.client()
    c.begin()
    c.expect("Z1,%x,1" % run.symbols["lap"], "OK")
    for _ in range(3):
        c.expect("vCont;c", r"T05.*hwbreak:;.*")
    c.close()
    c = run.next_client()
    c.begin()
    if c.memory(run.symbols["calls"], 4) != 2:
        raise Problem("the guest has run on")
    if c.ask("g")[2 * 16 * 8:2 * 17 * 8] != run.symbols["lap"].to_bytes(
            8, "little").hex():
        raise Problem("RIP is not where the last client left it")
    to_the_end(c)  # and its breakpoint is gone
    run.ended(33, "calls=%d" % LAPS)


def gone_means_exit(run):
    """--on-disconnect exit: the machine ends with its client."""
    c = run.client()
    c.begin()
    c.close()
    run.ended(0)


def interrupt_glued(run):
    """Ctrl-C in one write with the packet before it."""
    c = run.client()
    c.begin()
    c.raw(frame("vCont;c") + b"\x03")
    if not re.match(r"T02.*", c.receive()):
        raise Problem("no T02")
    stop = run.symbols["stop"]
    c.expect("M%x,4:01000000" % stop, "OK")
    to_the_end(c)
    run.ended(33, "spin: stopped by hand")


def interrupt_often(run):
    c = run.client()
    c.begin()
    for _ in range(20):
        run_a_while(run, c, "beats")
    c.expect("M%x,4:01000000" % run.symbols["stop"], "OK")
    to_the_end(c)
    run.ended(33, "spin: stopped by hand")


def big_packets(run):
    """Largest reads and writes, with every byte value."""
    c = run.client()
    size = int(re.search(r"PacketSize=([0-9a-f]+)",
                         c.ask("qSupported:swbreak+"))[1], 16)
    count = (size - 64) // 2
    area = 0x200000  # RAM behind the guest
    data = bytes(i * 7 % 256 for i in range(count))
    c.expect("M%x,%x:%s" % (area, count, data.hex()), "OK")
    if bytes.fromhex(c.ask("m%x,%x" % (area, count))) != data:
        raise Problem("what was written is not what is read")
    escaped = b"".join(b"}" + bytes([b ^ 0x20]) if b in b"#$}*" else
                       bytes([b]) for b in data[:4096])
    c.expect(b"X%x,1000:" % (area + 1) + escaped, "OK")
    if bytes.fromhex(c.ask("m%x,1000" % (area + 1))) != data[:4096]:
        raise Problem("X wrote something else")
    c.raw(frame(b"m" * (size * 2)))
    if not re.fullmatch("E..|", c.receive()):
        raise Problem("a packet that is too long is not refused")
    c.expect("qAttached", "1")
    to_the_end(c)
    run.ended(33, "stores=%d" % LAPS)


def binary(run):
    """The packet x, as GDB 16 and later read memory, and as old LLDBs do."""
    c = run.client()
    if "binary-upload+" not in c.ask("qSupported:swbreak+").split(";"):
        raise Problem("binary-upload+ is not announced")
    area = 0x200000
    data = bytes(i * 7 % 256 for i in range(2048))
    c.expect("M%x,%x:%s" % (area, len(data), data.hex()), "OK")
    if c.ask("x%x,%x" % (area, len(data))).encode("latin-1") != b"b" + data:
        raise Problem("x reads something else")
    c.expect("xffffff0000000000,4", "E14")
    c.expect("x0,0", "b")
    c.expect("QThreadSuffixSupported", ".*")
    c.expect("x0,0", "OK")
    if c.ask("x%x,%x" % (area, len(data))).encode("latin-1") != data:
        raise Problem("LLDB's x reads something else")
    c.expect("D", "OK")
    run.ended(33)


def find():
    return [
        RawTest("binary", "count.elf", [], binary),
        RawTest("handshake", "count.elf", [], handshake),
        RawTest("malformed", "count.elf", [], malformed),
        RawTest("vanish", "spin.elf", ["exec"], vanish),
        RawTest("bytewise", "count.elf", [], bytewise),
        RawTest("two-clients", "count.elf", [], two_clients),
        RawTest("continue-after-hbreak", "count.elf", ["exec"],
                continue_after_hbreak),
        RawTest("duplicates", "count.elf", ["exec"], duplicates),
        RawTest("four-slots", "count.elf", ["exec"], four_slots),
        RawTest("count-hits", "count.elf", ["data_write4|page_write"], count_hits),
        RawTest("eof-removes", "count.elf", ["exec"], eof_removes),
        RawTest("leave-in-step", "count.elf", ["exec", "step"], leave_in_step),
        RawTest("page-table", "count.elf", ["page_write"], page_table_refused),
        RawTest("gone-stop", "count.elf", ["exec"], gone_means_stop,
                ["--on-disconnect", "stop"]),
        RawTest("gone-exit", "spin.elf", [], gone_means_exit,
                ["--on-disconnect", "exit"]),
        RawTest("detached-stop", "spin.elf", [], detached_means_stop,
                ["--on-disconnect", "stop"]),
        RawTest("next-at-once", "count.elf", ["local"], next_at_once,
                ["--on-disconnect", "stop", "--log", "info"]),
        RawTest("smp-pending", "smp.elf", ["exec"], smp_pending,
                ["--cpus", "2"]),
        RawTest("smp-step-alone", "smp.elf", ["exec", "step"], smp_step_alone,
                ["--cpus", "2"]),
        RawTest("smp-nonstop-vanish", "smp.elf", ["exec"], nonstop_vanish,
                ["--cpus", "2"]),
        RawTest("smp-nonstop-storm", "smp.elf", ["exec", "step"],
                nonstop_storm, ["--cpus", "2"]),
        RawTest("slow-reader", "count.elf", ["local", "exec"], slow_reader),
        RawTest("interrupt-glued", "spin.elf", [], interrupt_glued),
        RawTest("interrupt-often", "spin.elf", [], interrupt_often),
        # A log of its packets would be most of what a lab's line carries.
        RawTest("big-packets", "count.elf", [], big_packets,
                ["--log", "info"]),
    ]
