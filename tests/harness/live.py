# SPDX-License-Identifier: MIT
"""Tests where GDB is used as at a prompt: non-stop needs GDB to look at what
comes between two commands, which a script never does."""
import os
import re
import subprocess
import threading
import time

from . import bench as bench_module
from . import expect as expect_module
from .rsp import Problem


class Gdb:
    """GDB at a pipe.  What it says is kept, and looked at from a mark on."""

    def __init__(self, bench, port, symbols):
        self.limit = bench.limit(30)
        self.mark = 0
        self.said = ""
        self.more = threading.Condition()
        env = dict(os.environ, KVMGDB_TEST_PORT=str(port),
                   KVMGDB_TEST_SYMBOLS=symbols, LC_ALL="C",
                   KVMGDB_TEST_REMOTETIMEOUT=str(bench.limit(10)),
                   KVMGDB_TEST_SLOWNESS=str(bench.while_here(1)))
        self.process = subprocess.Popen(
            ["gdb", "-nx", "-q", "-x",
             os.path.join(bench_module.TESTS, "harness", "prelude.py"),
             symbols],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=env)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while True:
            data = os.read(self.process.stdout.fileno(), 65536)
            with self.more:
                self.said += data.decode(errors="replace")
                self.more.notify()
            if not data:
                return

    def wait(self, regex):
        """Until it says so, after what was waited for before."""
        end = time.monotonic() + self.limit
        with self.more:
            while True:
                found = re.compile(regex, re.M).search(self.said, self.mark)
                if found:
                    self.mark = found.end()
                    return found
                left = end - time.monotonic()
                if left <= 0:
                    raise Problem("GDB did not say %r but %r"
                                  % (regex, self.said[self.mark:][-300:]))
                self.more.wait(left)

    def send(self, line):
        with self.more:
            self.said += "<<%s>>\n" % line
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def do(self, line, regex):
        self.send(line)
        return self.wait(regex)

    def value(self, expression):
        self.send('printf "VALUE %%ld\\n", (long)(%s)' % expression)
        return int(self.wait(r"VALUE (-?\d+)$")[1])

    def moves(self, expression):
        """Until its value has changed."""
        first = self.value(expression)
        end = time.monotonic() + self.limit
        while self.value(expression) == first:
            if time.monotonic() > end:
                raise Problem(expression + " does not change")

    def stands(self, expression):
        first = self.value(expression)
        for _ in range(5):
            time.sleep(0.05)
            if self.value(expression) != first:
                raise Problem(expression + " changes")

    def threads(self, *states):
        """info threads: each in its turn like its regex."""
        self.send("info threads")
        for number, state in enumerate(states, 1):
            self.wait(r"^[* ] +%d +Thread .* %s" % (number, state))

    def close(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(1)


class LiveTest:
    def __init__(self, name, guest, needs, function, options=()):
        self.name = name
        self.guest = guest
        self.needs = needs
        self.function = function
        self.options = list(options)

    def run(self, bench, log):
        server = bench_module.Server(bench, self.guest, self.options,
                                     self.name)
        gdb = None
        problems = []
        try:
            gdb = Gdb(bench, server.wait_ready(), bench.guests[self.guest])
            self.function(gdb)
            status = server.wait_end()
            if status != 33:
                problems.append("server's exit status %s" % status)
        except (Problem, BrokenPipeError) as problem:
            problems.append(str(problem))
        finally:
            if gdb:
                gdb.close()
                log.write(gdb.said)
            server.kill()
            text = server.job.output()
            log.write("\n--- console\n%s\n--- server\n%s\n"
                      % (server.console(), text))
        if gdb and "internal-error" in gdb.said:
            problems.append("GDB internal error")
        found = expect_module.SANITIZER.search(text)
        if found:
            problems.append("server: " + found[0])
        return problems


def connect(gdb, vcpus):
    gdb.do("set non-stop on", r"\(gdb\)")
    gdb.do("connect", r"^CONNECTED")
    # all are told to be stopped, in whatever order
    end = time.monotonic() + gdb.limit
    while time.monotonic() < end:
        gdb.send("info threads")
        gdb.wait(r"^[* ] +%d +Thread .*$" % vcpus)
        text = gdb.said[gdb.said.rindex("info threads"):]
        if "(running)" not in text:
            return
        time.sleep(0.05)
    raise Problem("not all threads were told to be stopped")


def start_all(gdb):
    """Until both CPUs beat."""
    gdb.do("continue -a &", r"Continuing")
    gdb.moves("bsp_beats")
    gdb.moves("ap_beats")


def finish(gdb):
    gdb.send("set var stop = 1")
    gdb.wait(r"exited with code 041")


def session(gdb):
    """One stands while the other runs; both stand; both run."""
    connect(gdb, 2)
    gdb.threads(r"\(runnable\) +_start", r"\(waiting for SIPI\) +0x")
    start_all(gdb)
    gdb.threads(r"\(running\) +\(running\)", r"\(running\) +\(running\)")
    gdb.do("interrupt", r'Thread 1 "vCPU 0" stopped')
    gdb.threads(r"\(runnable\) .*bsp_", r"\(running\) +\(running\)")
    gdb.stands("bsp_beats")
    gdb.moves("ap_beats")
    gdb.do("interrupt -a", r'Thread 2 "vCPU 1" stopped')
    gdb.stands("ap_beats")
    gdb.do("thread 2", r"Switching to thread 2")
    gdb.do("print $rip != 0", r"= 1")
    gdb.do("continue &", r"Continuing")
    gdb.moves("ap_beats")
    gdb.stands("bsp_beats")
    gdb.do("print $rip", r"running")
    gdb.do("thread 1", r"Switching to thread 1")
    gdb.do("continue &", r"Continuing")
    gdb.moves("bsp_beats")
    finish(gdb)


def one_breaks_int3(gdb):
    one_breaks(gdb, "break", "[Bb]reakpoint")


def one_breaks(gdb, word="hbreak", said="breakpoint"):
    """One stops at breakpoints while the other runs on; GDB's step off them
    holds the other for a moment only."""
    connect(gdb, 2)
    start_all(gdb)
    gdb.do(word + " ap_beat", said + " 1 at")
    gdb.wait(r'Thread 2 "vCPU 1" hit Breakpoint 1, ap_beat')
    gdb.threads(r"\(running\) +\(running\)", r"\(runnable\) .*ap_beat")
    gdb.moves("bsp_beats")
    gdb.stands("ap_beats")
    gdb.do("thread 2", r"Switching to thread 2")
    for _ in range(5):
        before = gdb.value("ap_beats")
        gdb.do("continue", r'Thread 2 "vCPU 1" hit Breakpoint 1, ap_beat')
        if gdb.value("ap_beats") != before + 1:
            raise Problem("a hit was lost")
    gdb.do("stepi", r"0x[0-9a-f]+\s+\d+\s+ap_beats")
    gdb.do("finish", r"Run till exit")
    gdb.wait(r"ap_spin")
    gdb.moves("bsp_beats")
    gdb.do(word + " bsp_beat", said + " 2 at")
    gdb.wait(r'Thread 1 "vCPU 0" hit Breakpoint 2, bsp_beat')
    gdb.do("continue", r'Thread 2 "vCPU 1" hit Breakpoint 1, ap_beat')
    gdb.stands("bsp_beats + ap_beats")
    gdb.do("delete", r"\(gdb\)")
    gdb.do("continue -a &", r"Continuing")
    gdb.moves("ap_beats")
    gdb.moves("bsp_beats")
    finish(gdb)


def one_watches(gdb):
    """A watchpoint that is set while all run."""
    connect(gdb, 2)
    start_all(gdb)
    gdb.do("interrupt", r'Thread 1 "vCPU 0" stopped')
    gdb.do("watch ap_beats", r"atchpoint 1: ap_beats")
    gdb.wait(r'Thread 2 "vCPU 1" hit Hardware watchpoint 1: ap_beats')
    gdb.do("delete", r"\(gdb\)")
    gdb.do("continue -a &", r"Continuing")
    gdb.moves("ap_beats")
    gdb.moves("bsp_beats")
    finish(gdb)


def four(gdb):
    """Four that stand when GDB comes: GDB 13 must be told one by one."""
    connect(gdb, 4)
    gdb.threads(r"\(runnable\) +_start", *3 * [r"\(waiting for SIPI\) +0x"])
    start_all(gdb)
    gdb.do("interrupt -a", r"stopped")
    gdb.wait("stopped")
    gdb.wait("stopped")
    gdb.wait("stopped")
    gdb.stands("bsp_beats + ap_beats")
    gdb.do("continue -a &", r"Continuing")
    gdb.moves("ap_beats")
    finish(gdb)


def ctrl_c(gdb):
    """Ctrl-C stops the one that was let go."""
    connect(gdb, 2)
    gdb.do("thread 1", r"Switching to thread 1")
    gdb.do("interrupt-after 0.5", r"\(gdb\)")
    gdb.do("continue", r'Thread 1 "vCPU 0" received signal SIGINT')
    gdb.threads(r"\(runnable\) ", r"0x0*fff0 in ")
    gdb.do("continue -a &", r"Continuing")
    finish(gdb)


def find():
    two = ["--cpus", "2"]
    return [
        LiveTest("smp-nonstop", "smp.elf", [], session, two),
        LiveTest("smp-nonstop-break", "smp.elf", ["exec", "step"], one_breaks,
                 two),
        LiveTest("smp-nonstop-int3", "smp.elf", ["int3", "step"],
                 one_breaks_int3, two),
        LiveTest("smp-nonstop-watch", "smp.elf", ["data_write8|page_write"],
                 one_watches, two),
        LiveTest("smp-nonstop-four", "smp.elf", [], four, ["--cpus", "4"]),
        LiveTest("smp-nonstop-ctrl-c", "smp.elf", [], ctrl_c, two),
    ]
