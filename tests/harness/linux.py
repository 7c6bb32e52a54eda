# SPDX-License-Identifier: MIT
"""Linux as the guest: Debian's kernel, the one that the labs run themselves."""
import base64
import glob
import gzip
import os
import re
import struct
import subprocess
import time

from lab import initramfs, lab

from . import bench as bench_module
from . import expect as expect_module

KERNEL = "/guests/bzImage"
VMLINUX = "/guests/vmlinux"
WATCHERS = "/guests/watchers.cpio"
SHELL = "/guests/shell.cpio"
FOLDER = os.path.join(bench_module.TESTS, "gdb-scripts", "linux")
CMDLINE = "console=ttyS0 panic=-1 quiet nokaslr"
MEMORY = ["--memory", "256M"]
# Seconds on native; see Bench.limit.
BOOT_LIMIT = 40

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
exec setsid cttyhack sh
"""


def kernel():
    found = sorted(glob.glob(os.path.join(lab.cache_dir(),
                                          "kernel/boot/vmlinuz-*")))
    if not found:
        raise bench_module.Failure("no kernel (scripts/bootstrap)")
    return found[-1]


def payload(image):
    """What a bzImage unpacks itself from: `payload_offset` and
    `payload_length` of the boot protocol, and the length after it."""
    offset, length = struct.unpack_from("<II", image, 0x248)
    begin = (image[0x1f1] + 1) * 512 + offset
    return image[begin:begin + length - 4]


def vmlinux(path):
    """The uncompressed kernel of kernel(), which Debian packs with LZ4."""
    with open(kernel(), "rb") as f:
        packed = payload(f.read())
    with open(path, "wb") as out:
        subprocess.run(["lz4", "-dc"], input=packed, stdout=out, check=True)
    return path


def archive(path, init):
    out = initramfs.Archive()
    for folder in ("proc", "sys", "dev", "bin", "tmp"):
        out.folder(folder)
    out.device("/dev/console", 5, 1)
    init(out)
    out.write(path)
    return path


def shell_init(out):
    out.data("/init", INIT.encode())
    out.file("/bin/busybox", "/bin/busybox")


def debug_kernel():
    """A folder with the kernel's vmlinux and its lx- commands, or None."""
    folder = os.path.join(lab.cache_dir(), "kernel-debug")
    return folder if os.path.exists(folder + "/.complete") else None


class LinuxTest:
    """What the tests here share."""
    needs = []
    slow = False  # too slow for a KVM under Bochs

    def skips(self, bench):
        if bench.name == "native":
            return "this KVM emulates ring 0, and not all of what Linux needs"
        if bench.name == "vmx" and self.slow:
            return "too slow where all is emulated twice"
        return None

    def files(self, target, build, workdir):
        if target == "native":
            return {}
        guest = os.path.join(build, "tests/guests/watchers.static")
        return {
            KERNEL: kernel(),
            SHELL: archive(os.path.join(workdir, "shell.cpio"), shell_init),
            WATCHERS: archive(os.path.join(workdir, "watchers.cpio"),
                              lambda out: out.file("/init", guest))}


def symbols(bench):
    """An ELF file of the kernel's symbols: the lab runs the same kernel."""
    path = os.path.join(bench.workdir, "linux-symbols.elf")
    if not hasattr(bench, "linux_symbols"):
        status, text = bench.target.run(
            ["/bin/busybox", "sh", "-c",
             "grep -v '\\[' /proc/kallsyms | gzip -c | base64"],
            bench.limit(BOOT_LIMIT))
        if status != 0:
            raise bench_module.Failure("no /proc/kallsyms: " + text[-200:])
        subprocess.run([bench.local("/bin/kvmgdb"), "symbols", "-", path],
                       input=gzip.decompress(base64.b64decode(text)),
                       check=True, stdout=subprocess.DEVNULL)
        bench.linux_symbols = path
    return path


def start(bench, initrd, options, name, append=CMDLINE):
    return bench_module.Server(
        bench, "bzImage",
        MEMORY + ["--initrd", initrd, "--append", append] + options, name)


THREADS = """
cd /proc/$(pidof kvmgdb)/task && for i in *; do
echo $(cat $i/comm) $(cut -d' ' -f3,14,15 $i/stat) $(cat $i/wchan),
done"""


def threads(bench):
    """What the server's threads do: name, state, ticks of CPU, where."""
    _, text = bench.target.run(["/bin/busybox", "sh", "-c", THREADS],
                               bench.limit(10))
    return " ".join(text.split())


class ShellTest(LinuxTest):
    """A busybox shell on ttyS0, both ways; COMMAND ends the machine."""

    def __init__(self, name, cpus, append, command, status, slow,
                 image=KERNEL):
        self.name = name
        self._image = image
        self._cpus = cpus
        self._append = append
        self._command = command
        self._status = status
        self.slow = slow

    def run(self, bench, log):
        argv = [bench.binary, "run", "--gdb", "none", "--cpus",
                str(self._cpus), *MEMORY, "--initrd", SHELL, "--append",
                self._append, "--log", "info", self._image]
        job = bench.target.spawn(
            ["/bin/busybox", "sh", "-c",
             "rm -f /tmp/in; mkfifo /tmp/in; exec 3<>/tmp/in; "
             "exec \"$@\" <&3", "sh"] + argv)
        began = time.monotonic()
        try:
            problems = self._talk(bench, job, log, began)
        finally:
            job.kill()
            job.wait(bench.limit(5))
        log.write(job.output())
        return problems

    def files(self, target, build, workdir):
        files = super().files(target, build, workdir)
        if self._image == VMLINUX and files and target != "vmx":
            files[VMLINUX] = vmlinux(os.path.join(workdir, "vmlinux"))
        return files

    def _wait(self, bench, job, pattern):
        end = time.monotonic() + bench.limit(BOOT_LIMIT)
        while time.monotonic() < end:
            if re.search(pattern, job.output()):
                return True
            if not job.alive():
                return False
            time.sleep(0.1)
        return False

    def _type(self, bench, line):
        bench.target.run(["/bin/busybox", "sh", "-c",
                          "printf '%s\\n' \"$1\" > /tmp/in", "sh", line],
                         bench.limit(10))

    def _talk(self, bench, job, log, began):
        if not self._wait(bench, job, r"/ # (\x1b\[6n)?$"):
            return ["no prompt: %s; %s" % (repr(job.output()[-60:]),
                                           threads(bench))]
        log.write("prompt after %.1f s\n" % (time.monotonic() - began))
        if ("with a PVH note" in job.output()) != (self._image == VMLINUX):
            return ["not the boot protocol that was meant"]
        self._type(bench, "echo $((6*7)) cpus $(grep -c ^processor "
                   "/proc/cpuinfo) irqs $(grep ttyS0 /proc/interrupts)")
        if not self._wait(bench, job, r"\n42 cpus %d irqs .*ttyS0"
                          % self._cpus):
            return ["no answer: " + repr(job.output()[-300:])]
        # All that was typed came by interrupts.
        counts = re.search(r"irqs +4: ([ \d]+)", job.output())
        if not counts or sum(map(int, counts[1].split())) == 0:
            return ["the serial port has no interrupts"]
        self._type(bench, self._command)
        status = job.wait(bench.limit(BOOT_LIMIT))
        if status != self._status:
            return ["exit status %s, not %d" % (status, self._status)]
        return []


class WatchersTest(LinuxTest):
    """Processes that watch their own variables count the same, whether GDB
    watches the kernel from outside or not."""
    name = "linux-watchers"
    needs = ["exec", "data_write8", "reinject"]

    def run(self, bench, log):
        counts = {}
        for who in ("nobody", "gdb"):
            problems, text = self._once(bench, log, who)
            if problems:
                return problems
            counts[who] = [line.strip() for line in text.splitlines()
                           if line.startswith("count ")]
        if len(counts["nobody"]) != 4 or not self._all(counts["nobody"]):
            return ["without GDB: " + "; ".join(counts["nobody"])]
        if counts["gdb"] != counts["nobody"]:
            return ["with GDB: " + "; ".join(counts["gdb"])]
        return []

    @staticmethod
    def _all(lines):
        """Each hit was counted: "300 of 300"."""
        return all(a == b for a, b in
                   (re.search(r"(\d+) of (\d+)", line).groups()
                    for line in lines))

    def _once(self, bench, log, who):
        script = os.path.join(bench.workdir, "linux-watchers.gdb")
        server = start(bench, WATCHERS, [], self.name)
        try:
            port = server.wait_ready()
            with open(script, "w", encoding="utf-8") as f:
                f.write(GDB_WATCHES if who == "gdb" else GDB_CONTINUES)
            text, late = bench.gdb(script, port, symbols(bench), True)
            status = server.wait_end()
            console = server.console()
        finally:
            server.kill()
        log.write("--- %s\n%s\n%s\n%s\n" % (who, text, console,
                                           server.job.output()))
        if late or status != 0 or "watchers: done" not in console:
            return ["with %s: status %s, console %s"
                    % (who, status, repr(console[-300:]))], ""
        if who == "gdb":
            return self._check_own(text, console), console
        return [], console

    @staticmethod
    def _check_own(text, console):
        """GDB saw each fork that the kernel counted since it had begun."""
        forks = int(re.search(r"^forks (\d+)", console, re.M)[1])
        seen = re.search(r"^HITS (\d+) LAST (\d+)$", text, re.M)
        if not seen:
            return ["GDB did not come to the end"]
        hits, last = map(int, seen.groups())
        if hits != forks or last != forks:
            return ["GDB had %d hits up to %d; the kernel counted %d forks"
                    % (hits, last, forks)]
        return []


GDB_CONTINUES = """
connect
continue
"""

# total_forks is written by every fork, under a lock.
GDB_WATCHES = """
connect
hbreak start_kernel
continue
delete
set $hits = 0
set $last = 0
watch *(unsigned long *)&total_forks
commands
silent
set $hits = $hits + 1
set $last = *(unsigned long *)&total_forks
continue
end
python gdb.events.exited.connect(lambda e: gdb.execute( \
    'printf "HITS %lu LAST %lu\\\\n", $hits, $last'))
continue
"""


class ScriptTest(LinuxTest):
    """A GDB script of gdb-scripts/linux, as scripts.ScriptTest; the guest is
    PID 1 of tests/guests/linux.  `append` is more for its command line;
    @WORDS@ are paths."""
    slow = True

    def __init__(self, name):
        self.name = "linux-" + name
        head = {}
        with open(os.path.join(FOLDER, name + ".gdb"),
                  encoding="utf-8") as f:
            self._text = f.read()
        with open(os.path.join(FOLDER, name + ".expect"),
                  encoding="utf-8") as f:
            self.expect = expect_module.parse(f.read(), name)
        for line in self._text.splitlines():
            match = re.match(r"# (\w+): (.*)", line)
            if not match:
                break
            head[match[1]] = match[2].strip()
        self._append = head.get("append", "nokaslr")
        self._options = head.get("options", "").split()
        self._preload = "symbols" not in head
        self._debug = "debug" in head
        self.needs = head.get("needs", "").split()

    def skips(self, bench):
        if self._debug and not debug_kernel():
            return "no vmlinux (scripts/bootstrap debug-kernel)"
        return super().skips(bench)

    def run(self, bench, log):
        kernel_symbols = (debug_kernel() + "/vmlinux" if self._debug
                          else symbols(bench))
        script = os.path.join(bench.workdir, self.name + ".gdb")
        words = {"SHARE": os.path.join(bench.build, "share", "kvmgdb"),
                 "KERNEL": kernel_symbols,
                 "DEBUG": debug_kernel() or "",
                 "WATCHERS": os.path.join(bench.build,
                                          "tests/guests/watchers.static")}
        with open(script, "w", encoding="utf-8") as f:
            f.write(re.sub("@([A-Z]+)@", lambda m: words[m[1]], self._text))
        outcome = expect_module.Outcome()
        server = start(bench, WATCHERS, self._options, self.name,
                       "console=ttyS0 panic=-1 quiet " + self._append)
        try:
            port = server.wait_ready()
            outcome.gdb, late = bench.gdb(script, port, kernel_symbols,
                                          self._preload)
            if late:
                outcome.timed_out = "GDB"
            else:
                outcome.status = server.wait_end()
        finally:
            server.kill_into(outcome)
        outcome.write(log)
        return expect_module.judge(self.expect, outcome)


def find():
    return [ScriptTest(name) for name in
            sorted(f[:-4] for f in os.listdir(FOLDER)
                   if f.endswith(".gdb"))] + [
        ShellTest("linux-shell", 1, CMDLINE, "poweroff -f", 0, False),
        ShellTest("linux-shell-smp", 2, CMDLINE, "reboot -f", 10, True),
        ShellTest("linux-triple-fault", 1, CMDLINE + " reboot=t",
                  "reboot -f", 6, True),
        ShellTest("linux-pvh", 1, CMDLINE, "poweroff -f", 0, True, VMLINUX),
        ShellTest("linux-pvh-smp", 2, CMDLINE, "poweroff -f", 0, True,
                  VMLINUX),
        WatchersTest(),
    ]
