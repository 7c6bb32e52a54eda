# SPDX-License-Identifier: MIT
"""`kvmgdb test`, from outside: its statuses, its reports, and that nothing is
left behind.  Scripts and what must be said of them are here."""
import glob
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import xml.etree.ElementTree

from . import bench as bench_module

SCHEMA = os.path.join(bench_module.TESTS, "harness", "junit.xsd")
DATA = ["local", "data_write4|page_write", "exec"]

SCRIPTS = {
    "pass": """
        watch counter
        kvmgdb-expect-stop watch at bump within 20s
        kvmgdb-assert counter == 1
        kvmgdb-expect-stop watch at demo.c:14
        kvmgdb-hits 2
        delete
        hbreak say
        kvmgdb-expect-stop break at say
        kvmgdb-expect-stop step
        delete
        continue
        kvmgdb-hits 2 watch
        """,
    "assert": """
        hbreak say
        kvmgdb-expect-stop break
        kvmgdb-assert counter == 2
        """,
    "place": """
        watch counter
        kvmgdb-expect-stop watch at say
        """,
    "nowhere": """
        hbreak say
        kvmgdb-expect-stop break at no_such_function
        """,
    "kind": """
        hbreak say
        kvmgdb-expect-stop watch
        """,
    "hits": """
        hbreak say
        continue
        continue
        delete
        continue
        kvmgdb-hits 3
        """,
    "never": """
        hbreak *0x5000
        kvmgdb-expect-stop break
        """,
    "idle": "info registers rip\n",
    "error": "continue\nno-such-command\n",
    # What no report may choke on.
    "quit": r"""
        echo \033[31m\001<&>]]>"\377\n
        continue
        quit 3
        """,
    "run": "continue\n",
    "entry": """
        hbreak guest_main
        kvmgdb-expect-stop break at guest_main
        """,
    "triple": """
        hbreak guest_main
        continue
        set $cr3 = 0
        continue
        """,
    "spins": "continue\n",
    "within": """
        hbreak *0x5000
        kvmgdb-expect-stop break within 0.5s
        """,
    "leaves": """
        shell setsid sleep 98761 &
        shell sleep 98762
        """,
    "loops": "while 1\nend\n",
}

# A GDB without Python, as far as one can tell from outside.
PLAIN = """#!/bin/sh
case "$*" in *"python print"*) echo no python; exit 1 ;; esac
exec gdb "$@"
"""


class Room:
    """A folder with scripts, in which `kvmgdb test` makes its folders too."""

    def __init__(self, bench, log):
        self.bench = bench
        self.log = log
        self.path = tempfile.mkdtemp(prefix="kvmgdb-ci-")
        self.tmp = os.path.join(self.path, "tmp")
        os.mkdir(self.tmp)
        for name, text in SCRIPTS.items():
            with open(self.file(name + ".gdb"), "w", encoding="utf-8") as f:
                f.write(re.sub(r"^ +", "", text, flags=re.M))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def file(self, name):
        return os.path.join(self.path, name)

    def argv(self, arguments, scripts, guest, exit_port=True):
        argv = [self.bench.local(self.bench.binary), "test"]
        argv += (["--exit-port"] if exit_port else []) + arguments
        for script in scripts:
            argv += ["--script", self.file(script + ".gdb")]
        return argv + ([self.bench.guests.get(guest, guest)] if guest else [])

    def env(self):
        return dict(os.environ, TMPDIR=self.tmp, LC_ALL="C")

    def run(self, arguments, scripts, guest="demo.elf", prefix=(),
            exit_port=True):
        """(exit status, all it said)"""
        done = subprocess.run(
            list(prefix) + self.argv(arguments, scripts, guest, exit_port),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=self.env(), timeout=120)
        text = done.stdout.decode(errors="replace")
        self.log.write("--- %s %s: %d\n%s\n" % (arguments, scripts,
                                                done.returncode, text))
        return done.returncode, text

    def run_on_terminal(self, arguments, scripts, guest="demo.elf"):
        """As run(), but stderr is a terminal; (status, stdout, stderr)"""
        terminal, slave = os.openpty()
        process = subprocess.Popen(
            self.argv(arguments, scripts, guest), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=slave, env=self.env())
        os.close(slave)
        out, _ = process.communicate(timeout=120)
        said = b""
        try:
            while data := os.read(terminal, 4096):
                said += data
        except OSError:
            pass  # its other end is closed
        os.close(terminal)
        self.log.write("--- %s: %d\n%s\n--- terminal\n%r\n" % (
            arguments, process.returncode, out.decode(), said))
        return process.returncode, out.decode(), said.decode()

    def left(self):
        """What is still there: processes that have this folder in their
        environment, files in it."""
        found = os.listdir(self.tmp)
        for path in glob.glob("/proc/[0-9]*/environ"):
            try:
                with open(path, "rb") as f:
                    if self.tmp.encode() not in f.read():
                        continue
                with open(path.replace("environ", "cmdline"), "rb") as f:
                    found.append(f.read().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found


def want(problems, what, text, pattern):
    if not re.search(pattern, text, re.M):
        problems.append("%s: nothing like %s" % (what, pattern))


def check_left(problems, room):
    left = room.left()
    if left:
        problems.append("left behind: %s" % left)


def check_junit(problems, path, tests, failures):
    lint = subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, path],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if lint.returncode != 0:
        problems.append("xmllint: %s" % lint.stdout.decode(errors="replace"))
        return
    suites = xml.etree.ElementTree.parse(path).getroot()
    for element in (suites, suites[0]):
        sums = [int(element.get(n)) for n in ("tests", "failures", "errors")]
        if sums != [tests, failures, 0]:
            problems.append("JUnit's sums: %s" % sums)
    cases = suites.findall("testsuite/testcase")
    if (len(cases), len(suites.findall(".//failure"))) != (tests, failures):
        problems.append("JUnit's cases do not match its sums")


class Pass:
    name = "ci-pass"
    needs = DATA

    def run(self, bench, log):
        problems = []
        with Room(bench, log) as room:
            report = room.file("junit.xml")
            status, text, terminal = room.run_on_terminal(
                ["--guest-status", "33", "--tap", "--junit", report,
                 "--repeat", "2", "--jobs", "2"], ["pass"])
            if status != 0:
                problems.append("status %d" % status)
            want(problems, "progress", terminal,
                 r"\[0 of 2\] 0 failed\r\x1b\[K.*\[1 of 2\]")
            want(problems, "TAP", text, r"\ATAP version 13\n1\.\.2\nok 1 - .*"
                 r"pass\.gdb \(1 of 2\)\nok 2 - .*\n# 2 passed, 0 failed\n\Z")
            check_junit(problems, report, 2, 0)
            check_left(problems, room)
        return problems


class Script:
    name = "ci-script"
    needs = DATA
    says = {
        "assert": r"counter == 2: false; counter is 1$",
        "place": r"expected a watch stop at say: it was at 0x\w+, bump",
        "nowhere": r'at no_such_function: Function "no_such_function" not '
                   r"defined\.$",
        "kind": r"expected a watch stop: it was break$",
        "hits": r"kvmgdb-hits 3: the server counts 2$",
        "never": r"expected a break stop: the guest ended with status 33$",
        "idle": r"the script never let the guest run$",
        "error": r"Undefined command: .*no-such-command",
        "quit": r"GDB's exit status is 3$",
    }
    report = (
        ("console", r"^# --- the guest's console\n# hello from the guest$"),
        ("GDB", r"^# --- GDB\n(# .*\n)*# Breakpoint 1, say"),
        ("registers", r"^# rip +0x\w+ +0x\w+ <say\+"),
        ("backtrace", r"^# #1 .* guest_main "),
        ("monitor dr", r"^# vcpu0: DR7 effective"),
        ("packets", r"^# --- the last packets\n(# .*\n)*# .* vCont;c"),
    )

    def run(self, bench, log):
        problems = []
        with Room(bench, log) as room:
            report = room.file("junit.xml")
            status, text = room.run(
                ["--guest-status", "33", "--tap", "--junit", report,
                 "--jobs", "2"], list(self.says))
            if status != 1:
                problems.append("status %d" % status)
            for name, pattern in self.says.items():
                want(problems, name, text,
                     r"^not ok \d+ - \S*%s\.gdb\n# script failed: .*%s"
                     % (name, pattern))
            if " of %d]" % len(self.says) in text or "\r" in text:
                problems.append("a progress line in a log")
            one = re.search(r"^not ok 1 .*?^not ok 2", text, re.M | re.S)
            for what, pattern in self.report:
                want(problems, what, one[0] if one else "", pattern)
            check_junit(problems, report, len(self.says), len(self.says))
            check_left(problems, room)
        return problems


class Guest:
    name = "ci-guest"
    needs = ["local", "exec"]

    def run(self, bench, log):
        problems = []
        with Room(bench, log) as room:
            # An ELF file of 32 bits, whichever CPU GDB is told of.
            for arch in ([], ["--gdb-arch", "i386"]):
                status, _ = room.run(arch, ["entry"], "flat32.elf")
                if status != 0:
                    problems.append("32 bits, %s: status %d" % (arch, status))
            status, text = room.run(["--jobs", "2"], ["run", "triple"])
            if status != 2:
                problems.append("status %d" % status)
            want(problems, "exit port", text,
                 r"^FAILED .*run\.gdb .*\n  guest failed: exit port, status 33 "
                 r"\(a success with --guest-status 33\)")
            want(problems, "triple fault", text,
                 r"^FAILED .*triple\.gdb .*\n  guest failed: a triple fault"
                 r"\n(  .*\n)*  rip +0x\w+ .*\n(  .*\n)*  #0 .* guest_main")
            status, _ = room.run(["--guest-status", "6"], ["triple"])
            if status != 0:
                problems.append("a wanted triple fault: status %d" % status)
            check_left(problems, room)
        return problems


class Timeout:
    name = "ci-timeout"
    needs = ["local", "exec"]

    def run(self, bench, log):
        problems = []
        with Room(bench, log) as room:
            status, text = room.run(
                ["--timeout", "6", "--jobs", "3", "--guest-status", "33"],
                ["spins", "leaves", "loops"], "spin.elf")
            if status != 3:
                problems.append("status %d" % status)
            for name in ("spins", "leaves", "loops"):
                want(problems, name, text,
                     r"^FAILED .*%s\.gdb .*\n  timeout: not done within 6 s"
                     % name)
            want(problems, "a backtrace of who spins", text, r"^  #\d .* spin ")
            # The verdict says what the guest waits for, and the packets are
            # not washed away by its writes.
            status, text = room.run(["--timeout", "4"], ["run"],
                                    exit_port=False)
            if status != 3:
                problems.append("no exit port: status %d" % status)
            want(problems, "no exit port", text, r"^FAILED .*run\.gdb .*\n"
                 r"  timeout: not done within 4 s; the guest wrote 16 to port "
                 r"0xf4, where no device is: with --exit-port that ends it "
                 r"with status 33\n")
            want(problems, "packets", text,
                 r"^  --- the last packets\n(  .*\n)*  .* vCont;c")
            status, text = room.run(["--timeout", "60"], ["within"],
                                    "spin.elf")
            if status != 1:
                problems.append("within: status %d" % status)
            want(problems, "within", text, r"^FAILED .*within\.gdb .*\n  "
                 r"script failed: expected a break stop within 0\.5 s: none")
            check_left(problems, room)
        return problems


class Killed:
    """Nothing is left either when `kvmgdb test` itself is killed, by what it
    cannot handle or by what it can."""
    name = "ci-killed"
    needs = ["local"]

    @staticmethod
    def kill(room, number):
        process = subprocess.Popen(
            room.argv(["--jobs", "2"], ["leaves", "spins"], "spin.elf"),
            env=room.env(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            left = room.left()
            if len(left) >= 6 and any("98761" in what for what in left):
                break
            time.sleep(0.05)
        seen = len(left)
        process.send_signal(number)
        process.wait(30)
        end = time.monotonic() + 30
        while time.monotonic() < end and room.left():
            time.sleep(0.05)
        return seen, process.returncode

    def run(self, bench, log):
        problems = []
        for number in (signal.SIGKILL, signal.SIGTERM):
            with Room(bench, log) as room:
                seen, status = self.kill(room, number)
                log.write("%s: %d seen, status %s\n" % (number, seen, status))
                if seen < 6:  # the control: we do see them
                    problems.append("only %d processes and files" % seen)
                if status != -number:
                    problems.append("%s: status %s" % (number, status))
                check_left(problems, room)
        return problems


class Setup:
    name = "ci-setup"
    needs = ["local"]
    nowhere = ["unshare", "--mount", "--map-root-user", "sh", "-c",
               'mount --bind /dev/null /dev/kvm && exec "$@"', "sh"]

    def run(self, bench, log):
        problems = []
        with Room(bench, log) as room:
            def case(pattern, *args, **more):
                status, text = room.run(*args, **more)
                want(problems, str(args), text, pattern)
                if status != 4:
                    problems.append("%s: status %d" % (args, status))

            case(r"error: .*absent\.gdb: No such file", [], ["absent"])
            case(r"error: .*: not a file of GDB commands",
                 ["--script", room.path], [])
            case(r"error: no --script was given", [], [])
            case(r"error: cannot start GDB, no-gdb: No such file",
                 ["--gdb-program", "no-gdb"], ["run"])
            case(r"error: GDB, true, does not answer", ["--gdb-program", "true"],
                 ["run"])
            case(r"error: .*absent\.elf: No such file", [], ["run"],
                 "/absent.elf")
            case(r"set-up failed: .*neither ELF", [], ["run"],
                 room.file("run.gdb"))
            case(r"error: /absent/junit\.xml: No such file",
                 ["--junit", "/absent/junit.xml"], ["run"])
            case(r"error: --gdb: kvmgdb test sees to that",
                 ["--gdb", "none"], ["run"])
            case(r"error: --memory 3: want 2M", ["--memory", "3"], ["run"])
            case(r"set-up failed: .*Too many open files\n(.*\n)*"
                 r".*error: cannot run the scripts: Too many open files",
                 ["--jobs", "250", "--repeat", "250"], ["idle"],
                 prefix=["prlimit", "--nofile=40"])
            # What was lost is not passed.
            case(r"error: standard output: No space left", [], ["run"],
                 prefix=["sh", "-c", 'exec "$@" >/dev/full', "sh"])
            # One failure is enough: the second is not tried.
            case(r"set-up failed: (.*/dev/kvm.*)\n(.*\n)*"
                 r"0 passed, 1 failed, 1 not run", [], ["run", "idle"],
                 prefix=self.nowhere)
            check_left(problems, room)
        return problems


class Plain:
    """The same commands in a GDB that has no Python."""
    name = "ci-plain"
    needs = DATA

    def run(self, bench, log):
        problems = []
        with Room(bench, log) as room:
            program = room.file("plain-gdb")
            with open(program, "w", encoding="utf-8") as f:
                f.write(PLAIN)
            os.chmod(program, 0o755)
            arguments = ["--guest-status", "33", "--gdb-program", program]
            status, text = room.run(arguments, ["pass"])
            if status != 0:
                problems.append("status %d" % status)
            want(problems, "pass", text, r"^passed .*, 7 checked\)")
            status, text = room.run(
                arguments + ["--jobs", "2"],
                ["assert", "place", "nowhere", "kind", "hits", "error"])
            if status != 1:
                problems.append("status %d" % status)
            for name, says in (
                    ("assert", "kvmgdb-assert: false"),
                    ("place", "expected a watch stop at say: it was else"),
                    ("nowhere", "expected a break stop at no_such_function: "
                     "there is no such symbol"),
                    ("kind", "expected a watch stop: there was none"),
                    ("hits", "kvmgdb-hits 3: the server counts others"),
                    ("error", "the script ended with an error")):
                want(problems, name, text, r"^FAILED .*%s\.gdb .*\n  "
                     r"script failed: %s" % (name, says))
            want(problems, "registers", text, r"^  rip +0x")
            status, text = room.run(arguments, ["triple"])
            want(problems, "triple fault", text, r"guest failed: a triple fault"
                 r"\n(  .*\n)*  rip +0x")
            if status != 2:
                problems.append("triple fault: status %d" % status)
            check_left(problems, room)
        return problems


class Lab:
    """Inside of a lab, where GDB and the server share a machine: debug
    registers instead of page traps, and a GDB without Python."""
    name = "ci-lab"
    needs = ["data_write4|page_write", "exec"]

    def skips(self, bench):
        if bench.name == "native":
            return "ci-pass and ci-plain are for this machine"
        return None if bench.gdb_inside else "no GDB for inside of the lab"

    def run(self, bench, log):
        problems = []
        limit = bench.limit(60)
        for name in ("pass", "assert", "place"):
            text = re.sub(r"^ +", "", SCRIPTS[name], flags=re.M)
            bench.target.put("/tmp/%s.gdb" % name, text.encode())
        for names, wanted in ((["pass"], 0), (["assert", "place"], 1)):
            argv = [bench.binary, "test", "--exit-port", "--guest-status",
                    "33", "--timeout", str(limit)]
            for name in names:
                argv += ["--script", "/tmp/%s.gdb" % name]
            status, text = bench.target.run(argv + ["/guests/demo.elf"],
                                            3 * limit)
            log.write("--- %s: %s\n%s\n" % (names, status, text))
            if status != wanted:
                problems.append("%s: status %s" % (names, status))
            for name in names:
                want(problems, name, text, r"^(passed .*%s\.gdb .*, 7 checked"
                     r"|FAILED .*%s\.gdb .*\r?\n  script failed: )"
                     % (name, name))
            status, text = bench.target.run(
                ["sh", "-c", "ls -d /tmp/kvmgdb-*; pidof gdb kvmgdb"], 60)
            if text.strip() and "No such file" not in text:
                problems.append("left behind: %s" % text)
        return problems


def find():
    return [Lab(), Pass(), Script(), Guest(), Timeout(), Killed(), Setup(), Plain()]
