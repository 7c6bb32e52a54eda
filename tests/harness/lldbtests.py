# SPDX-License-Identifier: MIT
"""Tests with the real LLDB: a script and an expectation, as those of GDB.  The
word `connect` in a script is replaced; at the end LLDB detaches, and the guest
runs to its end."""
import os
import re
import shutil

from . import bench as bench_module
from . import expect as expect_module

FOLDER = os.path.join(bench_module.TESTS, "lldb-scripts")
KEYS = ("guest", "options", "needs")


class LldbTest:
    def __init__(self, name):
        self.name = "lldb-" + name
        with open(os.path.join(FOLDER, name + ".lldb"),
                  encoding="utf-8") as f:
            self.script = f.read()
        head = dict(re.findall(r"^# (\w+): (.*)$", self.script, re.M))
        self.guest = head["guest"]
        self.options = head.get("options", "").split()
        self.needs = head.get("needs", "").split()
        with open(os.path.join(FOLDER, name + ".expect"),
                  encoding="utf-8") as f:
            self.expect = expect_module.parse(f.read(), self.name)

    def skips(self, bench):
        return None if shutil.which("lldb") else "no lldb here"

    def lldb(self, bench, port):
        """Its output, and whether it ran into the limit."""
        path = os.path.join(bench.workdir, self.name + ".lldb")
        timeout = bench.limit(10)
        connect = ("settings set plugin.process.gdb-remote.packet-timeout %d\n"
                   "gdb-remote %d\n" % (timeout, port))
        with open(path, "w", encoding="utf-8") as f:
            f.write(re.sub(r"^connect\n", connect, self.script, flags=re.M))
        argv = ["lldb", "--no-lldbinit", "--batch", "--no-use-colors",
                "--source", path,
                bench.guests[self.guest]]
        return bench.debugger(argv, dict(os.environ, LC_ALL="C"))

    def run(self, bench, log):
        outcome = expect_module.Outcome()
        server = bench_module.Server(bench, self.guest, self.options,
                                     self.name)
        try:
            text, late = self.lldb(bench, server.wait_ready())
            if late:
                outcome.timed_out = "LLDB"
            # what the judge knows from GDB
            connected = "gdb-remote" in text and "Process 1 stopped" in text
            outcome.gdb = text + ("\nCONNECTED\n" if connected else "")
            if not late:
                server.end_into(outcome)
        finally:
            server.kill_into(outcome)
        outcome.write(log, "lldb")
        return expect_module.judge(self.expect, outcome)


class LldbControl:
    """The sample must fail when LLDB did nothing."""
    name = "lldb-control"
    needs = ["exec", "data_write4|page_write"]

    def skips(self, bench):
        return LldbTest("session").skips(bench)

    def run(self, bench, log):
        test = LldbTest("session")
        test.name = self.name
        test.script = "connect\ndetach\n"
        problems = test.run(bench, log)
        log.write("as it should be: %s\n" % problems)
        if not any("gdb: not found" in p for p in problems):
            return ["not noticed that LLDB did nothing"]
        # its guest has run to the end, and the server has logged LLDB
        return [p for p in problems if "gdb: not found" not in p]


def find():
    names = sorted(f[:-5] for f in os.listdir(FOLDER) if f.endswith(".lldb"))
    return [LldbTest(name) for name in names] + [LldbControl()]
