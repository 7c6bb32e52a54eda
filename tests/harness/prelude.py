# SPDX-License-Identifier: MIT
"""Sourced by GDB before each script: settings, a few commands, and one line
per stop that GDB shows to its user, so that stops can be counted.

STOP N breakpoint A,B | STOP N signal NAME | STOP N other; EXIT N CODE."""
import os
import re
import signal
import subprocess
import time

import gdb

PORT = os.environ["KVMGDB_TEST_PORT"]
SYMBOLS = os.environ["KVMGDB_TEST_SYMBOLS"]
TIMEOUT = os.environ["KVMGDB_TEST_REMOTETIMEOUT"]
SLOWER = int(os.environ["KVMGDB_TEST_SLOWNESS"]) ** 0.5

stops = 0
last_stop = None
back = "connect"  # what brings GDB back to the guest
connecting = False  # the state that a client finds is no stop of its making


def connect(how):
    global back, connecting
    back = "connect" if how == "remote" else "attach 1"
    connecting = True
    try:
        gdb.execute("target %s 127.0.0.1:%s" % (how, PORT))
    finally:
        connecting = False
    print("CONNECTED", flush=True)


def count_stop(event):
    global stops, last_stop
    if connecting:
        return
    stops += 1
    if isinstance(event, gdb.BreakpointEvent):
        numbers = ",".join(str(b.number) for b in event.breakpoints)
        what = "breakpoint " + numbers
    elif isinstance(event, gdb.SignalEvent):
        what = "signal " + event.stop_signal
    else:
        what = "other"
    last_stop = what
    print("STOP %d %s" % (stops, what), flush=True)


def count_exit(event):
    global last_stop
    last_stop = None
    code = getattr(event, "exit_code", None)
    print("EXIT %s" % ("none" if code is None else code), flush=True)


class Connect(gdb.Command):
    """connect: the server of this test."""

    def __init__(self):
        super().__init__("connect", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        connect("remote")


class ConnectExtended(gdb.Command):
    """connect-extended: the server of this test, as extended-remote."""

    def __init__(self):
        super().__init__("connect-extended", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        connect("extended-remote")


class Attempt(gdb.Command):
    """attempt COMMAND: an error is printed and does not end the script."""

    def __init__(self):
        super().__init__("attempt", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        try:
            gdb.execute(arg)
        except gdb.error as error:
            print("ERROR %s" % error, flush=True)
        else:
            print("NO ERROR", flush=True)


class LoadSymbols(gdb.Command):
    """load-symbols: the guest's, after connecting."""

    def __init__(self):
        super().__init__("load-symbols", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        gdb.execute("add-symbol-file " + SYMBOLS)


class Sleeper:
    """A signal for this GDB, so long after it has last let the guest go."""

    def __init__(self):
        self.command = self.process = None
        gdb.events.cont.connect(lambda _: self.start())
        gdb.events.stop.connect(lambda _: self.forget())
        gdb.events.exited.connect(lambda _: self.forget())

    def arm(self, seconds, name):
        # GDB tells of this before it says so to the server, over a line that
        # may be slow.
        self.command = "exec sleep %s" % (float(seconds) * SLOWER), name

    def start(self):
        self.cancel()
        if self.command:
            self.process = subprocess.Popen(
                ["sh", "-c", "(%s) && kill -%s %d" % (*self.command,
                                                      os.getpid())],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True)

    def cancel(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        self.process = None

    def forget(self):
        self.cancel()
        self.command = None


class InterruptAfter(gdb.Command):
    """interrupt-after SECONDS: Ctrl-C from outside, once, when the guest has
    run so long."""

    def __init__(self):
        super().__init__("interrupt-after", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        sleeper.arm(arg, "INT")


class Holds(gdb.Command):
    """holds EXPRESSION: an error if it does not."""

    def __init__(self):
        super().__init__("holds", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        if not gdb.parse_and_eval(arg):
            raise gdb.GdbError(arg + " does not hold")


def until(command, again):
    """AGAIN and again, until COMMAND is no error or the guest has stopped for
    a reason of its own.  Of all its stops just the last is counted.
    The limit is that of the whole script."""
    global stops
    before = stops
    while True:
        stops = before
        text = again()
        over = last_stop != "signal SIGINT"
        try:
            said = gdb.execute(command, to_string=True)
            over = True
        except gdb.error:
            said = ""
        if over:
            gdb.write(text + said)
            return
        gdb.write(re.sub(r"^STOP .*\n", "", text, flags=re.M))


class ContinueUntil(gdb.Command):
    """continue-until COMMAND: continue, and Ctrl-C from outside when the guest
    has run for a moment, each a longer one, as often as COMMAND is an error;
    its output is shown."""

    MOMENT, LONGER, LONGEST = 0.2, 1.5, 3

    def __init__(self):
        super().__init__("continue-until", gdb.COMMAND_USER)
        self.moment = self.MOMENT

    def again(self):
        global last_stop
        last_stop = "signal SIGINT"
        sleeper.arm(self.moment, "INT")
        self.moment = min(self.moment * self.LONGER, self.LONGEST)
        try:
            return gdb.execute("continue", to_string=True)
        except KeyboardInterrupt:
            return ""  # it came before the guest was let go
        finally:
            sleeper.forget()

    def invoke(self, arg, from_tty):
        self.moment = self.MOMENT
        until(arg, self.again)


class AwayUntil(gdb.Command):
    """away-until COMMAND: unless COMMAND is no error: detach, come back a
    moment later, as often as it takes."""

    def __init__(self):
        super().__init__("away-until", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        global stops
        before = stops
        while True:
            try:
                gdb.execute(arg)
                return
            except gdb.error:
                gdb.execute("detach", to_string=True)
                time.sleep(0.3)
                gdb.execute(back, to_string=True)
                stops = before


class Die(gdb.Command):
    """die: as if somebody had killed GDB."""

    def __init__(self):
        super().__init__("die", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        print("DIED", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


class DieAfter(gdb.Command):
    """die-after SECONDS: somebody kills GDB when the guest has run so long."""

    def __init__(self):
        super().__init__("die-after", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        sleeper.arm(arg, "KILL")


class At(gdb.Command):
    """at EXPRESSION: is the PC there?"""

    def __init__(self):
        super().__init__("at", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        pc = int(gdb.parse_and_eval("(unsigned long)$pc"))
        want = int(gdb.parse_and_eval("(unsigned long)(%s)" % arg))
        print("AT %s" % arg if pc == want else
              "NOT AT %s: pc %#x, wanted %#x" % (arg, pc, want), flush=True)


class StepsTo(gdb.Command):
    """steps-to EXPRESSION: stepi until the PC is there; says how often."""

    LIMIT = 64

    def __init__(self):
        super().__init__("steps-to", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        want = int(gdb.parse_and_eval("(unsigned long)(%s)" % arg))
        for steps in range(1, self.LIMIT + 1):
            gdb.execute("stepi", to_string=True)
            if int(gdb.parse_and_eval("(unsigned long)$pc")) == want:
                print("STEPS %d to %s" % (steps, arg), flush=True)
                return
        print("NEVER at %s" % arg, flush=True)


class Exits(gdb.Command):
    """exits NAME [COUNTER]: $NAME is what `monitor exits` counts, of all vCPUs:
    how often KVM_RUN has come back, if nothing is named."""

    def __init__(self):
        super().__init__("exits", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        text = gdb.execute("monitor exits", to_string=True)
        name, _, counter = arg.partition(" ")
        counts = re.findall(r" %s (\d+)" % (counter or "KVM_RUN"), text)
        if not counts:
            raise gdb.GdbError("monitor exits does not count that")
        gdb.execute("set $%s = %d" % (name, sum(map(int, counts))))


class FindLine(gdb.Command):
    """find-line NAME TEXT: $NAME is the line of guest_main's file with it."""

    def __init__(self):
        super().__init__("find-line", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        name, _, text = arg.partition(" ")
        path = gdb.lookup_global_symbol("guest_main").symtab.fullname()
        with open(path, encoding="utf-8") as source:
            for number, line in enumerate(source, 1):
                if text in line:
                    gdb.execute("set $%s = %d" % (name, number))
                    return
        raise gdb.GdbError("no line with " + text)


for command in (Connect, ConnectExtended, Attempt, LoadSymbols,
                InterruptAfter, Holds, ContinueUntil, AwayUntil, Die, DieAfter, At, StepsTo, Exits, FindLine):
    command()
sleeper = Sleeper()
gdb.events.stop.connect(count_stop)
gdb.events.exited.connect(count_exit)
for setting in ("width 0", "height 0", "confirm off", "pagination off",
                "style enabled off", "print frame-arguments all",
                "debuginfod enabled off", "tcp auto-retry off",
                "remotetimeout " + TIMEOUT, "startup-with-shell off"):
    gdb.execute("set " + setting)
