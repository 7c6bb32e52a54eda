# SPDX-License-Identifier: MIT
"""What is measured, and the goals: kvmgdb's rate is at least so many times
that of a peer (1 / 1.3 of the floor's: at most 1.3 times its time)."""

# beside QEMU, where kvmgdb decides without a round trip
DECIDED = {"native": 10, "svm": 50, "vmx": 50}

FLOOR = 1 / 1.3
SERVERS = ("kvmgdb", "QEMU", "gdbserver")
# Of guests that run by themselves.  The end of a machine takes some 10 ms in
# a lab: it shall not count.
ROUNDS = {"native": 1, "svm": 1000, "vmx": 4}
ROUNDS_DR = {"native": 1, "svm": 30, "vmx": 4}
ONCE = {"native": 1, "svm": 1, "vmx": 1}  # where each round is an exit
# Works whose count is a number of events; of the others it is a size.
BY_COUNT = {"watch", "watch-of-10", "watch-of-100", "watch-of-1000",
            "unchanged", "hbreak", "hbreak-plain", "condition",
            "break-of-100", "step", "step-g", "g", "interrupt"}


def work(name, count, goals, who=SERVERS, client=None, floor=None, unit="/s",
         **more):
    return {"name": name, "client": client or name, "count": count,
            "goals": goals, "who": who, "floor": floor, "unit": unit,
            "how": "client", "options": (), **more}


def by_gdb(name, goals):
    return {"name": name, "how": "gdb", "client": "", "goals": goals,
            "who": SERVERS, "unit": "/s", "count": 1}


WORKS = [
    work("watch", 5000, {"QEMU": 2, "floor": FLOOR}, floor="watch",
         needs_watch=True),
    work("hbreak", 3000, {"QEMU": 2}),
    work("hbreak-plain", 5000, {"floor": FLOOR}, floor="hbreak",
         who=("kvmgdb", "gdbserver")),
    work("step", 5000, {"QEMU": 2, "floor": FLOOR}, floor="step"),
    work("step-g", 3000, {"QEMU": 2}),
    work("line-1000", 1, {"QEMU": DECIDED}),
    work("line-100000", 1, {"QEMU": DECIDED}),
    work("condition", 5000, {"QEMU": DECIDED, "floor": 1 / 1.5},
         floor="bare-hbreak", peer_share=0.2),
    work("unchanged", 5000, {"QEMU": DECIDED, "floor": 1 / 1.5},
         floor="bare-watch", peer_share=0.2, needs_watch=True),
    work("read", 64 << 20, {"QEMU": 5}, unit=" bytes/s"),
    work("write", 16 << 20, {"QEMU": 5}, unit=" bytes/s"),
    work("g", 5000, {"QEMU": 1}),
    work("interrupt", 300, {"QEMU": 1}),
    work("connect", 1, {"QEMU": 1}),
    work("break-of-100", 2000, {}, who=("kvmgdb",)),
    # the tiers of a watch, beside the bare cost of a KVM exit
    work("hit-in-register", 2000, {}, who=("kvmgdb",), client="watch",
         floor="bare-step", needs_watch=True),
    work("hit-in-page", 2000, {}, who=("kvmgdb",), client="watch",
         floor="bare-step", options=("--without", "data_write")),
    work("miss-in-page", 3000, {}, who=("kvmgdb",), client="run-beside",
         floor="bare-step", from_start=True, rounds=ONCE,
         options=("--without", "data_write")),
    work("watch-of-10", 1000, {}, who=("kvmgdb",)),
    work("watch-of-100", 1000, {}, who=("kvmgdb",)),
    work("watch-of-1000", 1000, {}, who=("kvmgdb",)),
    work("run", 300000, {"floor": 0.99}, floor="run", who=("kvmgdb",),
         from_start=True),
    work("run-watched", 300000, {"floor": 0.98}, floor="run",
         who=("kvmgdb",), from_start=True),
    work("run-dr", 100000, {"floor": 0.99}, floor="run-dr", who=("kvmgdb",),
         from_start=True, rounds=ROUNDS_DR),
    work("run-dr-watched", 100000, {}, floor="run-dr", who=("kvmgdb",),
         from_start=True, rounds=ROUNDS_DR),
    # a context switch that moves to three debug registers, beside one exit
    work("switch-dr", 2000, {}, who=("kvmgdb",), client="run-dr-watched",
         floor="bare-step", from_start=True, rounds=ONCE),
    by_gdb("gdb-connect", {"QEMU": 1}),
    by_gdb("gdb-stop", {"QEMU": 1}),
    by_gdb("gdb-info-registers", {"QEMU": 1}),
    by_gdb("gdb-next-1000", {"QEMU": 10}),
    by_gdb("gdb-next-100000", {"QEMU": 10}),
    by_gdb("gdb-condition", {"QEMU": 10}),
    by_gdb("gdb-dump", {"QEMU": 5}),
    by_gdb("gdb-restore", {"QEMU": 5}),
    # until connect() succeeds, and until `?' is answered
    {"name": "start", "how": "start", "client": "listen", "count": 1,
     "goals": {"QEMU": 10}, "who": ("kvmgdb", "QEMU"), "unit": "/s"},
    {"name": "start-answer", "how": "start", "client": "answer", "count": 1,
     "goals": {"QEMU": 10}, "who": ("kvmgdb", "QEMU"), "unit": "/s"},
    # from power-on to the first program of a Debian kernel, and to the end
    {"name": "linux", "how": "linux", "client": "", "count": 1,
     "goals": {"QEMU": 1}, "who": ("kvmgdb", "QEMU"), "unit": "/s"},
]
