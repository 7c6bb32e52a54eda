# SPDX-License-Identifier: MIT
"""The KVMs that tests run on, behind one interface.

    target = open_target("svm", {"/bin/kvmgdb": "build/src/kvmgdb"},
                         build_dir="build", workdir="/tmp/lab-svm")
    target.start()
    job = target.spawn(["/bin/kvmgdb", "run", "--gdb", "tcp:127.0.0.1:1234", ...])
    port = target.connect_port(1234)    # for a GDB on this machine
    ...
    target.stop()

`native` is this machine's /dev/kvm; `svm` and `vmx` are nested: an emulator
boots a kernel with KVM, and an agent inside does what is asked over a serial
line. Paths in `files`, put() and argv are those of the lab; on `native` an
argument that is such a path is replaced by the local one.

As a program, for a person:  lab.py TARGET [--smp N] [--build DIR] selftest
                             lab.py TARGET … run COMMAND [ARGUMENT…]
"""

import argparse
import atexit
import ctypes
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import emulators   # noqa: E402
import initramfs   # noqa: E402
import line as wire  # noqa: E402

TIMED_OUT = 124  # exit status of a command that was ended by its bound


class LabError(Exception):
    """The lab could not be started, or died."""


def cache_dir():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("KVMGDB_CACHE") or os.path.join(base, "kvmgdb")


def _exit_status(wait_status):
    """As a shell gives it: 128 + signal when killed."""
    code = os.waitstatus_to_exitcode(wait_status)
    return code if code >= 0 else 128 - code


class Target:
    """One KVM to test on. Methods may be called from any thread."""

    def __init__(self, name, files, workdir):
        self.name = name
        self.files = dict(files)
        self.workdir = os.path.abspath(workdir)
        os.makedirs(self.workdir, exist_ok=True)

    def start(self):
        """Boot the lab (native: nothing)."""

    def stop(self):
        """End the lab and all in it."""

    def put(self, path, source):
        """A file into the lab at run time: `source` is bytes or a path."""
        raise NotImplementedError

    def spawn(self, argv):
        """Start a process inside; a Job."""
        raise NotImplementedError

    def connect_port(self, port):
        """A local loopback port that reaches 127.0.0.1:`port` inside."""
        raise NotImplementedError

    def run(self, argv, timeout):
        """(exit status, output) of a command, 124 when it took too long."""
        job = self.spawn(argv)
        status = job.wait(timeout)
        if status is None:
            job.kill()
            job.wait(10)
            return TIMED_OUT, job.output() + f"\n(ended after {timeout} s)\n"
        return status, job.output()

    def cpu_seconds(self):
        """What the emulator has had of the machine's CPUs; None: no such."""
        return None

    def say(self, text):
        print(f"# {self.name}: {text}", file=sys.stderr, flush=True)


class Job:
    """A process inside."""

    def output(self):
        """Standard output and error so far, as text."""
        raise NotImplementedError

    def wait(self, timeout):
        """Its exit status, or None when it still runs after `timeout`."""
        raise NotImplementedError

    def kill(self, signum=signal.SIGKILL):
        """To the process and its children; the process reaped by wait()."""
        raise NotImplementedError

    def alive(self):
        return self.wait(0) is None


# ---- native ----

# Loaded before any fork: the child of a process with threads must not load.
_LIBC = ctypes.CDLL(None)


def die_with_parent():
    PR_SET_PDEATHSIG = 1
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class NativeJob(Job):
    def __init__(self, argv):
        self._process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=die_with_parent)
        self._output = bytearray()
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with self._process.stdout as pipe:
            while True:
                data = os.read(pipe.fileno(), 65536)
                if not data:
                    return
                with self._lock:
                    self._output += data

    def output(self):
        with self._lock:
            return self._output.decode(errors="replace")

    def wait(self, timeout):
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        # What it wrote before its end; a child of it may hold the pipe open.
        self._reader.join(10)
        return code if code >= 0 else 128 - code

    def asleep(self):
        """Does none of its threads run, or want to?"""
        states = []
        for path in glob.glob(f"/proc/{self._process.pid}/task/*/stat"):
            try:
                with open(path, encoding="ascii") as f:
                    states.append(f.read().rpartition(") ")[2][:1])
            except OSError:
                return False
        return bool(states) and set(states) == {"S"}

    def kill(self, signum=signal.SIGKILL):
        if self._process.poll() is None:
            try:
                os.killpg(self._process.pid, signum)
            except ProcessLookupError:
                pass


class NativeTarget(Target):
    def __init__(self, name, files, workdir):
        super().__init__(name, files, workdir)
        self._jobs = []

    def start(self):
        if not os.access("/dev/kvm", os.R_OK | os.W_OK):
            why = ("not accessible" if os.path.exists("/dev/kvm")
                   else "not there")
            raise LabError(f"/dev/kvm is {why}")

    def stop(self):
        for job in self._jobs:
            job.kill()
            job.wait(10)
        self._jobs.clear()

    def put(self, path, source):
        if isinstance(source, bytes):
            local = os.path.join(self.workdir, "files", path.strip("/"))
            os.makedirs(os.path.dirname(local), exist_ok=True)
            with open(local, "wb") as f:
                f.write(source)
            os.chmod(local, 0o755)
            source = local
        self.files[path] = os.path.abspath(source)

    def spawn(self, argv):
        job = NativeJob([self.files.get(a, a) for a in argv])
        self._jobs = [j for j in self._jobs if j.alive()] + [job]
        return job

    def connect_port(self, port):
        return port


# ---- nested ----

class LabJob(Job):
    def __init__(self, line, argv):
        self._line = line
        self._end = wire.StatusChannel()
        payload = b"".join(os.fsencode(a) + b"\0" for a in argv)
        self._number = line.start_channel(self._end, wire.SPAWN, payload)

    def output(self):
        return self._end.output().decode(errors="replace")

    def wait(self, timeout):
        if not self._end.wait(timeout):
            return None
        if self._end.status is None:
            raise LabError("the lab went down under the command")
        return _exit_status(self._end.status)

    def kill(self, signum=signal.SIGKILL):
        def send():
            if not self._end.over():
                self._line.send(wire.SIGNAL, self._number, bytes([signum]))
        try:
            self._line.call(send)
        except wire.LineDown:
            pass

    def alive(self):
        return not self._end.over()


class NestedTarget(Target):
    def __init__(self, name, files, build_dir, workdir, smp):
        super().__init__(name, files, workdir)
        self._agent = os.path.join(build_dir, "tests/lab/lab-agent")
        self._emulator = emulators.EMULATORS[name](cache_dir(), self.workdir,
                                                   smp)
        self._initramfs = os.path.join(self.workdir, "initramfs.cpio")
        self._process = None
        self._line = None
        self._put_again = {}
        self._restarted = False
        self.silence_limit = self._emulator.silence_limit
        self._stopping = threading.Event()
        self._lock = threading.RLock()

    def start(self):
        with self._lock:
            if self._process:
                return
            initramfs.build(self._initramfs, self._emulator.kernel_root(),
                            self._emulator.modules, self._agent, self.files)
            try:
                self._boot()
            except LabError as e:
                self._restart(str(e))

    def stop(self):
        with self._lock:
            if not self._process:
                return
            self._stopping.set()
            try:
                self._line.call(lambda: self._line.send(wire.QUIT, 0))
                self._process.wait(10)
            except (wire.LineDown, subprocess.TimeoutExpired):
                pass
            self._end()

    def put(self, path, source):
        if not isinstance(source, bytes):
            with open(source, "rb") as f:
                source = f.read()
        self._up()
        self._store(path, source)
        self._put_again[path] = source

    def spawn(self, argv):
        return LabJob(self._up(), argv)

    def connect_port(self, port):
        return self._up().listen(port)

    def cpu_seconds(self):
        with self._lock:
            pid = self._process.pid if self._process else "none"
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                fields = f.read().rpartition(") ")[2].split()
        except OSError:
            return None
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def emulator_pid(self):
        self._up()
        return self._process.pid

    def measure(self):
        """(seconds of a round trip, bytes a second to the lab, and back)"""
        line = self._up()
        trips = sorted(line.ping(b"x" * 20, 60) or 60.0 for _ in range(21))
        size = 32 * 1024
        start = time.monotonic()
        self._store("/tmp/measure", os.urandom(size))
        up = size / (time.monotonic() - start)
        start = time.monotonic()
        self.run(["/bin/cat", "/tmp/measure"], 300)
        return trips[10], up, size / (time.monotonic() - start)

    def _store(self, path, data):
        end = wire.StatusChannel()
        line = self._line

        def start():
            number = line.add_channel(end)
            line.send(wire.STORE, number, os.fsencode(path))
            line.send(wire.DATA, number, data)
            line.send(wire.END, number)
        line.call(start)
        if not end.wait(600):
            raise LabError(f"storing {path} in the lab takes too long")
        if end.status is None:
            raise LabError("the lab went down under a transfer")
        if end.status:
            raise OSError(-end.status, os.strerror(-end.status), path)

    def _up(self):
        """The line to a lab that runs, after its one restart if need be."""
        with self._lock:
            if not self._process:
                raise LabError("the lab was not started")
            if self._line.down() or self._process.poll() is not None:
                self._restart("the emulator is gone: " + self._last_words())
            return self._line

    def _restart(self, why):
        self._end()
        if self._restarted:
            raise LabError(f"down for the second time, given up: {why}")
        self._restarted = True
        self.say(f"{why}; starting it again, once")
        for path in (self._emulator.console, self._emulator.log):
            if os.path.exists(path):
                os.replace(path, path + ".1")
        self._boot()
        for path, data in self._put_again.items():
            self._store(path, data)

    def _boot(self):
        start = time.monotonic()
        self.say("booting")
        self._stopping = threading.Event()
        address = self._emulator.listen_address()
        if isinstance(address, str):
            if os.path.exists(address):
                os.unlink(address)
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(address)
            listener.listen(1)
        else:
            listener = socket.create_server(address)
            address = listener.getsockname()
        with listener:
            self._process = self._emulator.start(self._initramfs, address)
            atexit.register(self._end)
            deadline = start + self._emulator.boot_timeout
            connection = self._accept(listener, deadline)
        self._line = wire.Line(connection)
        while not self._line.wait_greeting(0.5):
            self._check_boot(deadline)
        threading.Thread(target=self._watchdog, daemon=True,
                         args=(self._line, self._process,
                               self._stopping)).start()
        self.say(f"ready after {time.monotonic() - start:.1f} s")

    def _accept(self, listener, deadline):
        listener.settimeout(0.5)
        while True:
            try:
                return listener.accept()[0]
            except TimeoutError:
                self._check_boot(deadline)

    def _check_boot(self, deadline):
        if self._process.poll() is not None:
            raise LabError("the emulator ended while booting: "
                           + self._last_words())
        if time.monotonic() > deadline:
            raise LabError(f"not booted within {self._emulator.boot_timeout}"
                           " s, killed: " + self._last_words())

    def _watchdog(self, line, process, stopping):
        """Kill an emulator that hangs: alive, and silent for too long."""
        asked = time.monotonic()
        while not stopping.wait(1) and not line.down():
            limit = self.silence_limit
            if process.poll() is not None:
                line.close()
                return
            if time.monotonic() - line.last_heard > limit:
                self.say(f"hangs (no sign of life for {limit} s), killed")
                process.kill()
                line.close()
                return
            if time.monotonic() - asked < limit / 6:
                continue
            asked = time.monotonic()
            try:
                line.start_channel(wire.StatusChannel(), wire.PING, b"?")
            except wire.LineDown:
                return

    def _last_words(self):
        for path in (self._emulator.console, self._emulator.log):
            try:
                with open(path, "rb") as f:
                    text = f.read().decode(errors="replace").strip()
            except OSError:
                continue
            if text:
                return repr(text[-300:])
        return "no output"

    def _end(self):
        self._stopping.set()
        if self._line:
            self._line.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._line = self._process = None


def open_target(name, files, build_dir, workdir, smp=1):
    """A Target, not started. `files`: lab path -> local path; programs bring
    the shared libraries they need along."""
    files = {k: os.path.abspath(v) for k, v in files.items()}
    if name == "native":
        return NativeTarget(name, files, workdir)
    if name in emulators.EMULATORS:
        return NestedTarget(name, files, build_dir, workdir, smp)
    raise ValueError(f"no such target: {name}")


# ---- for a person ----

def main():
    parser = argparse.ArgumentParser(prog="lab.py")
    parser.add_argument("target", choices=["native", *emulators.EMULATORS])
    parser.add_argument("--smp", type=int, default=1)
    parser.add_argument("--build", default="build")
    parser.add_argument("--workdir")
    parser.add_argument("--file", action="append", default=[],
                        metavar="LAB=LOCAL")
    parser.add_argument("what", choices=["selftest", "run"])
    parser.add_argument("argv", nargs=argparse.REMAINDER)
    args = parser.parse_args()

    workdir = args.workdir or f"/tmp/kvmgdb-lab-{args.target}-{os.getpid()}"
    target = open_target(args.target,
                         dict(f.split("=", 1) for f in args.file),
                         args.build, workdir, smp=args.smp)
    status = 1
    try:
        target.start()
        if args.what == "run":
            status, output = target.run(args.argv, 3600)
            sys.stdout.write(output)
        else:
            # It imports this file under its own name.
            sys.modules["lab"] = sys.modules["__main__"]
            import selftest
            status = selftest.run(target)
    except LabError as e:
        target.say(str(e))
    finally:
        target.stop()
        if not args.workdir:
            shutil.rmtree(workdir, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
