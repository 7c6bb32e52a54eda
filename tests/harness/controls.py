# SPDX-License-Identifier: MIT
"""Positive controls: the harness itself must be able to fail.

A real run is judged as passed, then as failed after each single thing that
can go missing in a run has been taken out of it; and a guest that is never
let go must fail the expectation that it passed before."""
import dataclasses
import os
import re
import socket

from . import expect as expect_module
from . import scripts

SAMPLE = "hbreak"


def without(regex, text):
    return re.sub(regex, "", text, flags=re.M)


def spoiled(outcome):
    """(what is missing, the outcome without it)."""
    gdb = outcome.gdb
    first = re.search(r"^STOP 1 .*\n", gdb, re.M)
    yield "the connection", dataclasses.replace(
        outcome, gdb=without(r"^CONNECTED$\n", gdb))
    yield "a stop", dataclasses.replace(
        outcome, gdb=gdb.replace(first[0], "", 1))
    yield "no stop too many", dataclasses.replace(
        outcome, gdb=gdb + "STOP 99 signal SIGTRAP\n")
    yield "the order", dataclasses.replace(
        outcome, gdb="\n".join(reversed(gdb.splitlines())))
    yield "GDB's text", dataclasses.replace(
        outcome, gdb=without(r"^.*Breakpoint.*$\n", gdb))
    yield "the console", dataclasses.replace(outcome, console="")
    yield "the exit status", dataclasses.replace(outcome, status=None)
    yield "success", dataclasses.replace(outcome, status=35)
    yield "an end in time", dataclasses.replace(outcome, timed_out="GDB")
    yield "a clean server", dataclasses.replace(
        outcome, server=outcome.server + "\nERROR: AddressSanitizer: x\n")


class JudgeControl:
    name = "control-judge"
    needs = ["exec"]

    def run(self, bench, log):
        test = scripts.ScriptTest(SAMPLE)
        test.name = self.name  # of its console's file
        outcome = test.observe(bench)
        log.write("%s\n%s\n" % (outcome.gdb, outcome.server))
        problems = expect_module.judge(test.expect, outcome)
        if problems:
            return ["the sample itself fails: " + problems[0]]
        return ["passed without " + what for what, bad in spoiled(outcome)
                if not expect_module.judge(test.expect, bad)]


class IdleGuestControl:
    """The same expectation, but GDB only connects and the guest never runs."""
    name = "control-idle-guest"
    needs = []

    def run(self, bench, log):
        test = scripts.ScriptTest(SAMPLE)
        test.name = self.name
        path = os.path.join(bench.workdir, self.name + ".gdb")
        with open(path, "w", encoding="utf-8") as f:
            f.write("connect\nx/i $pc\nkill\n")
        test.script = path
        outcome = test.observe(bench)
        log.write("%s\n%s\n" % (outcome.gdb, outcome.server))
        problems = expect_module.judge(test.expect, outcome)
        log.write("as it should be: %s\n" % problems)
        missed = []
        if "CONNECTED" not in outcome.gdb:
            missed.append("GDB did not connect")
        for word in ("stops, expected", "gdb: not found", "console:",
                     "exit status"):
            if not any(word in p for p in problems):
                missed.append("not noticed: " + word)
        return missed


class NoServerControl:
    """GDB finds nobody to talk to."""
    name = "control-no-server"
    needs = []

    def run(self, bench, log):
        test = scripts.ScriptTest(SAMPLE)
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # and does not listen
            text, late = bench.gdb(test.script, nobody.getsockname()[1],
                                   bench.guests[test.guest], True)
        log.write(text)
        problems = expect_module.judge(
            test.expect, expect_module.Outcome(gdb=text))
        if late:
            return ["GDB hung"]
        if "Connection refused" not in text and \
                "Connection timed out" not in text:
            return ["GDB did not even try"]
        if "GDB never connected" not in problems:
            return ["not noticed that GDB never connected"]
        return []


def find():
    return [JudgeControl(), IdleGuestControl(), NoServerControl()]
