# SPDX-License-Identifier: MIT
"""Where the tests run: a target, the server's binary in it, its probe, and the
guests.  One Server is one run of `kvmgdb run`."""
import json
import math
import os
import re
import subprocess
import time

from lab import lab

from . import capability

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LAB_PORT = 1234

# Bounds and no measures: how much slower than native a machine emulated in
# software is, how long a machine may have other things to do, and seconds.
SLOWNESS = {"native": 1, "svm": 4, "vmx": 10}
PATIENCE = {"native": 3, "svm": 3, "vmx": 1.5}
GDB_LIMIT = 40
START_LIMIT = 20
END_LIMIT = 15
READY = re.compile(r"listening on (?:tcp:\S+:(\d+)|\S+)\r?\n")


class Failure(Exception):
    """The test could not be carried out."""


def guest_files(build):
    folder = os.path.join(build, "tests", "guests")
    return {name: os.path.join(folder, name)
            for name in sorted(os.listdir(folder))
            if name.endswith((".elf", ".bin"))}


def find_server(build):
    for place in ("src/kvmgdb", "kvmgdb"):
        path = os.path.join(build, place)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    raise Failure("no kvmgdb in " + build)


class Server:
    def __init__(self, bench, guest, options, tag, address=None):
        self.bench = bench
        self.console_path = "%s/console-%s" % (bench.scratch, tag)
        argv = [bench.binary, "run",
                "--gdb", address or "tcp:127.0.0.1:%d" % bench.port,
                "--wait", "--exit-port",
                "--console", "file:" + self.console_path,
                "--timeout", str(bench.limit(GDB_LIMIT + END_LIMIT)),
                "--log", "packet"]
        argv += options
        if "--firmware" not in options:
            argv.append("/guests/" + guest)
        self.argv = argv
        self.job = bench.target.spawn(argv)

    def wait_ready(self):
        end = time.monotonic() + self.bench.limit(START_LIMIT)
        while time.monotonic() < end:
            ready = READY.search(self.job.output())
            if ready:
                return ready[1] and self.bench.target.connect_port(
                    int(ready[1]))
            if not self.job.alive():
                break
            time.sleep(0.02)
        raise Failure("the server did not start: "
                      + (self.job.output().strip() or "no output"))

    def wait_end(self):
        return self.job.wait(self.bench.limit(END_LIMIT))

    def console(self):
        status, text = self.bench.target.run(
            ["cat", self.console_path], self.bench.limit(START_LIMIT))
        return text if status == 0 else ""

    def kill(self):
        self.job.kill()
        self.job.wait(self.bench.limit(END_LIMIT))

    def end_into(self, outcome):
        """Its status, if it ends in time."""
        outcome.status = self.wait_end()
        if outcome.status is None:
            outcome.timed_out = "the server did not end"

    def kill_into(self, outcome):
        self.kill()
        outcome.server = self.job.output()
        outcome.console = self.console()


class Bench:
    def __init__(self, name, build, workdir, server_build, smp=1,
                 extra=None, suffix="", logs=None):
        self.name = name
        self.workdir = workdir
        self.suffix = suffix
        self.logs = logs or workdir
        os.makedirs(workdir, exist_ok=True)
        self.guests = guest_files(build)
        files = {"/guests/" + n: p for n, p in self.guests.items()}
        self.binary = "/bin/kvmgdb"
        files[self.binary] = find_server(os.path.abspath(server_build))
        files.update(extra or {})
        self.build = build
        self._add_gdb(files, build)
        self._files = files
        self.target = lab.open_target(name, files, build, workdir, smp)
        self.scratch = self.workdir if name == "native" else "/tmp"
        # Here the server finds a free port; a lab has but one server.
        self.port = 0 if name == "native" else LAB_PORT
        self.caps = {}

    def _add_gdb(self, files, build):
        """A GDB for `kvmgdb test` inside of a lab, see scripts/bootstrap."""
        program = os.path.join(lab.cache_dir(), "gdb-minimal", "usr", "bin",
                               "gdb")
        self.gdb_inside = self.name != "native" and os.path.exists(program)
        if not self.gdb_inside:
            return
        files["/bin/gdb"] = program
        for name in ("kvmgdb-test.py", "kvmgdb-test.gdb"):
            files["/share/kvmgdb/" + name] = os.path.join(
                build, "share", "kvmgdb", name)

    def start(self):
        self.target.start()

    def stop(self):
        self.target.stop()

    def limit(self, seconds):
        """To wait for at most, for what takes less than SECONDS on native."""
        return math.ceil(seconds * SLOWNESS[self.name]
                         * PATIENCE[self.name])

    def while_here(self, seconds):
        """What is as long for this machine as SECONDS are on native."""
        return seconds * SLOWNESS[self.name]

    def local(self, lab_path):
        return self._files[lab_path]

    def probe(self):
        status, text = self.target.run(
            [self.binary, "probe", "--json"],
            self.limit(START_LIMIT))
        if status != 0:
            raise Failure("probe: status %s: %s" % (status, text.strip()))
        self.caps = capability.flatten(json.loads(text[text.index("{"):]))
        # Not the probe's: GDB and the server can share a file system.
        self.caps["local"] = self.name == "native"
        return text

    def gdb(self, script, port, symbols, preload):
        """Run GDB on SCRIPT; (its output, whether it ran into the limit)."""
        env = dict(os.environ, KVMGDB_TEST_PORT=str(port),
                   KVMGDB_TEST_SYMBOLS=symbols, LC_ALL="C",
                   KVMGDB_TEST_REMOTETIMEOUT=str(self.limit(10)),
                   KVMGDB_TEST_SLOWNESS=str(SLOWNESS[self.name]))
        argv = ["gdb", "-nx", "-batch",
                "-x", os.path.join(TESTS, "harness", "prelude.py"),
                "-x", script]
        if preload:
            argv.append(symbols)
        return self.debugger(argv, env)

    def debugger(self, argv, env):
        """The output of this one, and whether it ran into the limit."""
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env=env)
        try:
            out, _ = process.communicate(timeout=self.limit(GDB_LIMIT))
            late = False
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            late = True
        return out.decode(errors="replace"), late
