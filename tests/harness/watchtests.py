# SPDX-License-Identifier: MIT
"""`kvmgdb watch`: what is logged is what the guest says that it did."""
import fcntl
import json
import os
import re
import shutil
import stat
import struct
import subprocess
import tempfile
import termios
import threading
import time

from . import bench as bench_module
from . import perfetto, traceformat

FIFO_FULL = 60000  # of 64 KiB, less than one hit
WRITE = ["data_write4|page_write"]
LIMIT = 60


class Outcome:
    def __init__(self, status, said, written):
        self.status, self.said, self.written = status, said, written
        self.report = dict(re.findall(r"^(\w+)=(\d+)\r?$", said, re.M))

    def lines(self):
        return [json.loads(line) for line in self.written.splitlines()]


def watch(bench, log, guest, arguments, name, options=()):
    """Inside of the target; console and messages are in `said`."""
    out = "%s/%s.out" % (bench.scratch, name)
    argv = [bench.binary, "watch", "--exit-port", "--timeout",
            str(bench.limit(LIMIT)), "--out", out]
    argv += list(options) + arguments + ["/guests/" + guest]
    status, said = bench.target.run(argv, bench.limit(LIMIT))
    _, written = bench.target.run(["cat", out], bench.limit(LIMIT))
    log.write("--- %s: %s\n%s\n--- out\n%s\n" % (argv, status, said,
                                                 written[:20000]))
    return Outcome(status, said, written)


def steps(hits, what):
    """Is each value the last one and 1 more, from 0 on?"""
    values = [(int(h["old"], 16), int(h["new"], 16))
              for h in hits if h["what"] == what]
    return [v for i, v in enumerate(values) if v != (i, i + 1)], len(values)


def judge_count(outcome, stores, calls):
    """Problems of a log of count.elf: WHAT was watched for the guest's
    `stores` and `calls`."""
    problems = []
    hits = outcome.lines()
    end = hits.pop()
    if outcome.status != 33:
        problems.append("status %s" % outcome.status)
    if end != {"end": True, "hits": len(hits), "dropped": 0, "passed": 0,
               "ns": end.get("ns")}:
        problems.append("the end: %s" % end)
    for what, key in ((stores, "stores"), (calls, "calls")):
        wrong, count = steps(hits, what)
        if wrong:
            problems.append("%s: values %s" % (what, wrong[:3]))
        if count != int(outcome.report.get(key, -1)) or count == 0:
            problems.append("%s: %d hits, the guest says %s"
                            % (what, count, outcome.report.get(key)))
    if [h["ns"] for h in hits] != sorted(h["ns"] for h in hits):
        problems.append("the times are not in order")
    return problems


class Log:
    name = "watch-log"
    needs = WRITE

    def run(self, bench, log):
        both = watch(bench, log, "count.elf",
                     ["--write", "cell", "--write", "calls", "--format",
                      "jsonl"], self.name)
        problems = judge_count(both, "cell", "calls")
        where = {(h["what"], h.get("symbol"), h.get("file"))
                 for h in both.lines() if "what" in h}
        if where != {("cell", "guest_main", "count.c"),
                     ("calls", "lap", "count.c")}:
            problems.append("where: %s" % where)
        source = os.path.join(bench_module.TESTS, "guests", "count.c")
        with open(source, encoding="utf-8") as f:
            lines = f.read().splitlines()
        for hit in both.lines()[:2]:
            if hit["what"] + " =" not in lines[hit["line"] - 1]:
                problems.append("line: %s" % hit)
        # The control: nobody writes to `laps`.
        other = watch(bench, log, "count.elf",
                      ["--write", "laps", "--write", "calls", "--format",
                       "jsonl"], self.name)
        if not judge_count(other, "laps", "calls"):
            problems.append("a place that is not written passes, too")
        return problems


class Exec:
    name = "watch-exec"
    needs = ["exec"]

    def run(self, bench, log):
        outcome = watch(bench, log, "count.elf",
                        ["--exec", "lap", "--format", "jsonl"], self.name)
        hits = outcome.lines()
        end = hits.pop()
        problems = []
        if {(h["symbol"], h["offset"], h["kind"]) for h in hits} != {
                ("lap", 0, "exec")}:
            problems.append("where: %s" % hits[:1])
        if str(len(hits)) != outcome.report.get("calls") or not hits:
            problems.append("%d hits, the guest says %s"
                            % (len(hits), outcome.report.get("calls")))
        if end["hits"] != len(hits):
            problems.append("the end: %s" % end)
        return problems


class Kinds:
    """Writes of the same value, reads, and parts of an object."""
    name = "watch-kinds"
    needs = WRITE + ["data_access4|page_access"]

    def run(self, bench, log):
        outcome = watch(bench, log, "watch.elf", [
            "--write", "same", "--access", "v4:4", "--format", "jsonl"],
            self.name)
        seen = [(h["kind"], h["what"], h["symbol"], int(h["old"], 16),
                 int(h["new"], 16)) for h in outcome.lines()[:-1]]
        value = 0x44444444
        if seen != [("access", "v4:4", "write_4", 0, 0),
                    ("access", "v4:4", "write_4", 0, value),
                    ("access", "v4:4", "read_4", value, value),
                    ("write", "same", "write_same", 7, 7),
                    ("access", "v4:4", "guest_main", value, value)]:
            return ["hits: %s" % seen]
        return []


class Big:
    name = "watch-large"
    needs = ["page_write"]

    def run(self, bench, log):
        outcome = watch(bench, log, "watch.elf", [
            "--write", "big", "--format", "jsonl"], self.name)
        hits = outcome.lines()[:-1]
        # big[3] = 1; big[77] = 2;
        bytes_at = []
        for h in hits:
            old, new = (bytes.fromhex(h[k]) if not h[k].startswith("0x") else
                        int(h[k], 16).to_bytes(8, "little")
                        for k in ("old", "new"))
            bytes_at += [(int(h["start"], 16) + i, b)
                         for i, (a, b) in enumerate(zip(old, new)) if a != b]
        if [b for _, b in bytes_at] != [1, 2] or \
                bytes_at[1][0] - bytes_at[0][0] != 74:
            return ["bytes: %s, hits %s" % (bytes_at, hits)]
        return []


class When:
    name = "watch-when"
    needs = WRITE

    def run(self, bench, log):
        outcome = watch(bench, log, "count.elf", [
            "--write", "cell", "--format", "jsonl", "--when",
            "new % 10 == 0 && u32[cell] == new && old + 1 == new "
            "&& $cpl == 0"], self.name)
        hits = outcome.lines()
        end = hits.pop()
        problems = []
        if [int(h["new"], 16) for h in hits] != list(range(10, 251, 10)):
            problems.append("hits: %s" % hits[:3])
        if (end["hits"], end["passed"]) != (25, 225):
            problems.append("the end: %s" % end)
        if "25 hits, 225 more not by --when" not in outcome.said:
            problems.append("the counts are not told")
        # What cannot be evaluated is a hit, and says so.
        outcome = watch(bench, log, "count.elf", [
            "--write", "cell", "--format", "jsonl", "--when",
            "1 / (new - 5)"], self.name)
        marked = [h["new"] for h in outcome.lines() if h.get("unjudged")]
        if marked != ["0x5"]:
            problems.append("unjudged: %s" % marked)
        return problems


class StopAfter:
    name = "watch-stop-after"
    needs = WRITE

    def run(self, bench, log):
        outcome = watch(bench, log, "demo.elf",
                        ["--write", "counter", "--stop-after", "3",
                         "--stack", "2"], self.name)
        problems = []
        if outcome.status != 0:
            problems.append("status %s" % outcome.status)
        if "counter is 3" not in outcome.said or \
                "counter is 6" in outcome.said:
            problems.append("the guest did not end at the third hit")
        want = (r"\A( +\d+\.\d{6} vcpu0 write counter 0x\w+ -> 0x\w+ at "
                r"0x\w+ bump\+0x\w+ demo\.c:\d+\n"
                r"    #1 0x\w+ guest_main\+0x\w+ demo\.c:\d+\n"
                r"    #2 0x\w+ guest_start\+0x\w+ guest\.c:\d+\n){3}\Z")
        if not re.match(want, outcome.written.replace("\r", "")):
            problems.append("the text is another")
        return problems


class Stdout:
    """`--out -`, and symbols of a table of theirs."""
    name = "watch-stdout"
    needs = ["local"] + WRITE

    def run(self, bench, log):
        guest = bench.guests["demo.elf"]
        table = os.path.join(bench.workdir, "demo.sym")
        names = subprocess.run(["nm", guest], check=True,
                               stdout=subprocess.PIPE).stdout
        subprocess.run([bench.local(bench.binary), "symbols", "-", table],
                       input=names, check=True, stdout=subprocess.DEVNULL)
        status, said = bench.target.run(
            [bench.local(bench.binary), "watch", "--exit-port", "--timeout",
             "20", "--write", "counter:4", "--stop-after", "1", "--stack",
             "9", "--out", "-", "--symbols", table, guest], LIMIT)
        log.write("--- %s\n%s\n" % (status, said))
        if status != 0 or not re.fullmatch(
                r" +\d+\.\d+ vcpu0 write counter:4 0x0 -> 0x1 at "
                r"0x\w+ bump\+0x\w+\n    #1 0x\w+ guest_main\+0x\w+\n"
                r"    #2 0x\w+ guest_start\+0x\w+\n    #3 0x\w+ _start\+0x\w+"
                r"\nkvmgdb: 1 hit\n", said):
            return ["status %s, %r" % (status, said)]
        return ["there is a file -"] if os.path.exists("-") else []


class Trace:
    """One track for each vCPU, in the format that Perfetto reads."""
    name = "watch-trace"
    needs = WRITE

    def run(self, bench, log):
        outcome = watch(bench, log, "smp.elf", [
            "--write", "ap_word", "--write", "both_calls", "--stop-after",
            "5", "--format", "trace"], self.name, ["--cpus", "2"])
        problems = []
        trace = json.loads(outcome.written)
        events = trace["traceEvents"]
        names = {e["tid"]: e["args"]["name"] for e in events
                 if e["ph"] == "M" and e["name"] == "thread_name"}
        if names != {1: "vcpu0", 2: "vcpu1"}:
            problems.append("tracks: %s" % names)
        hits = sorted((e["name"], e["tid"], e["args"]["symbol"])
                      for e in events if e["ph"] == "i" and e["s"] == "t")
        if hits != ([("ap_word", 2, "ap_work")] * 3
                    + [("both_calls", 1, "both"), ("both_calls", 2, "both")]):
            problems.append("hits: %s" % hits)
        values = [e["args"]["value"] for e in events
                  if e["ph"] == "C" and e["name"] == "ap_word"]
        if values != [1, 2, 3]:
            problems.append("values: %s" % values)
        if any(not isinstance(e["ts"], (int, float)) or e["ts"] <= 0
               for e in events if e["ph"] in "iC" and e["name"] != "start"):
            problems.append("times")
        sums = {"hits": 5, "dropped": 0, "passed": 0}
        marks = [(e["name"], e["args"]) for e in events
                 if e["ph"] == "i" and e["s"] == "p"]
        if trace["otherData"] != sums or \
                marks != [("start", {}), ("end", sums)]:
            problems.append("sums: %s, %s" % (trace["otherData"], marks))
        problems += traceformat.problems(outcome.written)
        blind = traceformat.blind_to(outcome.written)
        if blind:
            problems.append("the format's check is blind to %s" % blind)
        return problems + self._names_and_units(bench, log)

    def _names_and_units(self, bench, log):
        """A name that JSON must escape, and the unit of time: what took MS
        by the command's own clock is as long in the trace."""
        name = 'we"ird \\\x01<&>'
        path = "%s/%s.elf" % (bench.scratch, name)
        bench.target.run(["cp", "/guests/count.elf", path], bench.limit(10))
        out = "%s/%s.out" % (bench.scratch, self.name)
        spans = {}
        for how in ("trace", "jsonl"):
            status, said = bench.target.run(
                [bench.binary, "watch", "--exit-port", "--timeout",
                 str(bench.limit(LIMIT)), "--write", "cell", "--out", out,
                 "--format", how, path], bench.limit(LIMIT))
            _, spans[how] = bench.target.run(["cat", out], bench.limit(LIMIT))
            log.write("--- %s: %s\n%s\n" % (how, status, said))
        problems = traceformat.problems(spans["trace"])
        events = json.loads(spans["trace"])["traceEvents"]
        if events[0]["args"]["name"] != path:
            problems.append("the guest's name: %r" % events[0]["args"])
        hits = [json.loads(line) for line in spans["jsonl"].splitlines()]
        us = (hits[-2]["ns"] - hits[0]["ns"]) / 1000
        # Two runs of the same: another unit would be a thousand times off.
        if not us / 30 < traceformat.span_us(spans["trace"]) < us * 30:
            problems.append("%s us, or %s" % (
                us, traceformat.span_us(spans["trace"])))
        return problems


class Perfetto:
    """The trace in Perfetto's importer, asked by SQL."""
    name = "watch-perfetto"
    needs = ["exec"] + WRITE
    THREADS = ("select t.tid, t.name, p.name from thread t "
               "join process p using (upid) where p.pid > 0 order by t.tid")
    HITS = ("select s.ts, t.name, category, s.name, "
            + ", ".join("extract_arg(s.arg_set_id, 'args.%s')" % key for key in
                        ("rip", "symbol", "line", "new", "stack[0].symbol"))
            + " from slice s join thread_track k on k.id = track_id "
            "join thread t using (utid) order by s.ts, s.id")
    VALUES = ("select t.name, c.ts, printf('%.0f', c.value) from counter c "
              "join process_counter_track t on t.id = track_id "
              "order by c.ts, c.id")
    MARKS = ("select s.name, s.ts, extract_arg(s.arg_set_id, 'args.hits') "
             "from slice s join process_track t on t.id = track_id "
             "order by s.ts")
    WRONG = "select name, value from stats where value > 0 and " \
            "severity in ('error', 'data_loss')"

    def skips(self, bench):
        return perfetto.missing()

    def run(self, bench, log):
        two = self._trace(bench, log, "smp.elf", [
            "--write", "ap_word", "--write", "both_calls", "--stack", "2",
            "--stop-after", "5"], ["--cpus", "2"])
        many = self._trace(bench, log, "count.elf", [
            "--write", "cell", "--exec", "lap"])
        problems = ["two vCPUs: " + p for p in self._judge(two)]
        problems += ["500 hits: " + p for p in self._judge(many)]
        hits = sorted((h[3], h[1], h[5], h[8])
                      for h in perfetto.ask(two, [self.HITS])[0])
        if hits != [("ap_word", "vcpu1", "ap_work", "ap_main")] * 3 + [
                ("both_calls", "vcpu0", "both", "guest_main"),
                ("both_calls", "vcpu1", "both", "ap_main")]:
            problems.append("hits of two vCPUs: %s" % hits)
        problems += self._wide(bench, log)
        return problems + self._control(two)

    def _trace(self, bench, log, guest, arguments, options=(), how="trace"):
        return watch(bench, log, guest, arguments + ["--format", how],
                     self.name, options).written

    def _judge(self, text, shown=None):
        """Is all in Perfetto that is in the text, and no more?"""
        problems = []
        threads, hits, values, marks, wrong = perfetto.ask(shown or text, [
            self.THREADS, self.HITS, self.VALUES, self.MARKS, self.WRONG])
        events = json.loads(text)["traceEvents"]
        guest = events[0]["args"]["name"]
        wanted = [[str(i + 1), "vcpu%d" % i, guest] for i in range(
            sum(e["name"] == "thread_name" for e in events))]
        if threads != wanted:
            problems.append("threads: %s" % threads)
        names = {e["tid"]: e["args"]["name"] for e in events
                 if e["name"] == "thread_name"}
        noted = [e for e in events if e["ph"] == "i" and e["s"] == "t"]
        wanted = [[self._ns(e), names[e["tid"]], e["cat"], e["name"]]
                  + [str(e["args"].get(key, "[NULL]"))
                     for key in ("rip", "symbol", "line", "new")]
                  for e in noted]
        if not hits or sorted(h[:8] for h in hits) != sorted(wanted):
            problems.append("%d hits, %d in Perfetto, as\n%s\n%s" % (
                len(wanted), len(hits), wanted[:1], hits[:1]))
        wanted = [[e["name"] + " value", self._ns(e),
                   "%.0f" % e["args"]["value"]]
                  for e in events if e["ph"] == "C"]
        if not values or sorted(values) != sorted(wanted):
            problems.append("%d values, %d in Perfetto, as\n%s\n%s" % (
                len(wanted), len(values), wanted[-1:], values[-1:]))
        wanted = [["start", "0", "[NULL]"],
                  ["end", self._ns(events[-1]), str(len(hits))]]
        if marks != wanted:
            problems.append("start and end: %s" % marks)
        if wrong:
            problems.append("Perfetto's complaints: %s" % wrong)
        return problems

    @staticmethod
    def _ns(event):
        return str(round(event["ts"] * 1000))

    def _wide(self, bench, log):
        """Behind 7 bytes of 0 the low byte is the highest of 8."""
        first = self._trace(bench, log, "count.elf", [
            "--write", "cell", "--stop-after", "1"], how="jsonl")
        cell = int(json.loads(first.splitlines()[0])["start"], 16)
        text = self._trace(bench, log, "count.elf", [
            "--write", "0x%x:8" % (cell - 7)])
        values = ["%.9e" % float(row[2]) for row in
                  perfetto.ask(text, [self.VALUES])[0]]
        if values != ["%.9e" % (i << 56) for i in range(1, 251)]:
            return ["values up to 2^64: %s" % values[-3:]]
        return []

    def _control(self, text):
        """Of another trace the judge tells, and of a broken one Perfetto."""
        problems = []
        shown = [text.replace(old, new) for old, new in (
            ('"ph":"i"', '"ph":"j"'), ('"ts":', '"ts":1'),
            ('"new":"0x2"', '"new":"0x7"'), ('"value":2', '"value":3'))]
        # From 0 on two threads become one.
        shown.append(re.sub(r'"tid":(\d+)', lambda m: '"tid":%d' % (
            int(m.group(1)) - 1), text))
        for i, other in enumerate(shown):
            if other == text or not self._judge(text, other):
                problems.append("blind to change %d" % i)
        cut = text[:text.index(',\n{"ph":"C"')]
        try:
            perfetto.ask(cut, [self.HITS])
            problems.append("a trace without an end is none")
        except perfetto.Refused as why:
            if "incomplete" not in str(why):
                problems.append("a trace without an end: %s" % why)
        if len(perfetto.ask(cut + "]}", [self.HITS])[0]) != 1:
            problems.append("the end, put behind it")
        return problems


class Overflow:
    """Both ways, with a reader that takes its time."""
    name = "watch-overflow"
    needs = ["local"] + WRITE

    @staticmethod
    def read_late(path, ready, got):
        """Reads when READY says so, or after a limit."""
        with open(path, "rb") as f:
            end = time.monotonic() + LIMIT / 2
            while not ready(f) and time.monotonic() < end:
                time.sleep(0.05)
            got.append(f.read().decode())

    @staticmethod
    def blocked(job):
        """For a reader of JOB's: is the FIFO full, and nobody runs?"""
        calm = [0]

        def ready(f):
            held = struct.unpack("i", fcntl.ioctl(f, termios.FIONREAD,
                                                  b"\0\0\0\0"))[0]
            idle = held > FIFO_FULL and job[0] and job[0].asleep()
            calm[0] = calm[0] + 1 if idle else 0
            return calm[0] > 5
        return ready

    @staticmethod
    def ended(job):
        """For a reader of JOB's: has the guest come to its end?"""
        return lambda f: job[0] and "stores=" in job[0].output()

    def run(self, bench, log):
        problems = []
        for how in ("block", "drop"):
            folder = tempfile.mkdtemp(prefix="kvmgdb-watch-")
            path = os.path.join(folder, "fifo")
            os.mkfifo(path)
            got, job = [], [None]
            ready = self.blocked if how == "block" else self.ended
            reader = threading.Thread(target=self.read_late,
                                      args=(path, ready(job), got), daemon=True)
            reader.start()
            job[0] = bench.target.spawn(
                [bench.local(bench.binary), "watch", "--exit-port", "--out",
                 path, "--format", "jsonl", "--write", "cell", "--write",
                 "calls", "--stack", "64", "--buffer", "5", "--on-overflow",
                 how, bench.guests["count.elf"]])
            status = job[0].wait(LIMIT)
            job[0].kill()
            said = job[0].output()
            reader.join(LIMIT)
            shutil.rmtree(folder)
            log.write("--- %s: %s\n%s\n" % (how, status, said))
            hits = [json.loads(line) for line in "".join(got).splitlines()]
            if not hits:
                return ["%s: nothing came" % how]
            end = hits.pop()
            lost = end["dropped"]
            log.write("%d hits, end %s\n" % (len(hits), end))
            if end["hits"] != 500 or len(hits) != 500 - lost:
                problems.append("%s: %d hits, end %s" % (how, len(hits), end))
            if how == "block":
                if lost or "the guest waited" not in said:
                    problems.append("block: %s" % said)
            elif not lost or "%d of them dropped" % lost not in said:
                problems.append("drop: %s" % said)
        return problems


class Interrupt:
    """A reader that never reads, and a guest that has ended."""
    name = "watch-interrupt"
    needs = ["local"] + WRITE
    cases = ("text", "jsonl", "trace", "html")

    def run(self, bench, log):
        problems = []
        for form in self.cases:
            reader, writer = os.pipe()
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
            job = subprocess.Popen(
                [bench.local(bench.binary), "watch", "--exit-port",
                 "--write", "cell", "--format", form, "--out",
                 "/dev/fd/%d" % writer, bench.guests["count.elf"]],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, pass_fds=[writer])
            os.close(writer)
            said = ""
            hung = threading.Timer(LIMIT, job.kill)
            hung.start()
            for line in job.stdout:
                said += line
                if "stores=" in line:
                    break
            hung.cancel()
            try:
                job.wait(1)
                problems.append("%s: it did not wait" % form)
            except subprocess.TimeoutExpired:
                job.terminate()
            try:
                job.wait(LIMIT)
            except subprocess.TimeoutExpired:
                problems.append("%s: SIGTERM did not end it" % form)
                job.kill()
            said += job.stdout.read()
            if len(os.read(reader, 8192)) != 4096:
                problems.append("%s: the reader was not the slow one" % form)
            os.close(reader)
            log.write("--- %s: %s\n%s\n" % (form, job.returncode, said))
            if job.returncode != 4 or "error: /dev/fd" not in said:
                problems.append("%s: status %s" % (form, job.returncode))
        return problems


class Html:
    name = "watch-html"
    needs = ["local", "exec"] + WRITE

    def skips(self, bench):
        return None if shutil.which("chromium") else "no chromium"

    def run(self, bench, log):
        problems = []
        outcome = watch(bench, log, "count.elf", [
            "--write", "cell", "--exec", "lap", "--format", "html"],
            self.name)
        folder = tempfile.mkdtemp(prefix="kvmgdb-watch-")
        path = os.path.join(folder, "page.html")
        with open(path, "w", encoding="utf-8") as f:
            f.write(outcome.written)
        if re.search(r"(src|href|url)\s*[=(]", outcome.written):
            problems.append("the page needs something else")
        done = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
             "--user-data-dir=" + folder, "--virtual-time-budget=5000",
             "--dump-dom", "file://" + path],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120)
        shutil.rmtree(folder)
        page = done.stdout.decode()
        log.write("--- the page\n%s\n" % page)
        for what, pattern in (
                ("sums", r">500 hits in \d+\.\d+ s on 1 vCPU<"),
                ("a graph of values", r"write cell \(0x\w+, 4 bytes\): 250 "
                 r"hits</h2><p>value behind each hit"),
                ("a graph of hits", r"exec lap \(0x\w+\): 250 hits</h2>"),
                ("the axis", r"<text[^>]*>250</text>.*<text[^>]*>0</text>"),
                ("the line", r'<path d="M90 [\d.]+(H[\d.]+V[\d.]+){250}H988"'),
                ("the writer", r'<td class="n">250</td>.*<td>cell</td><td '
                 r'class="m">guest_main\+0x\w+</td><td class="m">count\.c:')):
            if not re.search(pattern, page, re.S):
                problems.append("%s: nothing like %s" % (what, pattern))
        if page.count("<circle") != 500:
            problems.append("%d points" % page.count("<circle"))
        return problems


class Setup:
    name = "watch-setup"
    needs = ["local"]
    cases = (
        (4, "error: nobody: there is no such symbol", "--write nobody"),
        (4, 'error: cel: there is no such symbol; did you mean "cell"',
         "--write cel"),
        (4, 'error: cell:x: "x" is not a length', "--write cell:x"),
        (4, "error: a::b: there is no such symbol", "--write a::b"),
        (4, "error: lap:4: --exec is for one instruction", "--exec lap:4"),
        (4, "error: .*not a range of bytes",
         "--write cell+0xffffffffffffffff"),
        (4, "error: --when: it ends too early", "--write cell --when 1+"),
        (4, "error: --when: there is no symbol nobody",
         "--write cell --when nobody"),
        (4, "error: /absent/x: No such file", "--write cell --out /absent/x"),
        (4, "error: .*not a valid ELF file",
         "--write cell --symbols /etc/passwd"),
        (2, "error: nothing to watch", ""),
        (2, "error: --gdb: kvmgdb watch has no debugger",
         "--write cell --gdb none"),
        (4, "error: (cannot watch 0x0:99999999|.*page)",
         "--write 0x0:99999999 --memory 4M"),
        (4, "error: /dev/full: No space left", "--write cell --out /dev/full"),
        (4, "error: /absent/guest: No such file",
         "--write cell /absent/guest"),
    )

    def run(self, bench, log):
        problems = []
        # as root the case of a full disk would otherwise make a file there
        if not stat.S_ISCHR(os.stat("/dev/full").st_mode):
            return ["/dev/full is no device"]
        for status, says, words in self.cases:
            done, said = bench.target.run(
                [bench.local(bench.binary), "watch", "--exit-port",
                 "--timeout", "20"] + words.split()
                + ([] if words.endswith("guest")
                   else [bench.guests["count.elf"]]), LIMIT)
            log.write("--- %s: %s\n%s\n" % (words, done, said))
            if done != status or not re.search(says, said):
                problems.append("%s: status %s, %s" % (words, done, said))
        return problems


def find():
    return [Log(), Exec(), Kinds(), Big(), When(), StopAfter(), Stdout(),
            Trace(), Perfetto(), Overflow(), Interrupt(), Html(), Setup()]
