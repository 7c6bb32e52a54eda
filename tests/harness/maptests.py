# SPDX-License-Identifier: MIT
"""Requests where nothing is mapped, and where the guest maps something else
afterwards: what was accepted must be hit, or it must not be accepted."""
import re
import time

from .rawtests import RawTest
from .rsp import Problem

DATA, CODE = 0x40000000, 0x40001000  # of tests/guests/late.c
# not reached any more
OTHERS = ("never", "ready", "window_enter", "mapped")
UNMAPPED = r"E\..*not mapped.*"


def at(run, name):
    """A client, with the guest stopped in the function NAME."""
    c = run.client()
    c.begin()
    place = "1,%x,1" % run.symbols[name]
    c.expect("Z" + place, "OK")
    c.expect("vCont;c", r"T05.*hwbreak:;.*")
    c.expect("z" + place, "OK")
    return c


def pc_of(reply):
    found = re.search(r"(?:^T05|;)10:([0-9a-f]{16});", reply)
    return int.from_bytes(bytes.fromhex(found[1]), "little") if found else None


def until_end(run, c):
    """The stop replies that come until the guest has ended."""
    stops = []
    while len(stops) < 10:
        reply = c.ask("vCont;c")
        if reply.startswith("W21"):
            break
        if not reply.startswith("T05"):
            raise Problem("not a stop: " + reply)
        stops.append(reply)
    run.ended(33, "first=1", "second=3", "late: end")
    return stops


def code_stops(run, c, due):
    stops = until_end(run, c)
    places = [pc_of(reply) for reply in stops]
    if places != [CODE] * due:
        raise Problem("stops at %s, due %d times %x"
                      % (["%x" % (p or 0) for p in places], due, CODE))


def values(run, c):
    """What the watched word holds at each stop until the end."""
    seen = []
    while len(seen) < 10:
        reply = c.ask("vCont;c")
        if reply.startswith("W21"):
            break
        found = re.search(r"[0-9a-f;]watch:([0-9a-f]+);", reply)
        if not found or not DATA <= int(found[1], 16) < DATA + 8:
            raise Problem("not a hit there: " + reply)
        seen.append(c.memory(DATA, 8))
    run.ended(33, "first=1", "second=3", "late: end")
    return seen


def hbreak(run):
    """A debug register holds the linear address, mapped or not."""
    c = at(run, "ready")
    c.expect("Z1,%x,1" % CODE, "OK")
    code_stops(run, c, 3)


def software(run):
    """Refused with the reason, or hit."""
    c = at(run, "ready")
    if c.expect("Z0,%x,1" % CODE, "OK|" + UNMAPPED) == "OK":
        code_stops(run, c, 3)
    elif until_end(run, c):
        raise Problem("a stop of a breakpoint that was refused")


def fifth(run):
    """No register is left: refused with the reason."""
    c = at(run, "ready")
    for name in OTHERS:
        c.expect("Z1,%x,1" % run.symbols[name], "OK")
    c.expect("Z1,%x,1" % CODE, UNMAPPED)
    c.expect("z1,%x,1" % run.symbols["mapped"], "OK")
    if until_end(run, c):
        raise Problem("a stop of a breakpoint that was refused")


def moved_code(run):
    """Mapped when it is set; then the guest brings other memory there."""
    c = at(run, "mapped")
    c.expect("Z0,%x,1" % CODE, "OK")
    code_stops(run, c, 3)


def moved_fifth(run):
    """The same where no register is left: an int3, or a page trap."""
    c = at(run, "mapped")
    for name in OTHERS:
        c.expect("Z1,%x,1" % run.symbols[name], "OK")
    c.expect("Z1,%x,1" % CODE, "OK")
    code_stops(run, c, 3)


def watch(run):
    c = at(run, "ready")
    c.expect("Z2,%x,8" % DATA, "OK")
    seen = values(run, c)
    # a write watch stops where the bytes are others: of the first one nobody
    # knows what they were
    if seen != [1, 2, 3]:
        raise Problem("values at the stops: %s" % seen)


def watch_page(run):
    """Too long for registers: refused while it is not mapped."""
    c = at(run, "ready")
    # GDB shows no text for a watch: the console has the reason
    c.expect("Z2,%x,40" % DATA, "E[0-9a-f]{2}")
    end = time.monotonic() + run.bench.limit(5)
    while "not all mapped" not in run.server.job.output():
        if time.monotonic() > end:
            raise Problem("refused, and nobody says why")
        time.sleep(0.05)
    place = "1,%x,1" % run.symbols["mapped"]
    c.expect("Z" + place, "OK")
    c.expect("vCont;c", r"T05.*hwbreak:;.*")
    c.expect("z" + place, "OK")
    c.expect("Z2,%x,40" % DATA, "OK")
    seen = values(run, c)
    # the other page comes with other bytes: told late
    if seen != [1, 0, 2, 3]:
        raise Problem("values at the stops: %s" % seen)


def find():
    return [
        RawTest("map-hbreak", "late.elf", ["exec"], hbreak),
        RawTest("map-break", "late.elf", ["exec"], software),
        RawTest("map-fifth", "late.elf", ["exec"], fifth),
        RawTest("map-moved", "late.elf", ["exec"], moved_code),
        RawTest("map-moved-fifth", "late.elf", ["exec", "int3|page_exec"],
                moved_fifth),
        RawTest("map-watch", "late.elf", ["exec", "data_write8"], watch),
        RawTest("map-watch-page", "late.elf", ["exec", "page_write"],
                watch_page),
    ]
