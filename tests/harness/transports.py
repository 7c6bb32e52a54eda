# SPDX-License-Identifier: MIT
"""The two transports that are no TCP; GDB must be on the same machine."""
import os
import re
import shutil
import stat
import subprocess
import tempfile

from . import bench as bench_module
from . import expect as expect_module

EXPECT = expect_module.parse("""
CONNECTED
Breakpoint 1, bump (by=1)
@stop breakpoint 1
@stop breakpoint 1
exited with code 041
@stops 2
@console counter is 15
@console goodbye
""", "transport")

SCRIPT = """
python connecting = True
target remote %s
python connecting = False
echo CONNECTED\\n
hbreak bump
continue
continue
delete
continue
"""


def run_gdb(bench, name, address):
    script = os.path.join(bench.workdir, name + ".gdb")
    with open(script, "w", encoding="utf-8") as f:
        f.write(SCRIPT % address)
    return bench.gdb(script, 0, bench.guests["demo.elf"], True)


class UnixTest:
    name = "transport-unix"
    needs = ["local", "exec"]

    def run(self, bench, log):
        # not below the build folder: the path of a socket has 107 bytes
        folder = tempfile.mkdtemp(prefix="kvmgdb-socket-")
        path = os.path.join(folder, "socket")
        server = bench_module.Server(bench, "demo.elf", [], self.name,
                                     "unix:" + path)
        try:
            server.wait_ready()
            mode = stat.S_IMODE(os.stat(path).st_mode)
            text, late = run_gdb(bench, self.name, path)
            status = server.wait_end()
        finally:
            server.kill()
            left = os.listdir(folder)
            shutil.rmtree(folder)
        log.write("%s\n%s\n" % (text, server.job.output()))
        problems = expect_module.judge(EXPECT, expect_module.Outcome(
            gdb=text, console=server.console(), status=status,
            server=server.job.output(), timed_out="GDB" if late else ""))
        if status != 33:
            problems.append("server's exit status %s" % status)
        if mode != 0o600:
            problems.append("the socket has mode %o" % mode)
        if left:
            problems.append("the socket is left behind")
        return problems


class StdioTest:
    name = "transport-stdio"
    needs = ["local", "exec"]

    def run(self, bench, log):
        console = os.path.join(bench.workdir, "console-" + self.name)
        text, late = run_gdb(
            bench, self.name,
            "| %s run --gdb stdio --wait --exit-port --console file:%s "
            "--timeout 60 %s" % (bench.local(bench.binary), console,
                                 bench.guests["demo.elf"]))
        log.write(text)
        with open(console, encoding="utf-8", errors="replace") as f:
            said = f.read()
        return expect_module.judge(EXPECT, expect_module.Outcome(
            gdb=text, console=said, timed_out="GDB" if late else ""))


class RemoteTest:
    """An address that others can reach is a wrong command line, unless it is
    said that it is meant."""
    name = "transport-remote"
    needs = []

    def run(self, bench, log):
        def status(*more):
            code, text = bench.target.run(
                [bench.binary, "run", "--gdb", "tcp:0.0.0.0:0", "--timeout",
                 "1", "--console", "none", "/guests/spin.elf"] + list(more),
                bench.limit(20))
            log.write("%s: %s\n%s\n" % (more, code, text))
            return code

        problems = []
        if status() != 2:
            problems.append("0.0.0.0 is not a usage error")
        if status("--allow-remote") != 124:
            problems.append("--allow-remote does not allow it")
        return problems


class PtyConsoleTest:
    """--console pty: its name is told, and the guest's words come out."""
    name = "console-pty"
    needs = ["local"]

    def run(self, bench, log):
        server = subprocess.Popen(
            [bench.local(bench.binary), "run", "--gdb", "none", "--exit-port",
             "--console", "pty", "--timeout", "30",
             bench.guests["demo.elf"]],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = b""
        try:
            name = None
            for line in server.stderr:
                log.write(line)
                name = re.search(r"the guest's console is (\S+)", line)
                if name:
                    break
            if not name:
                return ["no pty was told"]
            fd = os.open(name[1], os.O_RDWR | os.O_NOCTTY)
            while b"goodbye\n" not in said:
                got = os.read(fd, 4096)
                if not got:
                    break
                said += got
            os.close(fd)
            status = server.wait(30)
        finally:
            server.kill()
            server.wait()
        log.write(repr(said))
        if b"counter is 15\ngoodbye\n" not in said or status != 33:
            return ["status %s, console %r" % (status, said)]
        return []


def find():
    return [UnixTest(), StdioTest(), RemoteTest(), PtyConsoleTest()]
