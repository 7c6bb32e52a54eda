# SPDX-License-Identifier: MIT
"""What a test expects, and the verdict.

NAME.gdb begins with `# key: value` lines: guest, options, needs, symbols
(a file of the guests folder, or `later`).

NAME.expect holds, besides `// comments`:
  text with {{regex}} parts   found in this order in GDB's output, each on a
                              line after the one before (blanks are squeezed)
  @stops N                    exactly N stops were shown to the user; required
  @stop ...                   in order like text, but anchored: a STOP line
  @exit N                     the server's exit status
  @console text               on the guest's console, in order
  @not text                   nowhere in GDB's output
  @count N text               on exactly N lines of GDB's output
  @log text                   somewhere in the server's own log
  @logcount N text            on exactly N lines of the server's own log
One of @exit and @console is required, so that a guest that never ran fails.
"""
import dataclasses
import re


class Bad(Exception):
    """The test's own files are wrong."""


def squeeze(line):
    return " ".join(line.split())


def pattern(text):
    """A line of .expect as a regular expression."""
    parts = re.split(r"\{\{(.*?)\}\}", squeeze(text))
    out = ""
    for i, part in enumerate(parts):
        out += "(?:%s)" % part if i % 2 else re.escape(part)
    return re.compile(out)


@dataclasses.dataclass
class Expect:
    lines: list = dataclasses.field(default_factory=list)
    stops: int = -1
    exit: int | None = None
    console: list = dataclasses.field(default_factory=list)
    absent: list = dataclasses.field(default_factory=list)
    counts: list = dataclasses.field(default_factory=list)
    log: list = dataclasses.field(default_factory=list)
    logcounts: list = dataclasses.field(default_factory=list)


def parse(text, name):
    expect = Expect()
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("//"):
            continue
        if not line.startswith("@"):
            expect.lines.append((line, pattern(line)))
            continue
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word == "@stops":
            expect.stops = int(rest)
        elif word == "@stop":
            whole = pattern(rest).pattern
            expect.lines.append(
                (line, re.compile(r"^STOP \d+ " + whole + "$")))
        elif word == "@exit":
            expect.exit = int(rest)
        elif word == "@console":
            expect.console.append((rest, pattern(rest)))
        elif word == "@not":
            expect.absent.append((rest, pattern(rest)))
        elif word in ("@count", "@logcount"):
            count, _, what = rest.partition(" ")
            where = expect.counts if word == "@count" else expect.logcounts
            where.append((int(count), what, pattern(what)))
        elif word == "@log":
            expect.log.append((rest, pattern(rest)))
        else:
            raise Bad("%s.expect:%d: %s?" % (name, number, word))
    if expect.stops < 0:
        raise Bad("%s.expect: no @stops" % name)
    if expect.exit is None and not expect.console:
        raise Bad("%s.expect: neither @exit nor @console" % name)
    return expect


def in_order(wanted, text, where):
    """What of WANTED is not found in its order: a list of problems."""
    lines = [squeeze(line) for line in text.splitlines()]
    at = 0
    for source, regex in wanted:
        start = at
        while at < len(lines) and not regex.search(lines[at]):
            at += 1
        if at == len(lines):
            return ["%s: not found after line %d: %s" % (where, start, source)]
        at += 1
    return []


@dataclasses.dataclass
class Outcome:
    """What happened in one run."""
    gdb: str = ""
    console: str = ""
    server: str = ""
    status: int | None = None
    timed_out: str = ""

    def write(self, log, debugger="gdb"):
        log.write("--- %s\n%s\n--- console\n%s\n--- status %s\n"
                  "--- server\n%s\n" % (debugger, self.gdb, self.console,
                                        self.status, self.server))


SANITIZER = re.compile(
    r"ERROR: \w*Sanitizer|runtime error:|Assertion .* failed|WARNING: ThreadS")


def judge(expect, outcome):
    """A list of problems; empty means passed."""
    problems = []
    if outcome.timed_out:
        problems.append("timed out: " + outcome.timed_out)
    if "CONNECTED" not in outcome.gdb.split():
        problems.append("GDB never connected")
    stops = re.findall(r"^STOP (\d+) ", outcome.gdb, re.M)
    if len(stops) != expect.stops:
        problems.append("%d stops, expected %d" % (len(stops), expect.stops))
    problems += in_order(expect.lines, outcome.gdb, "gdb")
    problems += in_order(expect.console, outcome.console, "console")
    gdb_lines = [squeeze(line) for line in outcome.gdb.splitlines()]
    for source, regex in expect.absent:
        if any(regex.search(line) for line in gdb_lines):
            problems.append("gdb: must not appear: " + source)
    for count, source, regex in expect.counts:
        seen = sum(1 for line in gdb_lines if regex.search(line))
        if seen != count:
            problems.append("gdb: %d times, expected %d: %s"
                            % (seen, count, source))
    log_lines = [squeeze(line) for line in outcome.server.splitlines()]
    for count, source, regex in expect.logcounts:
        seen = sum(1 for line in log_lines if regex.search(line))
        if seen != count:
            problems.append("server: logged %d times, expected %d: %s"
                            % (seen, count, source))
    for source, regex in expect.log:
        if not regex.search(outcome.server):
            problems.append("server: not logged: " + source)
    if expect.exit is not None and outcome.status != expect.exit:
        problems.append("server's exit status %s, expected %d"
                        % (outcome.status, expect.exit))
    if SANITIZER.search(outcome.server):
        problems.append("server: " + SANITIZER.search(outcome.server)[0])
    if "internal-error" in outcome.gdb:
        problems.append("GDB internal error")
    return problems
