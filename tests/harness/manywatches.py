# SPDX-License-Identifier: MIT
"""Watchpoints of any size and number, and CPUs that write beside them."""
import re

from .forms import resume
from .rawtests import RawTest
from .rsp import Problem

OBJECTS = ((0x001, 3), (0x101, 12), (0x201, 16), (0x301, 64), (0x1801, 4096),
           (0x3001, 0x100000))
SCATTERED = 100
ROUNDS, EVERY = 96, 8  # of tests/guests/hammer.c


def hits(client):
    """The addresses of the watchpoints that stop the guest until it ends."""
    while True:
        reply = resume(client)
        if reply.startswith("W"):
            if not reply.startswith("W21"):
                raise Problem("the end is " + reply)
            return
        found = re.search(r"(?:^T05|;)watch:([0-9a-f]+);", reply)
        if not reply.startswith("T05") or not found:
            raise Problem("a stop that nobody asked for: " + reply)
        yield int(found[1], 16)


def sizes(run):
    """All objects are watched at once."""
    c = run.client()
    c.begin()
    objects = run.symbols["objects"]
    due = []
    for i, (offset, size) in enumerate(OBJECTS):
        at = c.memory(objects + 16 * i, 8)
        if c.memory(objects + 16 * i + 8, 8) != size or at % 16 != offset % 16:
            raise Problem("object %d is not what the test means" % i)
        c.expect("Z2,%x,%x" % (at, size), "OK")
        due += [(at, size, at + n) for n in (0, size // 2, size - 1)]
    seen = 0
    for address in hits(c):
        if seen == len(due):
            raise Problem("a hit too many at %#x" % address)
        at, size, place = due[seen]
        # a register tells of its range, a page trap of the byte
        if not at <= address < at + size or size > 32 and address != place:
            raise Problem("hit %d is at %#x, expected %#x of %d at %#x"
                          % (seen, address, place, size, at))
        if c.memory(place, 1) != 1:
            raise Problem("%#x is %d" % (place, c.memory(place, 1)))
        seen += 1
    if seen != len(due):
        raise Problem("%d hits of %d" % (seen, len(due)))
    run.ended(33, "sizes: end")


def scattered(run):
    c = run.client()
    c.begin()
    step = c.memory(run.symbols["scattered_size"], 4)
    places = [run.symbols["scattered"] + i * step + 4
              for i in range(SCATTERED)]
    for place in places:
        c.expect("Z2,%x,4" % place, "OK")
    seen = []
    for address in hits(c):
        seen.append(address & ~3)
    if seen != places:
        wrong = [i for i, (a, b) in enumerate(zip(seen, places)) if a != b]
        raise Problem("%d hits of %d; wrong: %s"
                      % (len(seen), SCATTERED, wrong[:5]))
    run.ended(33, "sizes: end")


def hammer(size):
    def test(run):
        """The guest counts; so do we."""
        c = run.client()
        c.begin()
        at = run.symbols["cells"] + 4
        counter = at + 12
        c.expect("Z2,%x,%x" % (counter if size == 4 else at, size), "OK")
        seen = 0
        for address in hits(c):
            if not counter <= address < counter + 4:
                raise Problem("a hit at %#x, not at %#x" % (address, counter))
            seen += 1
        due = 2 * ROUNDS // EVERY
        if seen != due:
            raise Problem("%d hits of %d" % (seen, due))
        run.ended(33, "left=%d" % ROUNDS, "right=%d" % ROUNDS,
                  "shared=%d" % (2 * ROUNDS), "watched=%d" % due)
    return test


ONE_PAGE_ROUNDS = 20  # of tests/guests/onepage.c


def place_of(reply):
    found = re.search(r";10:([0-9a-f]{16});", reply)
    if not found:
        raise Problem("no RIP in " + reply)
    return int.from_bytes(bytes.fromhex(found[1]), "little")


def one_page(kind):
    """Code, stack and data in one page, and only the data is watched.  At the
    end the guest reads its own count, which is a hit too."""
    word, writes, reads = {2: ("watch", 1, 0), 3: ("rwatch", 0, 1),
                           4: ("awatch", 1, 1)}[kind]

    def test(run):
        c = run.client()
        c.begin()
        at = run.symbols["op_watched"]
        c.expect("Z%d,%x,40" % (kind, at), "OK")
        seen = {"after_store": 0, "after_load": 0, "report": 0}
        while True:
            reply = resume(c)
            if reply.startswith("W"):
                break
            found = re.search(r"(?:^T05|;)%s:([0-9a-f]+);" % word, reply)
            if not reply.startswith("T05") or not found:
                raise Problem("a stop that nobody asked for: " + reply)
            name = {run.symbols["after_store"]: "after_store",
                    run.symbols["after_load"]: "after_load"}.get(
                        place_of(reply), "report")
            seen[name] += 1
            due = at + (8 if name == "after_load" else 20)
            if int(found[1], 16) != due:
                raise Problem("%s: told is %s" % (name, found[1]))
        if seen != {"after_store": writes * ONE_PAGE_ROUNDS,
                    "after_load": reads * ONE_PAGE_ROUNDS,
                    "report": reads}:
            raise Problem("hits: %s" % seen)
        run.ended(33, "watched=%d" % ONE_PAGE_ROUNDS,
                  "other=%d" % ONE_PAGE_ROUNDS)
    return test


def writes_of_the_debugger(run):
    """What no CPU writes stops nobody: M and X, through a watch by page trap
    and, where there are any, by registers; the guest's own store does."""
    c = run.client()
    c.begin()
    at = c.memory(run.symbols["objects"] + 16 * 4, 8)
    small = c.memory(run.symbols["objects"], 8)
    c.expect("Z2,%x,1000" % at, "OK")
    c.expect("Z2,%x,3" % small, "OK")
    for place in (small, at, at + 0xfff):
        c.expect("M%x,1:41" % place, "OK")
        c.expect("X%x,1:B" % place, "OK")
        if c.memory(place, 1) != 0x42:
            raise Problem("the write has not arrived")
    seen = [address for address in hits(c)]
    if len(seen) != 6 or not small <= seen[0] < small + 3 or \
            seen[3:] != [at, at + 0x800, at + 0xfff]:
        raise Problem("hits at " + " ".join(map(hex, seen)))
    run.ended(33, "sizes: end")


def find():
    page = ["page_write"]
    access = ["page_access", "page_exec"]
    return [RawTest("one-page-watch", "onepage.elf", page, one_page(2)),
            RawTest("one-page-rwatch", "onepage.elf", access, one_page(3)),
            RawTest("one-page-awatch", "onepage.elf", access, one_page(4)),
            RawTest("watch-debugger", "sizes.elf", page,
                    writes_of_the_debugger),
            RawTest("watch-sizes", "sizes.elf", page, sizes),
            RawTest("watch-scattered", "sizes.elf", page, scattered),
            RawTest("hammer-page", "hammer.elf", page, hammer(64),
                    ["--cpus", "2"]),
            RawTest("hammer-slot", "hammer.elf", ["data_write4"], hammer(4),
                    ["--cpus", "2"])]
