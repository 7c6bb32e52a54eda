# SPDX-License-Identifier: MIT
"""kvmgdb beside QEMU's gdbstub, gdbserver and the floor.

All contestants debug the same code (guest.c) on the same KVM and are driven by
the same raw client (client.c), in turns, so that what disturbs one round
disturbs all of them.  Absolute figures mean nothing from one run to the next;
what is printed and kept are ratios within a round: min, median, max.

    bench.py [--target native|svm|vmx] [--rounds N] [--work NAME]...
             [--json FILE] [--svg FILE] --build DIR
"""
import argparse
import glob
import json
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)

import initramfs  # noqa: E402
from lab import LabError, cache_dir, open_target  # noqa: E402
from works import BY_COUNT, ROUNDS, WORKS  # noqa: E402
import gdbworks  # noqa: E402
import plot  # noqa: E402
from symbols import symbols  # noqa: E402

MEMORY_MIB = 256
ONCE_SECONDS = 60  # who is slower than this goes once
GUEST, PROCESS = "/bench/guest.elf", "/bench/process"
KVMGDB, CLIENT, FLOOR, START = ("/bench/kvmgdb", "/bench/client",
                                "/bench/floor", "/bench/start")
GDBSERVER, QEMU = "/bench/gdbserver", "/bench/qemu"
KERNEL, INITRD = "/bench/bzImage", "/bench/initrd"
CMDLINE = "console=ttyS0 quiet panic=-1 nokaslr reboot=t"
# by the kernel's log, which is written before the machine goes
INIT = ("#!/bin/busybox sh\necho '<0>at the shell' >/dev/kmsg\n"
        "exec /bin/busybox reboot -f\n")


class Contestant:
    """A server of one kind; `wait`: seconds until its guest runs."""

    def __init__(self, name, argv, guest, files, wait=0.0):
        self.name, self.argv, self.wait = name, argv, wait
        self.guest, self.symbols = guest, symbols(files[guest])


def qemu_paths():
    """(program, folders of its libraries, -L options) of a QEMU 10."""
    root = os.path.join(cache_dir(), "qemu")
    if not os.path.exists(os.path.join(root, ".complete")):
        raise FileNotFoundError("no QEMU yet (scripts/bootstrap bench)")
    libraries = [os.path.join(root, "usr/lib/x86_64-linux-gnu"),
                 os.path.join(root, "lib/x86_64-linux-gnu")]
    share = [os.path.join(root, "usr/share", d) for d in ("qemu", "seabios")]
    return os.path.join(root, "usr/bin/qemu-system-x86_64"), libraries, share


FIRMWARE = ["bios-microvm.bin", "linuxboot_dma.bin", "pvh.bin"]


class Bench:
    def __init__(self, args):
        self.args = args
        self.files = {KVMGDB: "src/kvmgdb", CLIENT: "tests/bench/bench-client",
                      FLOOR: "tests/bench/bench-floor",
                      START: "tests/bench/bench-start",
                      GUEST: "tests/bench/bench-guest.elf",
                      PROCESS: "tests/bench/bench-process"}
        self.files = {k: os.path.join(args.build, v)
                      for k, v in self.files.items()}
        self.workdir = tempfile.mkdtemp(prefix="kvmgdb-bench.")
        self.contestants = {}
        self.port = random.randrange(20000, 29000)

    def add_contestants(self):
        gdb = ["-m", str(MEMORY_MIB)]
        add = self.contestants.__setitem__
        add("kvmgdb", Contestant(
            "kvmgdb", [KVMGDB, "run", "--memory", f"{MEMORY_MIB}M", "--gdb",
                       "tcp:127.0.0.1:@PORT@", GUEST], GUEST,
            self.files))
        program, libraries, share = qemu_paths()
        self.files[QEMU] = program
        for folder in share:
            for name in FIRMWARE:
                path = os.path.join(folder, name)
                if os.path.exists(path):
                    self.files[path] = path
        # the dynamic loader's path: of ldd here, of QEMU there; the system's
        # own first, where all others have theirs
        system = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"]
        os.environ["LD_LIBRARY_PATH"] = ":".join(system + libraries)
        env = ["env", "LD_LIBRARY_PATH=" + ":".join(libraries)]
        if self.args.target != "native":
            env = ["/bin/busybox"] + env
        qemu = (env + [QEMU] + [x for d in share for x in ("-L", d)]
                + ["-accel", "kvm", "-cpu", "host", "-M", "microvm", *gdb,
                   "-nodefaults", "-display", "none", "-no-reboot"])
        add("QEMU", Contestant(
            "QEMU", qemu + ["-kernel", GUEST, "-gdb",
                            "tcp:127.0.0.1:@PORT@"], GUEST, self.files,
            wait={"native": 1, "svm": 4, "vmx": 10}[self.args.target]))
        self.linux = {
            "kvmgdb": [KVMGDB, "run", "--gdb", "none", "--memory",
                       f"{MEMORY_MIB}M", "--initrd", INITRD, "--append",
                       CMDLINE, KERNEL],
            "QEMU": qemu + ["-serial", "stdio", "-kernel", KERNEL, "-initrd",
                            INITRD, "-append", CMDLINE]}
        if shutil.which("gdbserver"):
            self.files[GDBSERVER] = shutil.which("gdbserver")
            add("gdbserver", Contestant(
                "gdbserver", [GDBSERVER, "127.0.0.1:@PORT@", PROCESS],
                PROCESS, self.files))

    def next_port(self):
        self.port += 1
        return str(self.port)

    def command(self, contestant, port, options=()):
        argv = [a.replace("@PORT@", port) for a in contestant.argv]
        return argv[:-1] + list(options) + argv[-1:]

    def client(self, contestant, work, count, options=()):
        """{"rate": per second, "packets", "bytes": for one} of one go."""
        port = self.next_port()
        job = self.target.spawn(self.command(contestant, port, options))
        try:
            status, text = self.target.run(
                [CLIENT, "127.0.0.1:" + port, work, str(count)]
                + ([f"WAIT={contestant.wait}"] if contestant.wait else [])
                + (["KILL"] if contestant.name == "gdbserver" else [])
                + contestant.symbols, self.args.timeout)
        finally:
            job.kill()
            job.wait(10)
        return self.figures(contestant.name, text, work, status, count)

    def floor(self, work, count):
        status, text = self.target.run(
            [FLOOR, work, str(count), GUEST, *symbols(self.files[GUEST])]
            + (["rf"] if self.probe["exec_rf"] else []), self.args.timeout)
        return self.figures("floor", text, work, status, count)

    def figures(self, name, text, work, status, count):
        for line in text.splitlines():
            words = line.split()
            if len(words) == 5 and words[0] == work and status == 0:
                return {"rate": count / float(words[2]),
                        "packets": int(words[3]) / count,
                        "bytes": int(words[4]) / count}
        said = text.strip().splitlines()[-1:] or [""]
        self.say(f"{work}: {name}: no result (status {status}): {said[0]}")
        return None

    def start(self, contestant, until):
        """Until it listens or answers, and its memory then."""
        port = self.next_port()
        _, text = self.target.run(
            [START, until, port, *self.command(contestant, port)],
            self.args.timeout)
        words = text.split()
        if len(words) < 3 or words[0] != until:
            self.say(f"{until}: {contestant.name}: no result: {text.strip()}")
            return None
        return {"rate": 1 / float(words[1]), "rss": int(words[2]) / 1024}

    def add_linux(self):
        kernels = sorted(glob.glob(os.path.join(cache_dir(),
                                                "kernel/boot/vmlinuz-*")))
        if not kernels:
            raise FileNotFoundError("no kernel (scripts/bootstrap svm)")
        archive = initramfs.Archive()
        archive.folder("dev")
        archive.folder("bin")
        archive.device("/dev/console", 5, 1)
        archive.device("/dev/kmsg", 1, 11)
        archive.file("/bin/busybox", "/bin/busybox")
        archive.data("/init", INIT.encode())
        self.files[KERNEL] = kernels[-1]
        self.files[INITRD] = os.path.join(self.workdir, "initrd")
        archive.write(self.files[INITRD])

    def boot(self, name):
        """A Linux from the program's start to its end."""
        _, text = self.target.run([START, "end", *self.linux[name]],
                                  self.args.timeout)
        end = re.search(r"^end ([\d.]+) \d+", text, re.M)
        if "at the shell" not in text or not end:
            self.say(f"linux: {name}: no shell: {text[-300:]!r}")
            return None
        return {"rate": 1 / float(end[1])}

    def by_gdb(self, contestant, work):
        port = self.next_port()
        job = self.target.spawn(self.command(contestant, port))
        try:
            time.sleep(1 + contestant.wait)
            figures = gdbworks.run(
                work["name"], contestant.name,
                self.files[contestant.guest], port, self.workdir,
                self.args.timeout)
        finally:
            job.kill()
            job.wait(10)
        if figures is None:
            self.say(f"{work['name']}: {contestant.name}: no result")
        return figures

    def say(self, text):
        print(f"# {self.args.target}: {text}", file=sys.stderr, flush=True)

    def one(self, work, name):
        """One go of a contestant; None where it cannot."""
        if work["how"] == "start":
            return self.start(self.contestants[name], work["client"])
        if work["how"] == "linux":
            return self.boot(name)
        if work["how"] == "gdb":
            return self.by_gdb(self.contestants[name], work)
        if name == "floor":
            return self.floor(work["floor"], self.count(work, name))
        options = list(work["options"]) if name == "kvmgdb" else []
        if work.get("from_start"):
            options += ["--wait", "--exit-port"]
        return self.client(self.contestants[name], work["client"],
                           self.count(work, name), options)

    def count(self, work, name):
        """How often: peers that need a round trip for each do less."""
        scale = {"native": 1.0, "svm": 0.1, "vmx": 0.05}[self.args.target]
        n = work["count"]
        if work.get("from_start"):
            return n * work.get("rounds", ROUNDS)[self.args.target]
        if work["client"] not in BY_COUNT:
            return n if self.args.target == "native" else max(n // 16, 1)
        if name != "kvmgdb" and name != "floor":
            scale *= work.get("peer_share", 1)
        return max(int(n * scale), 5)

    def able(self, work, name):
        """Is the figure worth having, and can it be had?"""
        if work["how"] == "gdb" and self.args.target != "native":
            return False  # the line into a lab would be all that is measured
        if work["how"] == "linux" and self.args.target == "native":
            return False  # that KVM cannot run all of it
        if name == "floor":
            return work.get("floor") and not (
                work["floor"].endswith("watch")
                and not self.probe["data_write"])
        if work.get("needs_watch") and not self.probe["data_write"] and (
                name == "QEMU" or work["name"] == "hit-in-register"):
            return False
        return name in work["who"] and name in self.contestants

    def run(self):
        self.add_contestants()
        if self.args.target != "native":
            self.add_linux()
        self.target = open_target(self.args.target, self.files,
                                  build_dir=self.args.build,
                                  workdir=self.workdir)
        try:
            self.target.start()
            self.probe = self.ask_probe()
            for work in WORKS:
                names = [n for n in ["kvmgdb", "QEMU", "gdbserver", "floor"]
                         if self.able(work, n)]
                if names and (not self.args.work
                              or work["name"] in self.args.work):
                    yield self.measure(work, names)
        finally:
            self.target.stop()
            shutil.rmtree(self.workdir, ignore_errors=True)

    def ask_probe(self):
        status, text = self.target.run([KVMGDB, "probe", "--json"], 120)
        if status:
            raise LabError("kvmgdb probe: " + text)
        said = json.loads(text[text.index("{"):])
        flat = json.dumps(said)
        return {"exec_rf": bool(find(said, "exec_rf")),
                "data_write": "true" in json.dumps(find(said, "data_write")),
                "all": flat}

    def measure(self, work, names):
        rounds, once = [], set()
        self.say(f"{work['name']}: {', '.join(names)}")
        for i in range(self.args.rounds):
            order = names[i % len(names):] + names[:i % len(names)]
            rounds.append({})
            for name in [n for n in order if n not in once]:
                before = time.monotonic()
                rounds[-1][name] = self.one(work, name)
                took = time.monotonic() - before
                if name != "kvmgdb" and took > ONCE_SECONDS:
                    once.add(name)
                    self.say(f"{work['name']}: {name} took {took:.0f} s: not "
                             "asked again")
        goals = {n: g[self.args.target] if isinstance(g, dict) else g
                 for n, g in work["goals"].items()}
        return {"work": work["name"], "goals": goals,
                "unit": work["unit"], "rounds": rounds,
                "ratios": ratios(rounds)}


def find(tree, key):
    if isinstance(tree, dict):
        for k, v in tree.items():
            if k == key:
                return v
            found = find(v, key)
            if found is not None:
                return found
    return None


def ratios(rounds):
    """kvmgdb's rate over each other's, round by round."""
    out = {}
    for name in ("QEMU", "gdbserver", "floor"):
        pairs = [r["kvmgdb"]["rate"] / r[name]["rate"] for r in rounds
                 if r.get("kvmgdb") and r.get(name)]
        if pairs:
            out[name] = {"min": min(pairs), "median": statistics.median(pairs),
                         "max": max(pairs)}
    return out


def median_of(result, name, what):
    found = [r[name][what] for r in result["rounds"]
             if r.get(name) and what in r[name]]
    return statistics.median(found) if found else None


def verdict(result):
    """Of the goals: "name: got (goal) met|missed"."""
    out = []
    for name, (at_least) in result["goals"].items():
        got = result["ratios"].get(name)
        if got:
            met = got["median"] >= at_least
            out.append(f"{'met' if met else 'MISSED'} (>= {at_least:g} x "
                       f"{name})")
    return "; ".join(out)


def show_header(target):
    print(f"{target}: kvmgdb's rate over that of ..., median (min-max) of the "
          "rounds' ratios", flush=True)


def show(r):
    cells = [f"{n} {v['median']:.2f} ({v['min']:.2f}-{v['max']:.2f})"
             for n, v in r["ratios"].items()]
    packets = ", ".join(
        f"{n} {median_of(r, n, 'packets'):.3g}/"
        f"{median_of(r, n, 'bytes'):.4g}"
        for n in ("kvmgdb", "QEMU", "gdbserver")
        if median_of(r, n, "packets") is not None)
    memory = ", ".join(f"{n} {median_of(r, n, 'rss'):.1f} MiB"
                       for n in ("kvmgdb", "QEMU")
                       if median_of(r, n, "rss") is not None)
    print(f"  {r['work']:<16} {'; '.join(cells) or 'nothing to compare'}")
    if packets:
        print(f"  {'':<16} packets/bytes for one: {packets}")
    if memory:
        print(f"  {'':<16} beside the guest's memory: {memory}")
    if verdict(r):
        print(f"  {'':<16} {verdict(r)}")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--target", default="native",
                        choices=["native", "svm", "vmx"])
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--timeout", type=int, default=300,
                        help="seconds for one go")
    parser.add_argument("--work", action="append", default=[],
                        choices=[w["name"] for w in WORKS])
    parser.add_argument("--json", help="all figures, to this file")
    parser.add_argument("--svg", help="a picture of the ratios")
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    results = []
    show_header(args.target)
    try:
        for result in Bench(args).run():
            results.append(result)
            show(result)
    except (LabError, OSError) as e:
        sys.exit(f"bench: error: {e}")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump({"target": args.target, "results": results}, f, indent=1)
    if args.svg:
        plot.write(args.svg, args.target, results)


if __name__ == "__main__":
    main()
