# SPDX-License-Identifier: MIT
"""Transparency: a guest that uses its own debug registers logs every event
with all registers; the log must be the same to the byte whatever GDB does.

The reference is a run without a debugger.  It is itself judged by what the
SDM says the guest must see, computed by hand in transparency_due.py; so a
guest that logs nothing cannot pass, and neither can a KVM that is wrong in
the same way in both runs.

transparency-GUEST-reference       that judgement
transparency-GUEST-far1 ... far4   GDB has 1 to 4 requests that nobody hits
transparency-GUEST-same            on the guest's own addresses
transparency-GUEST-overlap         on ranges that overlap the guest's
transparency-GUEST-stack           GDB watches the page of the guest's stack,
                                   by page trap
transparency-GUEST-step            GDB steps through it

With KVMGDB_TEST_OPEN in the environment, what is known to be open runs too."""
import dataclasses
import difflib
import os
import re
import subprocess

from . import bench as bench_module
from . import capability
from . import expect as expect_module
from . import transparency_due as due

HELPERS = os.path.join(bench_module.TESTS, "harness", "transparency_gdb.py")

FAR = ("watch dr_far[1]", "hbreak *dr_never", "awatch dr_far[9]",
       "rwatch dr_far[18]")
# for a KVM without data breakpoints
FAR_EXEC = ["hbreak *(dr_never + %d)" % i for i in range(4)]
# too long for debug registers, at the far end of the page that the stack is in
STACK = "*(char (*)[64])(((unsigned long)$rsp - 16) & ~0xffful)"
RFLAGS_TF = 0x100
RFLAGS_RF = 0x10000
# What the server says when a request has to wait for a debug register.
CLAIMED = re.compile(r"the guest has claimed a debug register")


def nm(path):
    """Address -> names."""
    names = {}
    text = subprocess.run(["nm", path], check=True, capture_output=True,
                          text=True).stdout
    for line in text.splitlines():
        address, _, name = line.split()
        names.setdefault(int(address, 16), set()).add(name)
    return names


EVENT = re.compile(r"E v=(\w+) dr6=(\w+) dr7=(\w+) rip=(\w+) rflags=(\w+) ")


def events_of(log):
    return [tuple(int(x, 16) for x in m) for m in EVENT.findall(log)]


def misfit(event, expected, names):
    """What of EVENT is not as expected; None if nothing."""
    vector, dr6, _, rip, flags = event
    if vector != expected.vector:
        return "vector %x" % vector
    if dr6 not in expected.dr6:
        return "DR6 %x" % dr6
    if not names.get(rip, set()) & expected.at:
        return "RIP %x %s" % (rip, sorted(names.get(rip, ())))
    if bool(flags & RFLAGS_TF) != expected.tf:
        return "TF of RFLAGS %x" % flags
    if bool(flags & RFLAGS_RF) not in expected.rf:
        return "RF of RFLAGS %x" % flags
    return None


def judge_events(seen, want, names):
    at = 0
    for expected in want:
        wrong = ("the log ends" if at == len(seen) else
                 misfit(seen[at], expected, names))
        if not wrong:
            at += 1
        elif not expected.maybe:
            return ["event %d: %s, due: %s" % (at + 1, wrong, expected.text)]
    if at < len(seen):
        return ["%d events more than the %d that are due"
                % (len(seen) - at, at)]
    return []


@dataclasses.dataclass(frozen=True)
class About:
    """What the hits that are due may depend on: the probe's word, and the log
    without a debugger."""
    caps: dict
    seen: list
    names: dict

    def count(self, vector, dr6, at):
        return sum(e[0] == vector and e[1] == dr6 and
                   bool(self.names.get(e[3], set()) & set(at.split("|")))
                   for e in self.seen)


def judge_reference(log, guest, names):
    """Is this what must be seen?  A list of problems."""
    problems = judge_events(events_of(log), due.events(guest), names)
    lines = [line.lstrip(".") for line in log.splitlines()]
    for line in due.lines(guest):
        if not set(line.split("|")) & set(lines):
            problems.append("not logged: " + line)
    if not lines or lines[-1] != "scene over":
        problems.append("the guest did not come to its end")
    return problems


class References:
    """The log of each guest without a debugger, and the judgement of it."""

    def __init__(self):
        self._known = {}

    def get(self, bench, guest, options):
        key = (bench.name, bench.suffix, guest)
        if key not in self._known:
            path = "%s/reference-%s-%d" % (bench.scratch, guest,
                                           os.getpid())
            argv = [bench.binary, "run", "--gdb", "none", "--exit-port",
                    "--console", "file:" + path, "--timeout",
                    str(bench.limit(bench_module.START_LIMIT))] + options
            argv.append("/guests/%s.elf" % guest)
            status, text = bench.target.run(
                argv, bench.limit(2 * bench_module.START_LIMIT))
            got, log = bench.target.run(
                ["cat", path], bench.limit(bench_module.START_LIMIT))
            log = log if got == 0 else ""
            problems = judge_reference(
                log, guest, nm(bench.guests[guest + ".elf"]))
            if status != 33:
                problems.append("exit status %s: %s" % (status, text.strip()))
            self._known[key] = log, problems
        return self._known[key]


class Transparency:
    def __init__(self, references, guest, config, needs):
        self.name = "transparency-%s-%s" % (guest, config)
        self.references = references
        self.guest = guest
        self.config = config
        self.needs = needs
        self.options = due.GUESTS[guest].get("options", [])

    def skips(self, bench):
        """Why this CPU cannot run the test, judged by runs without a
        debugger; None if it can."""
        about = due.GUESTS[self.guest]
        open_ones = [] if os.environ.get("KVMGDB_TEST_OPEN") else due.OPEN
        for guest, config, need, why in open_ones:
            if (guest in (self.guest, "*") and config == self.config and
                    not capability.missing([need], bench.caps)):
                return "open: " + why
        _, problems = self.references.get(bench, self.guest, self.options)
        if problems and "artefact" in about:
            return about["artefact"]
        if self.config in about.get("both", ()):
            log, _ = self.references.get(bench, "dr_off", [])
            hits = [dr6 & 0xf for _, dr6, *_ in events_of(log)]
            if hits and hits[-1] in (1, 2):
                return "this CPU reports one of two registers that were hit"
        return None

    def run(self, bench, log):
        reference, problems = self.references.get(bench, self.guest,
                                                  self.options)
        log.write("--- reference\n%s\n" % reference)
        if problems:
            return ["without a debugger: " + p for p in problems]
        if self.config == "reference":
            return []
        requests, script, hits = self.script(About(
            bench.caps, events_of(reference),
            nm(bench.guests[self.guest + ".elf"])))
        path = os.path.join(bench.workdir, self.name + ".gdb")
        with open(path, "w", encoding="utf-8") as f:
            arch = due.GUESTS[self.guest].get("arch")
            f.write("source %s\n%sconnect\n%s\nhits\n"
                    % (HELPERS, "set architecture %s\n" % arch if arch else
                       "", "\n".join(requests + script)))
        outcome = self.observe(bench, path)
        outcome.write(log)
        return self.judge(outcome, reference, hits)

    def observe(self, bench, script):
        outcome = expect_module.Outcome()
        server = bench_module.Server(bench, self.guest + ".elf",
                                     self.options, self.name)
        try:
            port = server.wait_ready()
            outcome.gdb, late = bench.gdb(
                script, port, bench.guests[self.guest + ".elf"], True)
            if late:
                outcome.timed_out = "GDB"
            else:
                server.end_into(outcome)
        finally:
            server.kill_into(outcome)
        return outcome

    def script(self, about):
        """(requests, the rest of the script, hits due by number)."""
        caps = about.caps
        if self.config.startswith("far"):
            far = (FAR if caps["data_write8"] and caps["data_access8"]
                   else FAR_EXEC)
            return list(far[:int(self.config[3:])]), ["run-out 0"], {}
        if self.config == "stack":
            return ["watch -location " + STACK], ["run-out 0"], {}
        if self.config == "step":
            start, count = due.GUESTS[self.guest]["step"]
            return (["hbreak *%s" % start],
                    ["continue", "delete", "steps %d" % count, "run-out 0"],
                    {1: {1}})
        pairs = due.GUESTS[self.guest][self.config]
        due_hits = [h(about) if callable(h) else h for _, h in pairs]
        hits = {n: h if isinstance(h, (set, dict)) else {h}
                for n, h in enumerate(due_hits, 1)}
        limit = 8 + sum(sum(h.values()) if isinstance(h, dict) else max(h)
                        for h in hits.values())
        return [r for r, _ in pairs], ["run-out %d" % limit], hits

    def judge(self, outcome, reference, hits):
        problems = []
        if outcome.timed_out:
            problems.append("timed out: " + outcome.timed_out)
        if "CONNECTED" not in outcome.gdb.split():
            problems.append("GDB never connected")
        if outcome.console != reference:
            problems.append("the guest noticed: " + first_difference(
                reference, outcome.console))
        seen = {int(n): int(c) for n, c in re.findall(
            r"^HITS (\d+) (\d+)$", outcome.gdb, re.M)}
        for number in [n for n in hits if isinstance(hits[n], dict)]:
            problems += self.judge_threads(outcome, number, hits[number])
            hits[number] = {sum(hits[number].values())}
        for number in sorted(set(seen) | set(hits)):
            if seen.get(number, 0) not in hits.get(number, {0}):
                problems.append(
                    "GDB's request %d: %d hits, due %s"
                    % (number, seen.get(number, 0),
                       sorted(hits.get(number, {0}))))
        if "RAN OUT" not in outcome.gdb:
            problems.append("GDB did not see the end")
        if outcome.status != 33:
            problems.append("exit status %s" % outcome.status)
        if self.config.startswith("far"):
            problems += self.judge_claims(outcome)
        if expect_module.SANITIZER.search(outcome.server):
            problems.append("server: "
                            + expect_module.SANITIZER.search(
                                outcome.server)[0])
        return problems

    def judge_threads(self, outcome, number, due_on):
        seen = {int(t): int(c) for t, c in re.findall(
            r"^HITS-ON %d (\d+) (\d+)$" % number, outcome.gdb, re.M)}
        if seen == due_on:
            return []
        return ["GDB's request %d: hits by thread %s, due %s"
                % (number, seen, due_on)]

    def judge_claims(self, outcome):
        """Requests that had to give way are told of, and no others."""
        used = due.GUESTS[self.guest]["slots"]
        claimed = int(self.config[3:]) + used > 4
        told = bool(CLAIMED.search(outcome.server))
        if claimed and not told:
            return ["the guest took a register away, and nobody said so"]
        if told and not claimed:
            return ["a register is said to be taken that is free"]
        return []


def first_difference(reference, seen):
    a, b = reference.splitlines(), seen.splitlines()
    for old, new in zip(a, b):
        if old == new:
            continue
        words = [(x, y) for x, y in zip(old.split(), new.split()) if x != y]
        if words and len(old.split()) == len(new.split()):
            return "%s, was %s (in: %s)" % (
                " ".join(y for _, y in words), " ".join(x for x, _ in words),
                old[:60])
        return "%r, was %r" % (new[:80], old[:80])
    if len(a) != len(b):
        return "%d lines, were %d" % (len(b), len(a))
    return "".join(difflib.unified_diff(a, b))[:80]


def find():
    references = References()
    tests = []
    for guest, about in due.GUESTS.items():
        # ring 0 on the CPU: KVM's emulator has debug registers of its own
        # making
        base = ["dr7_reported"] + list(about.get("needs", []))
        tests.append(Transparency(references, guest, "reference", base))
        base += about.get("merge", due.MERGE)
        for count in range(1, 5):
            tests.append(Transparency(references, guest, "far%d" % count,
                                      base))
        if "stack" in about:
            tests.append(Transparency(references, guest, "stack",
                                      base + ["page_write"]))
        for config in ("same", "overlap", "step"):
            if config in about:
                needs = base + about.get("needs-" + config, ["exec"])
                tests.append(Transparency(references, guest, config, needs))
    return tests
