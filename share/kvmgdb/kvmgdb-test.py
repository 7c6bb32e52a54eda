# SPDX-License-Identifier: MIT
"""GDB commands for tests of guests.  `kvmgdb test` loads this by itself; for a
session by hand: (gdb) source kvmgdb-test.py

kvmgdb-expect-stop watch|break|step [at LOCATION] [within 10s]
kvmgdb-assert EXPRESSION
kvmgdb-hits N [watch|break|step]"""
import os
import re
import threading
import time

import gdb


def setting(name):
    return os.environ.get("KVMGDB_TEST_" + name)


def note(text):
    path = setting("NOTES")
    if path:
        with open(path, "a", encoding="utf-8", errors="replace") as f:
            f.write(text.replace("\n", "; ") + "\n")


def held(text):
    note("ok " + text)


def failed(text):
    note("fail " + text)
    raise gdb.GdbError(text)


# ---- stops ----

class Stops:
    """What the guest did, of one resume."""

    def __init__(self):
        self.last = None

    def __enter__(self):
        gdb.events.stop.connect(self._stop)
        gdb.events.exited.connect(self._exited)
        return self

    def __exit__(self, *_):
        gdb.events.stop.disconnect(self._stop)
        gdb.events.exited.disconnect(self._exited)

    def _stop(self, event):
        self.last = event

    def _exited(self, event):
        self.last = event


WATCHES = tuple(getattr(gdb, name) for name in (
    "BP_WATCHPOINT", "BP_HARDWARE_WATCHPOINT", "BP_READ_WATCHPOINT",
    "BP_ACCESS_WATCHPOINT"))


def kinds_of(event):
    """Which of watch, break and step the stop is; it may be several."""
    if isinstance(event, gdb.BreakpointEvent):
        return {"watch" if bp.type in WATCHES else "break"
                for bp in event.breakpoints}
    if isinstance(event, (gdb.SignalEvent, gdb.ExitedEvent)):
        return set()
    return {"step"} if isinstance(event, gdb.StopEvent) else set()


def says(event):
    if event is None:
        return "nothing happened"
    if isinstance(event, gdb.ExitedEvent):
        code = getattr(event, "exit_code", None)
        return "the guest ended" + (
            "" if code is None else " with status %d" % code)
    if isinstance(event, gdb.SignalEvent):
        name = {"SIGQUIT": "a triple fault", "SIGABRT": "an error of KVM",
                "SIGINT": "an interrupt"}
        return "it was " + name.get(event.stop_signal, event.stop_signal)
    return "it was " + (" and ".join(sorted(kinds_of(event))) or "another")


def place(pc):
    text = gdb.execute("info symbol %d" % pc, to_string=True).strip()
    sal = gdb.find_pc_line(pc)
    if sal.symtab:
        text += " (%s:%d)" % (sal.symtab.filename, sal.line)
    return "0x%x, %s" % (pc, text)


def line_of(where):
    """FILE:LINE or LINE, or None."""
    return re.fullmatch(r"(?:(.*):)?(\d+)", where)


def why_nowhere(where):
    """Why there is no such place, in GDB's words, or None."""
    match = line_of(where)
    if where.startswith("*") or match and match[1] is None:
        return None
    try:
        gdb.decode_line(where)
    except gdb.error as error:
        try:
            gdb.parse_and_eval("&'%s'" % where)
        except gdb.error:
            return str(error)
    return None


def is_at(pc, where):
    if where.startswith("*"):
        return pc == int(gdb.parse_and_eval(where[1:])) & (2 ** 64 - 1)
    sal = gdb.find_pc_line(pc)
    match = line_of(where)
    if match:
        if not sal.symtab or sal.line != int(match[2]):
            return False
        full = "/" + sal.symtab.fullname().lstrip("/")
        return match[1] is None or full.endswith("/" + match[1].lstrip("/"))
    text = gdb.execute("info symbol %d" % pc, to_string=True)
    return re.match(re.escape(where) + r"( \+ \d+)?( in section .*)?\n",
                    text) is not None


def stopped_at(event, where):
    """A watchpoint stops behind the instruction that wrote."""
    pc = int(gdb.selected_frame().pc())
    if "watch" in kinds_of(event):
        if where.startswith("*"):
            return is_at(pc, where)
        return is_at(pc - 1, where)
    return is_at(pc, where)


class ExpectStop(gdb.Command):
    """Let the guest run, and fail unless it stops for this reason.
Usage: kvmgdb-expect-stop watch|break|step [at LOCATION] [within 10s]

`step' steps one source line, or one instruction where there is none.
LOCATION is a function, FILE:LINE, a line of the current file, or *ADDRESS."""

    def __init__(self):
        super().__init__("kvmgdb-expect-stop", gdb.COMMAND_RUNNING)

    def invoke(self, arg, from_tty):
        match = re.fullmatch(
            r"\s*(watch|break|step)(?:\s+at\s+(\S.*?))??"
            r"(?:\s+within\s+(\d+(?:\.\d+)?)\s*s?)?\s*", arg)
        if not match:
            failed("%s: want watch|break|step [at LOCATION] [within 10s]"
                   % ("kvmgdb-expect-stop " + arg).rstrip())
        kind, where, seconds = match.groups()
        wanted = "a %s stop%s%s" % (
            kind, " at " + where if where else "",
            " within %s s" % seconds if seconds else "")
        nowhere = why_nowhere(where) if where else None
        if nowhere:
            failed("expected %s: %s" % (wanted, nowhere))
        event, late = self._go(kind, seconds)
        if late:
            failed("expected %s: none came" % wanted)
        if kind not in kinds_of(event):
            failed("expected %s: %s" % (wanted, says(event)))
        if where and not stopped_at(event, where):
            failed("expected %s: it was at %s" % (
                wanted, place(int(gdb.selected_frame().pc()))))
        held("kvmgdb-expect-stop " + arg)

    def _go(self, kind, seconds):
        command = "continue"
        if kind == "step":
            sal = gdb.find_pc_line(int(gdb.selected_frame().pc()))
            command = "step" if sal.symtab else "stepi"
        over = []
        timer = None
        if seconds:
            def interrupt():
                if not over:
                    over.append("late")
                    gdb.execute("interrupt")
            timer = threading.Timer(float(seconds), gdb.post_event,
                                    [interrupt])
            timer.daemon = True
            timer.start()
        with Stops() as stops:
            try:
                gdb.execute(command)
            except gdb.error as error:
                failed("expected a %s stop: %s" % (kind, error))
            finally:
                if timer:
                    timer.cancel()
        late = "late" in over
        over.append("done")
        return stops.last, late


class Assert(gdb.Command):
    """Fail unless an expression is true.
Usage: kvmgdb-assert EXPRESSION"""

    def __init__(self):
        super().__init__("kvmgdb-assert", gdb.COMMAND_DATA,
                         gdb.COMPLETE_EXPRESSION)

    def invoke(self, arg, from_tty):
        if not arg.strip():
            failed("kvmgdb-assert: no expression")
        try:
            true = bool(gdb.parse_and_eval(arg))
        except gdb.error as error:
            failed("kvmgdb-assert %s: %s" % (arg, error))
        if not true:
            failed("kvmgdb-assert %s: false%s" % (arg, self._values(arg)))
        held("kvmgdb-assert " + arg)

    @staticmethod
    def _values(arg):
        """`counter == 5`: what counter is."""
        match = re.fullmatch(r"\s*(.*?)\s*(?:==|!=|<=|>=|<|>)\s*(.*?)\s*",
                             arg)
        values = []
        for side in match.groups() if match else ():
            if re.fullmatch(r"-?\d+|0[xX][0-9a-fA-F]+", side):
                continue
            try:
                values.append("%s is %s" % (side, gdb.parse_and_eval(side)))
            except gdb.error:
                return ""
        return "; " + ", ".join(values) if values else ""


class Hits(gdb.Command):
    """Fail unless the server has told so many hits, of all its clients.
Usage: kvmgdb-hits N [watch|break|step]

Without a kind: watchpoints and breakpoints.  The count is the server's, and
works when the guest has ended, too."""

    def __init__(self):
        super().__init__("kvmgdb-hits", gdb.COMMAND_DATA)

    def invoke(self, arg, from_tty):
        match = re.fullmatch(r"\s*(\d+)(?:\s+(watch|break|step))?\s*", arg)
        if not match:
            failed("%s: want N [watch|break|step]"
                   % ("kvmgdb-hits " + arg).rstrip())
        counts = self._counts()
        there = (counts[match[2]] if match[2]
                 else counts["watch"] + counts["break"])
        if there != int(match[1]):
            failed("kvmgdb-hits %s: the server counts %d" % (arg, there))
        held("kvmgdb-hits " + arg)

    @staticmethod
    def _counts():
        text = ""
        try:
            text = gdb.execute("monitor hits", to_string=True)
        except gdb.error as error:
            # The server writes it before it tells GDB of the end.
            path = setting("HITS")
            if not path or not os.path.exists(path):
                failed("kvmgdb-hits: %s" % error)
            with open(path, encoding="utf-8") as f:
                text = f.read()
        return {name: int(count) for name, count in
                re.findall(r"^(\w+) (\d+)$", text, re.M)}


ExpectStop()
Assert()
Hits()


# ---- `kvmgdb test` ----

# `monitor hits' first: `kvmgdb test' cuts the packets that it shows there.
LOOKS = ("monitor hits", "info registers", "x/6i $pc", "info threads",
         "thread apply all backtrace 32", "monitor dr")


def look_at_guest():
    with open(setting("STATE"), "a", encoding="utf-8",
              errors="replace") as f:
        for command in LOOKS:
            try:
                text = gdb.execute(command, to_string=True)
            except gdb.error as error:
                text = "%s\n" % error
            f.write("(gdb) %s\n%s\n" % (command, text.rstrip()))


class Deadline:
    """A little before the time is up the guest is stopped and looked at; after
    that, GDB is killed from outside."""

    def __init__(self, monotonic_ms):
        self.late = False
        gdb.events.stop.connect(self._stopped)
        timer = threading.Timer(monotonic_ms / 1000 - time.monotonic(),
                                gdb.post_event, [self._late])
        timer.daemon = True
        timer.start()

    def _late(self):
        self.late = True
        note("late")
        try:
            gdb.execute("interrupt")
        except gdb.error:
            pass  # it has ended

    def _stopped(self, _event):
        if self.late:
            look_at_guest()
            os._exit(1)


class Trouble:
    """Did the guest stop for a triple fault, or an error of KVM, at last?"""

    def __init__(self):
        self.now = False
        gdb.events.stop.connect(self._stopped)
        gdb.events.exited.connect(self._stopped)

    def _stopped(self, event):
        self.now = (isinstance(event, gdb.SignalEvent)
                    and event.stop_signal in ("SIGQUIT", "SIGABRT"))


def run_script():
    quitting = []

    def exiting(_event):
        if not quitting:
            note("end")  # the script's own `quit'

    gdb.execute("set pagination off")
    gdb.execute("set confirm off")
    gdb.execute("set remotetimeout 30")
    try:
        gdb.execute("target remote " + setting("ADDRESS"))
    except gdb.error as error:
        note("fail GDB cannot connect: %s" % error)
        return 1
    note("connected")
    Deadline(int(setting("LATE_AT")))
    trouble = Trouble()
    if hasattr(gdb.events, "gdb_exiting"):
        gdb.events.gdb_exiting.connect(exiting)
    try:
        gdb.execute("source " + setting("SCRIPT"))
        note("end")
        status = 0
    except (gdb.error, KeyboardInterrupt) as error:
        text = str(error) or type(error).__name__
        gdb.write(text + "\n", gdb.STDERR)
        note("fail " + text)
        status = 1
    quitting.append(True)
    if status or trouble.now:
        look_at_guest()
    return status


if setting("SCRIPT"):
    gdb.execute("quit %d" % run_script())
