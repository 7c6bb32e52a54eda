# SPDX-License-Identifier: MIT
"""Linux under `kvmgdb watch`: what is logged is what the kernel counts."""
import json
import os
import re

from . import linux

INITRD = "/guests/forks.cpio"
TABLE = "/tmp/linux-watch.elf"
OUT = "/tmp/linux-watch.out"
# Tells how often the kernel has forked, by the shell's own commands.
INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox true
while read name value rest; do
  [ "$name" = processes ] && echo "forks $value"
done < /proc/stat
exec /bin/busybox poweroff -f
"""
WARNING = "nokaslr in --append"
# For a kernel thread that is made while it powers off.
LATE_FORKS = 2


def init(out):
    out.data("/init", INIT.encode())
    out.file("/bin/busybox", "/bin/busybox")


class WatchTest(linux.LinuxTest):
    """Each fork from power-on to power-off, with its caller."""
    name = "linux-watch"
    needs = ["exec", "data_write8"]
    slow = True

    def files(self, target, build, workdir):
        if target == "native":
            return {}
        return {linux.KERNEL: linux.kernel(),
                INITRD: linux.archive(os.path.join(workdir, "forks.cpio"),
                                      init)}

    def run(self, bench, log):
        # As docs/linux.md says it; the lab runs the same kernel.
        status, text = bench.target.run(
            ["/bin/busybox", "sh", "-c",
             "cat /proc/kallsyms > /tmp/map && "
             "/bin/kvmgdb symbols /tmp/map " + TABLE], bench.limit(10))
        if status != 0:
            return ["no symbols: " + text]
        return (self._forks(bench, log) + self._ticks(bench, log)
                + self._kaslr(bench, log))

    @staticmethod
    def _watch(bench, log, arguments, append="nokaslr", seconds=60):
        limit = bench.limit(seconds)
        status, said = bench.target.run(
            [bench.binary, "watch", *linux.MEMORY, "--timeout", str(limit),
             "--initrd", INITRD, "--append",
             "console=ttyS0 panic=-1 quiet " + append, "--symbols", TABLE,
             "--out", OUT, *arguments, linux.KERNEL], limit + 20)
        _, written = bench.target.run(["cat", OUT], bench.limit(10))
        log.write("--- %s: %s\n%s\n--- out\n%s\n"
                  % (arguments, status, said, written))
        return status, said, written

    def _forks(self, bench, log):
        status, said, written = self._watch(bench, log, [
            "--write", "total_forks", "--exec", "start_kernel", "--exec",
            "do_exit", "--stack", "8", "--format", "jsonl"])
        counted = re.search(r"^forks (\d+)", said, re.M)
        if status != 0 or not counted:
            return ["status %s, console %r" % (status, said[-300:])]
        problems = []
        if WARNING in said:
            problems.append("warned of KASLR in spite of nokaslr")
        hits = [json.loads(line) for line in written.splitlines()]
        end = hits.pop()
        if end["hits"] != len(hits) or end["dropped"]:
            problems.append("the end: %s" % end)
        first = [(h["what"], h["symbol"], "old" in h) for h in hits[:2]]
        # It was not mapped before, so nothing is known of the old value.
        if first != [("total_forks", "clear_bss", False),
                     ("start_kernel", "start_kernel", False)]:
            problems.append("the first hits: %s" % first)
        forks = [h for h in hits[1:] if h["what"] == "total_forks"]
        steps = [(int(h["old"], 16), int(h["new"], 16)) for h in forks]
        if steps != [(i, i + 1) for i in range(len(steps))]:
            problems.append("the values: %s" % steps)
        late = len(forks) - int(counted[1])
        if not 0 <= late <= LATE_FORKS:
            problems.append("%d forks seen, %s counted"
                            % (len(forks), counted[1]))
        if {h["symbol"] for h in forks} != {"copy_process"}:
            problems.append("forks by %s" % {h["symbol"] for h in forks})
        if not any(h["what"] == "do_exit" and h["offset"] == 0
                   for h in hits):
            problems.append("no process ended")
        return problems + self._callers(hits)

    @staticmethod
    def _callers(hits):
        """The kernel has no frame pointers: few callers, but no nonsense."""
        frames = [f for h in hits for f in h.get("stack", [])]
        if not frames:
            return ["no caller at all"]
        return ["%s is no caller" % f for f in frames
                if not f.get("symbol") or f["offset"] == 0][:1]

    def _ticks(self, bench, log):
        status, said, written = self._watch(bench, log, [
            "--write", "jiffies_64:8", "--when", "old != 0 && $cpl == 0",
            "--stop-after", "25"])
        line = (r"^ +\d+\.\d{6} vcpu0 write jiffies_64:8%s at 0x\w+ "
                r"(\w+)\+0x\w+%s\r?$")
        hits = re.findall(line % (r" 0x(\w+) -> 0x(\w+)", ""), written, re.M)
        # The first one's old value is not known; then --when lets none pass.
        first = re.findall(line % ("", r" \(--when could not be evaluated\)"),
                           written, re.M)
        if status != 0 or (len(first), len(hits)) != (1, 24) or \
                "25 hits" not in said:
            return ["status %s, %d ticks, %r" % (status, len(hits), said)]
        problems = []
        values = [(int(old, 16), int(new, 16)) for old, new, _ in hits]
        if any(new <= old for old, new in values) or \
                any(a[1] != b[0] for a, b in zip(values, values[1:])):
            problems.append("ticks: %s" % values)
        if not {h[2] for h in hits} <= {"do_timer",
                                        "tick_do_update_jiffies64"}:
            problems.append("ticks by %s" % {h[2] for h in hits})
        return problems

    def _kaslr(self, bench, log):
        status, said, _ = self._watch(
            bench, log, ["--write", "jiffies_64:8", "--stop-after", "1"],
            "kaslr", 2)
        # The warning comes before the guest runs; how far that gets in the
        # time does not matter.
        if status not in (0, 124) or WARNING not in said:
            return ["without nokaslr: status %s, %r" % (status, said)]
        return []


def find():
    return [WatchTest()]
