# SPDX-License-Identifier: MIT
"""Sourced by GDB before each script: settings, a few commands, and one line
per stop that GDB shows to its user, so that stops can be counted.

STOP N breakpoint A,B | STOP N signal NAME | STOP N other; EXIT N CODE."""
import os
import re
import signal
import subprocess

import gdb

PORT = os.environ["KVMGDB_TEST_PORT"]
SYMBOLS = os.environ["KVMGDB_TEST_SYMBOLS"]
TIMEOUT = os.environ["KVMGDB_TEST_REMOTETIMEOUT"]

stops = 0
connecting = False  # the state that a client finds is no stop of its making


def connect(how):
    global connecting
    connecting = True
    try:
        gdb.execute("target %s 127.0.0.1:%s" % (how, PORT))
    finally:
        connecting = False
    print("CONNECTED", flush=True)


def count_stop(event):
    global stops
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
    print("STOP %d %s" % (stops, what), flush=True)


def count_exit(event):
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


class InterruptAfter(gdb.Command):
    """interrupt-after SECONDS: Ctrl-C from outside, once."""

    def __init__(self):
        super().__init__("interrupt-after", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        command = "sleep %s; kill -INT %d" % (float(arg), os.getpid())
        subprocess.Popen(["sh", "-c", command], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, start_new_session=True)


class Die(gdb.Command):
    """die: as if somebody had killed GDB."""

    def __init__(self):
        super().__init__("die", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        print("DIED", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


class DieAfter(gdb.Command):
    """die-after SECONDS: somebody kills GDB while the guest runs."""

    def __init__(self):
        super().__init__("die-after", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        command = "sleep %s; kill -KILL %d" % (float(arg), os.getpid())
        subprocess.Popen(["sh", "-c", command], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, start_new_session=True)


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
    """exits NAME: $NAME is how often KVM_RUN has come back, of all vCPUs."""

    def __init__(self):
        super().__init__("exits", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        text = gdb.execute("monitor exits", to_string=True)
        counts = re.findall(r" KVM_RUN (\d+)", text)
        if not counts:
            raise gdb.GdbError("monitor exits does not count KVM_RUN")
        gdb.execute("set $%s = %d" % (arg, sum(map(int, counts))))


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
                InterruptAfter, Die, DieAfter, At, StepsTo, Exits, FindLine):
    command()
gdb.events.stop.connect(count_stop)
gdb.events.exited.connect(count_exit)
for setting in ("width 0", "height 0", "confirm off", "pagination off",
                "style enabled off", "print frame-arguments all",
                "debuginfod enabled off", "tcp auto-retry off",
                "remotetimeout " + TIMEOUT, "startup-with-shell off"):
    gdb.execute("set " + setting)
