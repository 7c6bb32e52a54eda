# SPDX-License-Identifier: MIT
"""Tests that are a GDB script and an expectation."""
import os
import re

from . import bench as bench_module
from . import expect as expect_module

FOLDER = os.path.join(bench_module.TESTS, "gdb-scripts")
KEYS = ("guest", "options", "needs", "symbols")


class ScriptTest:
    def __init__(self, name):
        self.name = name
        self.script = os.path.join(FOLDER, name + ".gdb")
        second = os.path.join(FOLDER, name + ".2.gdb")
        self.second = second if os.path.exists(second) else None
        head = {}
        with open(self.script, encoding="utf-8") as f:
            for line in f:
                match = re.match(r"# (\w+): (.*)", line)
                if match and match[1] in KEYS:
                    head[match[1]] = match[2].strip()
                elif not line.startswith("#"):
                    break
        if "guest" not in head:
            raise expect_module.Bad(name + ".gdb: no guest")
        self.guest = head["guest"]
        self.options = head.get("options", "").split()
        self.needs = head.get("needs", "").split()
        self.symbols = head.get("symbols", self.guest)
        with open(os.path.join(FOLDER, name + ".expect"),
                  encoding="utf-8") as f:
            self.expect = expect_module.parse(f.read(), name)

    def observe(self, bench):
        """Carry it out once; the Outcome."""
        outcome = expect_module.Outcome()
        later = self.symbols.startswith("later ")
        symbols = bench.guests[self.symbols.split()[-1]]
        server = bench_module.Server(bench, self.guest, self.options,
                                     self.name)
        try:
            port = server.wait_ready()
            for script in filter(None, (self.script, self.second)):
                text, late = bench.gdb(script, port, symbols, not later)
                outcome.gdb += text + "\n"
                if late:
                    outcome.timed_out = "GDB"
                    break
            if self.expect.exit is not None and not outcome.timed_out:
                server.end_into(outcome)
        finally:
            server.kill_into(outcome)
        return outcome

    def run(self, bench, log):
        outcome = self.observe(bench)
        outcome.write(log)
        return expect_module.judge(self.expect, outcome)


def find():
    names = sorted(f[:-4] for f in os.listdir(FOLDER)
                   if f.endswith(".gdb") and not f.endswith(".2.gdb"))
    return [ScriptTest(name) for name in names]
