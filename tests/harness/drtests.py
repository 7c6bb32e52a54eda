# SPDX-License-Identifier: MIT
"""Debug registers: what the transparency tests cannot ask for."""
import os
import re
import time

from .rawtests import RawTest, to_the_end
from .rsp import Problem, frame

AP_START = 0x8000  # TRAMPOLINE of tests/guests/smp64.S
# numbers of the target description
DR = {"dr0": 0x42, "dr1": 0x43, "dr2": 0x44, "dr3": 0x45,
      "dr6": 0x46, "dr7": 0x47}
RIP = 0x10
CS = 0x12
DR_INIT = {"dr6": 0xffff0ff0, "dr7": 0x400}  # SDM vol. 3, table 10-1
FROM_THREAD = r"T05.*%s:%s;.*thread:p1\.%d;.*"


def register(client, number):
    reply = client.expect("p%x" % number, r"[0-9a-f]+")
    return int.from_bytes(bytes.fromhex(reply), "little")


def at_its_first(run, address):
    c = run.client()
    c.begin()
    c.expect("Z1,%x,1" % address, "OK")
    # no hwbreak where GDB's PC is an offset in CS
    c.expect("vCont;c", r"T05(hwbreak:;)?06:.*thread:p1\.2;.*")
    c.expect("Hgp1.2", "OK")
    cs = register(c, CS)
    if 16 * cs + register(c, RIP) != address and register(c, RIP) != address:
        raise Problem("stopped elsewhere")
    for name, number in DR.items():
        if register(c, number) != DR_INIT.get(name, 0):
            raise Problem("%s is %#x at the first instruction"
                          % (name, register(c, number)))
    c.expect("z1,%x,1" % address, "OK")
    return c


def late_vcpu(run):
    """Requests made before a vCPU is started hold at its first instruction,
    and the vCPU has its own debug registers as INIT leaves them."""
    symbols = run.symbols
    c = at_its_first(run, AP_START)
    word = AP_START + symbols["ap_first_word"] - symbols["trampoline"]
    c.expect("Z2,%x,2" % word, "OK")
    c.expect("vCont;c", FROM_THREAD % ("watch", "%x" % word, 2))
    if c.memory(word, 2) != 0x5150:
        raise Problem("the first store has not been made")
    c.expect("z2,%x,2" % word, "OK")
    to_its_end(run, c)


def late_vcpu_protected(run):
    """The same at the first instruction in protected mode."""
    symbols = run.symbols
    to_its_end(run, at_its_first(run, AP_START + symbols["ap_protected"]
                                 - symbols["trampoline"]))


def to_its_end(run, c):
    symbols = run.symbols
    c.expect("Z1,%x,1" % symbols["ap_spin"], "OK")
    c.expect("vCont;c", FROM_THREAD % ("hwbreak", "", 2))
    c.expect("z1,%x,1" % symbols["ap_spin"], "OK")
    c.expect("M%x,4:01000000" % symbols["stop"], "OK")
    to_the_end(c)
    run.ended(33, "ap_word=3", "both_calls=2")


def only_resumed(run):
    """A vCPU that is not let go has nothing to tell, though it may have come
    to a breakpoint at the same time."""
    c = run.client()
    c.begin()
    place = "1,%x,1" % run.symbols["sm_a"]
    hits = {"1": 0, "2": 0}
    c.expect("Z" + place, "OK")
    while not (reply := c.ask("vCont;c")).startswith("W"):
        thread = re.search(r"hwbreak:;.*thread:p1\.([12]);", reply)[1]
        hits[thread] += 1
        c.expect("z" + place, "OK")
        c.expect("vCont;s:p1." + thread,
                 r"T05.*thread:p1\.%s;.*" % thread)
        c.expect("Z" + place, "OK")
    # five scenes of three rounds on each CPU
    if hits != {"1": 15, "2": 15}:
        raise Problem("hits by thread: %s" % hits)
    run.ended(33, "scene over")


ASK_MOVES, ASK_ARM, ASK_END, ASK_BUSY = 1, 2, 3, 4  # of tests/guests/drs_cost.c
# exits that have other causes: the interrupt that ends the run, and pages
# touched for the first time
SLACK = 20


def monitor(client, word):
    client.raw(frame("qRcmd," + word.encode().hex()))
    text = ""
    while (reply := client.receive()) != "OK":
        text += bytes.fromhex(reply[1:]).decode()
    return text


def counts(client):
    """`monitor exits` of the first vCPU."""
    words = monitor(client, "exits").splitlines()[0].split()[1:]
    return dict(zip(words[::2], map(int, words[1::2])))


class Cost:
    """The guest of the costs: does what is asked, is stopped by hand."""

    def __init__(self, run):
        self.run = run
        self.client = run.client()
        self.client.begin()
        self.number = 0
        self.trapped = run.bench.caps["dr_access"]
        self.ask(0)

    def ask(self, what):
        """Counters of a run in which the guest does WHAT; its exits only."""
        c = self.client
        done = self.run.symbols["done"]
        word = self.write_asked(what)
        before = counts(c)
        rounds = 0
        self.seconds = 0
        while True:
            rounds += 1
            began = time.monotonic()
            c.raw(frame("vCont;c"))
            time.sleep(self.run.bench.while_here(0.15))
            c.raw(b"\x03")
            reply = c.receive()
            self.seconds += time.monotonic() - began
            if not reply.startswith("T02"):
                raise Problem("stopped by %r" % reply)
            if c.memory(done, 4) == word:
                break
            if rounds > 120:
                raise Problem("the guest does not get on")
        after = counts(c)
        cost = {k: after[k] - before[k] for k in after}
        # our own looks at it
        cost["KVM_RUN"] -= cost["interrupted"]
        c.log.append("cost %d: %s" % (what, cost))
        return cost

    def write_asked(self, what):
        """The number of this request of the guest, which it tells when it has
        done it; 0 asks for nothing."""
        if not what:
            return self.client.memory(self.run.symbols["done"], 4)
        self.number += 16
        word = self.number + what
        self.client.expect("M%x,4:%s" % (self.run.symbols["asked"],
                                         word.to_bytes(4, "little").hex()),
                           "OK")
        return word

    def moves(self):
        return self.client.memory(self.run.symbols["cost_moves"], 4)

    def end(self):
        self.write_asked(ASK_END)
        to_the_end(self.client)
        self.run.ended(33, "cost: end")


def cost_nothing(run):
    """Without a request nothing of a guest's debug registers exits, and KVM
    is told nothing."""
    cost = Cost(run)
    idle = cost.ask(0)
    idle_seconds = cost.seconds
    seen = cost.ask(ASK_MOVES)
    for what in ("KVM_RUN", "debug", "MOV-DR", "given-back", "set-debug"):
        if seen[what] > (SLACK if what == "KVM_RUN" else 0):
            raise Problem("%s: %d" % (what, seen[what]))
    # KVM lets the guest at the registers after the first move; the rest are
    # the host's own interrupts, as many as in an idle run as long
    more = seen.get("all-of-KVM", 0) - idle.get(
        "all-of-KVM", 0) * cost.seconds / idle_seconds
    if more >= cost.moves() / 2:
        raise Problem("%d exits for %d moves" % (more, cost.moves()))
    cost.end()


def cost_of_moves(run):
    """With a request each MOV DR costs at most two exits."""
    cost = Cost(run)
    cost.client.expect("Z1,%x,1" % run.symbols["dr_never"], "OK")
    cost.ask(0)
    seen = cost.ask(ASK_MOVES)
    moves = cost.moves()
    if seen["MOV-DR"] not in (0, moves):
        raise Problem("%d of %d moves trapped" % (seen["MOV-DR"], moves))
    if seen["KVM_RUN"] > 2 * moves:
        raise Problem("%d returns of KVM_RUN for %d moves"
                      % (seen["KVM_RUN"], moves))
    if seen["MOV-DR"] and seen["KVM_RUN"] > moves + SLACK:
        raise Problem("%d returns of KVM_RUN for %d traps"
                      % (seen["KVM_RUN"], moves))
    # where each is seen by the tracepoint, only those of DR7 are told, as long
    # as nothing is enabled: every fifth
    if seen["traced"] and seen["traced"] != moves // 5:
        raise Problem("%d of %d moves traced" % (seen["traced"], moves))
    # the control of cost_nothing: here KVM's own count sees each of them
    if "all-of-KVM" in seen and seen["all-of-KVM"] < moves:
        raise Problem("KVM counts %d exits" % seen["all-of-KVM"])
    cost.end()


def resync(run):
    """A breakpoint that the guest sets while the host has one is armed."""
    cost = Cost(run)
    cost.client.expect("Z1,%x,1" % run.symbols["dr_never"], "OK")
    for _ in range(3):
        cost.ask(ASK_ARM)
        c = cost.client
        late = c.memory(run.symbols["late_calls"], 8)
        c.log.append("armed after %d calls, %d cycles" % (
            late, c.memory(run.symbols["late_cycles"], 8)))
        if (cost.trapped or counts(c)["traced"]) and late != 1:
            raise Problem("armed only at call %d" % late)
    # the lab's kernel has the tracepoint, and we are root there
    if not cost.trapped and run.bench.name != "native" and not counts(
            cost.client)["traced"]:
        raise Problem("the tracepoint has told of nothing")
    said = ("guest MOV DR trapped" if cost.trapped else
            "guest MOV DR not trapped, seen within 5 ms")
    if said not in monitor(cost.client, "dr"):
        raise Problem("`monitor dr' does not say: " + said)
    cost.end()


HOSTWATCH = "/bin/hostwatch"
HOST_STORES = 100


class HostDebugger(RawTest):
    """A process of the host's that is watched by the host keeps its hits
    while a guest and a client use debug registers on the same CPU."""

    def __init__(self, how):
        super().__init__("host-" + how, "drs_cost.elf", ["exec"], self.both)
        self.how = how
        self.seconds = 0

    def watch_argv(self, bench):
        self.seconds = min(bench.while_here(1), 3)
        return [HOSTWATCH, self.how, str(HOST_STORES), str(self.seconds)]

    def skips(self, bench):
        build = os.path.dirname(os.path.dirname(os.path.dirname(
            bench.guests[self.guest])))
        bench.target.put(HOSTWATCH,
                         os.path.join(build, "tests/host/hostwatch"))
        status, text = bench.target.run(self.watch_argv(bench),
                                        bench.limit(20))
        return None if status == 0 else "no guest, and yet: " + text.strip()

    def run(self, bench, log):
        # the lab has one CPU; here the server and its vCPUs are held to one
        mask = os.sched_getaffinity(0)
        if bench.name == "native":
            os.sched_setaffinity(0, {0})
        try:
            return super().run(bench, log)
        finally:
            os.sched_setaffinity(0, mask)

    def both(self, run):
        cost = Cost(run)
        c = cost.client
        symbols = run.symbols
        c.expect("Z1,%x,1" % symbols["co_host"], "OK")
        kinds = ["hwbreak"]
        if run.bench.caps["data_write4"] or run.bench.caps["page_write"]:
            c.expect("Z2,%x,4" % symbols["host_word"], "OK")
            kinds = ["watch", "hwbreak"]
        cost.write_asked(ASK_BUSY)
        watched = run.bench.target.spawn(self.watch_argv(run.bench))
        laps = 0
        while watched.alive():
            laps += 1
            for kind in kinds:
                c.expect("vCont;c", "T05.*%s:.*" % kind)
        c.log.append(watched.output())
        if watched.wait(run.bench.limit(20)) != 0:
            raise Problem("the host's own watch: "
                          + watched.output().strip())
        if laps < 5:
            raise Problem("the guest ran only %d laps meanwhile" % laps)
        rounds = c.memory(symbols["own_rounds"], 4)
        hits = c.memory(symbols["own_hits"], 4)
        c.log.append("%d laps, %d rounds, %d own hits" % (laps, rounds, hits))
        if rounds != laps or hits != rounds * (
                2 if run.bench.caps["dr7_reported"] else 1):
            raise Problem("%d stops, %d rounds of the guest's, %d hits of its "
                          "own" % (laps, rounds, hits))
        for kind in ("1,%x,1" % symbols["co_host"],
                     "2,%x,4" % symbols["host_word"]):
            c.ask("z" + kind)
        cost.end()


def polls(run):
    """Threads stay awake for each other after quick steps only, and not while
    the guest runs or stands for long."""
    c = run.client()
    c.begin()
    names = ("polled-stop", "polled-go", "polled-in-vain")

    def polled(step, times):
        before = counts(c)
        for _ in range(times):
            step()
        after = counts(c)
        return [after[n] - before[n] for n in names]

    def quick():
        c.expect("vCont;s", r"T05.*")

    def after_a_pause():
        time.sleep(0.02)
        quick()

    def long_run():
        c.raw(frame("vCont;c"))
        time.sleep(run.bench.while_here(0.1))
        c.raw(b"\x03")
        if not c.receive().startswith("T02"):
            raise Problem("not stopped by ^C")

    # at most one poll a half and step; how many depends on the machine
    stop, go, vain = polled(quick, 300)
    c.log.append("quick: %d %d %d" % (stop, go, vain))
    if stop + go + vain > 602:
        raise Problem("more polls than waits")
    # the first wait was quick, and each monitor command after it is none
    stop, go, vain = polled(after_a_pause, 20)
    if go > 1 or vain > 22:
        raise Problem("polls for a debugger that thinks: %d, %d in vain"
                      % (go, vain))
    long_run()
    stop, go, vain = polled(long_run, 5)
    # to be let go again may have been quick
    if stop or vain > 1 + 5:
        raise Problem("polls while the guest runs: %d, %d in vain"
                      % (stop, vain))
    run.server.kill()


def find():
    return [
        RawTest("polls", "spin.elf", ["step"], polls),
        # QEMU's AMD-V dies of a breakpoint in a real mode of KVM's making
        RawTest("late-vcpu", "smp.elf",
                ["exec", "dr_access|!dr7_reported",
                 "data_write2|page_write"], late_vcpu, ["--cpus", "2"]),
        RawTest("late-vcpu-protected", "smp.elf", ["exec"],
                late_vcpu_protected, ["--cpus", "2"]),
        RawTest("cost-nothing", "drs_cost.elf", ["dr7_reported"],
                cost_nothing),
        RawTest("cost-of-moves", "drs_cost.elf", ["dr7_reported", "exec"],
                cost_of_moves),
        RawTest("resync", "drs_cost.elf", ["dr7_reported", "exec", "reinject"],
                resync),
        HostDebugger("perf"),
        HostDebugger("ptrace"),
        RawTest("only-resumed", "drs_smp.elf",
                ["exec", "step", "dr7_reported"],
                only_resumed, ["--cpus", "2"]),
    ]
