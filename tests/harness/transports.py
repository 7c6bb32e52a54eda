# SPDX-License-Identifier: MIT
"""The two transports that are no TCP; GDB must be on the same machine."""
import fcntl
import os
import re
import shutil
import socket
import stat
import struct
import subprocess
import tempfile
import time

from . import bench as bench_module
from . import expect as expect_module
from . import rsp

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
            "--timeout 120 %s" % (bench.local(bench.binary), console,
                                 bench.guests["demo.elf"]))
        log.write(text)
        with open(console, encoding="utf-8", errors="replace") as f:
            said = f.read()
        return expect_module.judge(EXPECT, expect_module.Outcome(
            gdb=text, console=said, timed_out="GDB" if late else ""))


class TurnedAwayTest:
    """A GDB that comes while another client is there shows why it is hung up
    on; the other one is served on."""
    name = "transport-turned-away"
    needs = ["local"]

    def run(self, bench, log):
        server = bench_module.Server(bench, "spin.elf", [], self.name)
        try:
            port = server.wait_ready()
            client = rsp.Client(port, bench.limit(20))
            client.begin()
            texts = [bench.debugger(
                ["gdb", "-nx", "-batch", "-ex", "target remote :%d" % port],
                dict(os.environ, LC_ALL="C"))[0] for _ in range(2)]
            client.expect("vMustReplyEmpty", "")
            client.close()
        finally:
            server.kill()
        log.write("%s\n%s\n" % (texts, server.job.output()))
        return ["GDB showed %r" % text for text in texts
                if "Remote failure reply: " + rsp.TURNED_AWAY not in text]


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


class Pty:
    """A guest whose console is a pty, and the program at its other end."""

    def __init__(self, bench, log, guest):
        self._log = log
        self.said = b""
        self._fd = -1
        self._server = subprocess.Popen(
            [bench.local(bench.binary), "run", "--gdb", "none", "--exit-port",
             "--console", "pty", "--timeout", "120", bench.guests[guest]],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def open(self):
        for line in self._server.stderr:
            self._log.write(line)
            name = re.match(r"kvmgdb: the guest's console is (\S+)", line)
            if name:
                self._fd = os.open(name[1], os.O_RDWR | os.O_NOCTTY)
                return True
        return False

    def read_until(self, text):
        """False: the guest has ended."""
        while text not in self.said:
            if not self._read():
                return False
        return True

    def read_rest(self):
        while self._read():
            pass

    def _read(self):
        try:
            got = os.read(self._fd, 4096)
        except OSError:  # EIO: nobody is at the other end any more
            return False
        self.said += got
        return bool(got)

    def write(self, data):
        while data:
            data = data[os.write(self._fd, data):]

    def status(self):
        return self._server.wait(120)

    def close(self):
        self._log.write(repr(self.said))
        if self._fd >= 0:
            os.close(self._fd)
        self._server.kill()
        self._server.wait()
        self._server.stderr.close()


class PtyConsoleTest:
    """--console pty: its name is told, and the guest's words come out."""
    name = "console-pty"
    needs = ["local"]

    def run(self, bench, log):
        pty = Pty(bench, log, "demo.elf")
        try:
            if not pty.open():
                return ["no pty was told"]
            pty.read_until(b"goodbye\n")
            status = pty.status()
        finally:
            pty.close()
        if b"counter is 15\ngoodbye\n" not in pty.said or status != 33:
            return ["status %s, console %r" % (status, pty.said)]
        return []


class PtyInputTest:
    """What is written to the pty reaches the guest as it is, more at a time
    than a UART holds, polled and by interrupts."""
    name = "console-pty-input"
    needs = ["local"]
    # With what a terminal would not let through.
    line = (b"typed \x03\x04\x1a\r\x7f\x00\xff " + b"0123456789abcdef" * 16
            + b"\n")

    def run(self, bench, log):
        pty = Pty(bench, log, "echo.elf")
        problems = []
        try:
            if not pty.open():
                return ["no pty was told"]
            for how in (b"echo: polled\n", b"echo: interrupts\n"):
                if not pty.read_until(how):
                    return ["the guest ended early"]
                before = len(pty.said)
                pty.write(self.line)
                back = self.line.upper()
                if not pty.read_until(how + back):
                    problems.append("%s: back came %r"
                                    % (how, pty.said[before:]))
                    break
            pty.read_rest()
            status = pty.status()
        finally:
            pty.close()
        return problems + self._counts(pty.said.decode("latin-1"), status)

    def _counts(self, said, status):
        """The guest's own: bytes and interrupts, after each line."""
        counts = [tuple(map(int, c)) for c in
                  re.findall(r"^bytes=(\d+)\nirqs=(\d+)$", said, re.M)]
        length = len(self.line)
        if status != 33 or len(counts) != 2 or \
                counts[0] != (length, 0) or counts[1][0] != 2 * length or \
                not 0 < counts[1][1] <= length:
            return ["status %s, counts %s" % (status, counts)]
        return []


class HitsFileTest:
    """--hits: what cannot be written there at the end is told at the start."""
    name = "run-hits"
    needs = ["local"]

    def run(self, bench, log):
        path = os.path.join(bench.workdir, "hits")
        if os.path.exists(path):
            os.unlink(path)

        def run(where):
            status, said = bench.target.run(
                [bench.local(bench.binary), "run", "--gdb", "tcp:127.0.0.1:0",
                 "--exit-port", "--timeout", "20", "--hits", where,
                 bench.guests["demo.elf"]], 30)
            log.write("%s: %s\n%s\n" % (where, status, said))
            return status, said

        problems = []
        status, said = run("/absent/hits")
        if status != 4 or "goodbye" in said or \
                "error: --hits /absent/hits: No such file" not in said:
            problems.append("a folder that is not there: %s, %r"
                            % (status, said))
        status, said = run(path)
        with open(path, encoding="utf-8") as f:
            counts = f.read()
        if status != 33 or not counts.startswith("resumes 0\nbreak 0\n"):
            problems.append("status %s, %r" % (status, counts))
        return problems


class HeldServer:
    """A server that is held in its first message: the pipe is full."""
    pipe_size = 4096

    def __init__(self, bench, address, guest):
        self._out, err = os.pipe()
        fcntl.fcntl(err, fcntl.F_SETPIPE_SZ, self.pipe_size)
        os.set_blocking(err, False)
        filled = os.write(err, b"x" * self.pipe_size)
        os.set_blocking(err, True)
        self.process = subprocess.Popen(
            [bench.local(bench.binary), "run", "--gdb", address, "--wait",
             "--log", "info", "--console", "none", "--timeout", "60", guest],
            stdin=subprocess.DEVNULL, stderr=err)
        os.close(err)
        assert filled == self.pipe_size

    def connect(self, path):
        end = time.monotonic() + 20
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(60)
        while True:
            try:
                client.connect(path)
                return client
            except OSError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.01)

    def let_go(self):
        while os.read(self._out, self.pipe_size).endswith(b"x"):
            pass

    def wait(self, seconds):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self._out)


class ListenTest:
    """Who connects when it is said that it listens is served by the machine
    that is made then, or hung up on if none can be made."""
    name = "transport-listen"
    needs = ["local"]

    def run(self, bench, log):
        folder = tempfile.mkdtemp(prefix="kvmgdb-socket-")
        path = os.path.join(folder, "socket")
        problems = []
        try:
            self._early(bench, path, bench.guests["demo.elf"], problems,
                        rb"\+\$T05.*#..")
            self._early(bench, path, os.path.abspath(__file__), problems, b"")
            if os.path.exists(path):
                problems.append("the socket of what failed is left behind")
        finally:
            shutil.rmtree(folder)
        self._in_use(bench, log, problems)
        return problems

    @staticmethod
    def _early(bench, path, guest, problems, wanted):
        server = HeldServer(bench, "unix:" + path, guest)
        said = b""
        try:
            client = server.connect(path)
            client.sendall(b"$?#3f")
            server.let_go()
            while not wanted or b"#" not in said:
                got = client.recv(4096)
                if not got:
                    break
                said += got
        except ConnectionResetError:
            pass
        finally:
            status = None if wanted else server.wait(60)
            server.end()
        client.close()
        if not re.fullmatch(wanted, said, re.S) or status not in (None, 4):
            problems.append("%s: status %s, answer %r" % (guest, status, said))

    @staticmethod
    def _in_use(bench, log, problems):
        """That, and that there is no guest, is told before all else."""
        def run(address, guest):
            status, said = bench.target.run(
                [bench.local(bench.binary), "run", "--gdb", address, "--log",
                 "info", "--console", "none", "--timeout", "1", guest], 60)
            log.write("%s, %s: %s\n%s\n" % (address, guest, status, said))
            return status, said.splitlines()

        guest = bench.guests["spin.elf"]
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "tcp:127.0.0.1:%d" % taken.getsockname()[1]
            status, said = run(address, guest)
        if status != 4 or len(said) != 1 or \
                not said[0].startswith("kvmgdb: error: %s is in use" % address):
            problems.append("in use: %s, %s" % (status, said))
        status, said = run("tcp:127.0.0.1:0", "/absent.elf")
        if status != 4 or said != ["kvmgdb: error: /absent.elf: "
                                   "No such file or directory"]:
            problems.append("no guest: %s, %s" % (status, said))
        # the control: nothing is in the way
        status, said = run("tcp:127.0.0.1:0", guest)
        if status != 124 or \
                "listening on tcp:127.0.0.1:" not in said[0] or \
                not any(", entry at " in line for line in said):
            problems.append("a free port: %s, %s" % (status, said))


class ExitPortTest:
    """A guest that writes to an exit port that is not there is told of, once,
    for whoever waits for its end."""
    name = "run-exit-port"
    needs = ["local"]
    told = ("warning: the guest wrote 16 to port 0xf4, where no device is: "
            "with --exit-port that ends it with status 33\n")

    def run(self, bench, log):
        server = subprocess.Popen(
            [bench.local(bench.binary), "run", "--gdb", "none", "--log",
             "debug", "--timeout", "60", bench.guests["demo.elf"]],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        said = ""
        try:
            for line in server.stderr:
                said += line
                if said.count("out at port 0xf4: no device\n") == 3:
                    break
        finally:
            server.kill()
            server.wait()
            server.stderr.close()
        log.write(said)
        if said.count(self.told) != 1 or said.count("warning: ") != 1:
            return [said]
        return []


class NotEmulatedTest:
    """An instruction that KVM's emulator lacks, of memory that is not there so
    that it is emulated everywhere: status 8, and where to read on."""
    name = "run-not-emulated"
    needs = ["local"]

    def run(self, bench, log):
        start = 0x100000
        words = (0x1badb002, 0x10000, -0x1baeb002 & 0xffffffff, start, start,
                 0, 0, start + 32)
        path = os.path.join(bench.workdir, "not-emulated.bin")
        with open(path, "wb") as f:  # pshufb 0xd0000000, %mm0
            f.write(struct.pack("<8I", *words)
                    + bytes.fromhex("0f380005000000d0f4ebfd"))
        status, said = bench.target.run(
            [bench.local(bench.binary), "run", "--gdb", "none", "--timeout",
             "20", path], 30)
        log.write("%s\n%s\n" % (status, said))
        if status != 8 or not re.search(
                r"^kvmgdb: error: vCPU 0: KVM could not go on at RIP 0x100020: "
                r"internal error 1 \(an instruction that it cannot emulate\)"
                r".*\nkvmgdb: warning: .* docs/linux\.md, \"What is not "
                r"there\"$", said.replace("\r", ""), re.M):
            return ["status %s, %r" % (status, said)]
        return []


def find():
    return [UnixTest(), StdioTest(), RemoteTest(), PtyConsoleTest(),
            PtyInputTest(), HitsFileTest(), ListenTest(), ExitPortTest(),
            NotEmulatedTest(), TurnedAwayTest()]
