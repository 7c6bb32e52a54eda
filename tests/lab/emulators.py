# SPDX-License-Identifier: MIT
"""How the two emulators are started: command lines, boot media."""

import ctypes
import glob
import os
import re
import signal
import subprocess
import threading
import time
import tty

CMDLINE = "console=ttyS0 quiet panic=1 mitigations=off nokaslr"


def one_of(pattern):
    found = sorted(glob.glob(pattern))
    if not found:
        raise FileNotFoundError(f"{pattern} is missing (scripts/bootstrap)")
    return found[-1]


def _die_with_parent():
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Emulator:
    """One way to run the lab's kernel. start() returns the process; the line
    is the first connection to the listening socket it was given."""

    modules = ()
    boot_timeout = 0   # seconds of this machine, until the agent greets
    silence_limit = 0  # seconds without a byte after a ping: hung

    def __init__(self, cache, workdir, smp):
        self.cache = cache
        self.workdir = workdir
        self.smp = smp
        self.console = os.path.join(workdir, "console.log")
        self.log = os.path.join(workdir, "emulator.log")

    def kernel_root(self):
        return os.path.join(self.cache, "kernel")

    def _spawn(self, argv, **kwargs):
        with open(self.log, "wb") as log:
            return subprocess.Popen(argv, stdout=kwargs.pop("stdout", log),
                                    stderr=log, start_new_session=True,
                                    preexec_fn=_die_with_parent, **kwargs)


class Qemu(Emulator):
    """QEMU in TCG with SVM. 10 or later: 7.2 loses DR7 of the guest."""

    modules = ("irqbypass", "kvm", "kvm-amd")
    boot_timeout = 120
    silence_limit = 90

    def listen_address(self):
        return os.path.join(self.workdir, "line.sock")

    def start(self, initramfs, address):
        root = os.path.join(self.cache, "qemu")
        libraries = os.path.join(root, "usr/lib/x86_64-linux-gnu")
        if not os.path.exists(os.path.join(root, ".complete")):
            raise FileNotFoundError("no QEMU yet (scripts/bootstrap svm)")
        env = dict(os.environ, LD_LIBRARY_PATH=":".join(
            [libraries, os.path.join(root, "lib/x86_64-linux-gnu")]))
        return self._spawn(
            [os.path.join(root, "usr/bin/qemu-system-x86_64"),
             "-L", os.path.join(root, "usr/share/qemu"),
             "-L", os.path.join(root, "usr/share/seabios"),
             "-M", "q35", "-accel", "tcg", "-cpu", "max",
             "-smp", str(self.smp), "-m", "1024", "-nodefaults",
             "-display", "none", "-no-reboot",
             "-kernel", one_of(self.kernel_root() + "/boot/vmlinuz-*"),
             "-initrd", initramfs, "-append", CMDLINE,
             "-serial", "file:" + self.console,
             "-chardev", "socket,id=line,path=" + address,
             "-serial", "chardev:line"],
            stdin=subprocess.DEVNULL, env=env)


# Bochs knows one clock, its instruction counter, and two scales are laid on it.
# Device time (ips): the serial line moves a byte in 86 us of it, so a low number
# makes the line fast. Kernel time (tsc_early_khz): about what this emulator
# executes in a real second, so that time in the lab passes neither faster nor
# slower than outside. The two can differ only where the kernel's timer
# interrupts come from the TSC too: a CPU with a TSC deadline timer that the
# kernel trusts (of Skylake's it demands newer microcode). Idling in HLT would
# let time run away, so the kernel polls.
BOCHS_IPS = 5_000_000
BOCHS_KHZ = 60_000
BOCHS_CPU = "corei7_ivy_bridge_3770k"

BOCHSRC = """\
romimage: file={bios}
vgaromimage: file={vgabios}
megs: 512
ata0-master: type=cdrom, path={iso}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={console}
com2: enabled=1, mode=socket-client, dev=127.0.0.1:{port}
cpu: model={cpu}, count={smp}, ips={ips}, reset_on_triple_fault=0
display_library: term
vga: update_freq=1
sound: driver=dummy, waveout=/dev/null
clock: sync=none
panic: action=report
error: action=report
info: action=ignore
debug: action=ignore
log: {log}
"""

ISOLINUX = """\
default lab
prompt 0
label lab
  kernel /vmlinuz
  initrd /initrd
  append {cmdline} idle=poll tsc=reliable tsc_early_khz={khz} lpj={lpj}
"""


class Bochs(Emulator):
    """Bochs with VMX."""

    modules = ("irqbypass", "kvm", "kvm-intel")
    boot_timeout = 300
    silence_limit = 240

    def listen_address(self):
        return ("127.0.0.1", 0)

    def _make_iso(self, initramfs):
        tree = os.path.join(self.workdir, "iso")
        os.makedirs(os.path.join(tree, "isolinux"), exist_ok=True)

        def put(name, source):
            target = os.path.join(tree, name)
            if os.path.lexists(target):
                os.unlink(target)
            os.symlink(os.path.realpath(source), target)

        put("isolinux/isolinux.bin", "/usr/lib/ISOLINUX/isolinux.bin")
        put("isolinux/ldlinux.c32",
            "/usr/lib/syslinux/modules/bios/ldlinux.c32")
        put("vmlinuz", one_of(self.kernel_root() + "/boot/vmlinuz-*"))
        put("initrd", initramfs)
        with open(os.path.join(tree, "isolinux/isolinux.cfg"), "w",
                  encoding="ascii") as f:
            f.write(ISOLINUX.format(cmdline=CMDLINE, khz=BOCHS_KHZ,
                                    lpj=BOCHS_KHZ * 4 // 2))
        iso = os.path.join(self.workdir, "lab.iso")
        subprocess.run(
            ["xorriso", "-as", "mkisofs", "-quiet", "-follow-links",
             "-o", iso, "-b", "isolinux/isolinux.bin",
             "-c", "isolinux/boot.cat", "-no-emul-boot",
             "-boot-load-size", "4", "-boot-info-table", tree],
            check=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return iso

    def start(self, initramfs, address):
        rc = os.path.join(self.workdir, "bochsrc")
        commands = os.path.join(self.workdir, "bochs-commands")
        with open(rc, "w", encoding="ascii") as f:
            f.write(BOCHSRC.format(
                bios="/usr/share/bochs/BIOS-bochs-latest",
                vgabios="/usr/share/vgabios/vgabios.bin",
                iso=self._make_iso(initramfs), console=self.console,
                port=address[1], cpu=BOCHS_CPU, smp=self.smp, ips=BOCHS_IPS,
                log=os.path.join(self.workdir, "bochs.log")))
        # This build starts in its debugger: "continue".
        with open(commands, "w", encoding="ascii") as f:
            f.write("c\n")
        # Of its displays only the terminal needs neither an X server nor a
        # listening port. It makes a terminal of its own for the screen, says
        # which, and stands still when nobody reads there.
        master, slave = os.openpty()
        env = dict(os.environ, TERM="linux", LINES="25", COLUMNS="80")
        process = self._spawn(["bochs", "-q", "-f", rc, "-rc", commands],
                              stdin=slave, stdout=slave, env=env)
        os.close(slave)
        _in_background(_drain, master)
        _in_background(self._drain_screen, process)
        return process

    def _drain_screen(self, process):
        screen = None
        while not screen and process.poll() is None:
            time.sleep(0.1)
            with open(self.log, encoding="utf-8", errors="replace") as f:
                screen = re.search(r'connected to screen "(/dev/[^"]+)"',
                                   f.read())
        if screen:
            fd = os.open(screen[1], os.O_RDWR | os.O_NOCTTY)
            tty.setraw(fd)
            _drain(fd)


def _in_background(function, *args):
    threading.Thread(target=function, args=args, daemon=True).start()


def _drain(fd):
    """Read a terminal's other side to its end, so that nobody blocks on it."""
    try:
        while os.read(fd, 65536):
            pass
    except OSError:
        pass
    os.close(fd)


EMULATORS = {"svm": Qemu, "vmx": Bochs}
