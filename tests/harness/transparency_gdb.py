# SPDX-License-Identifier: MIT
"""Sourced by GDB for the transparency tests, after prelude.py.

run-out MAX    continue to the guest's end, over at most MAX stops
steps N        stepi N times, or to the guest's end
hits           HITS NUMBER COUNT for each breakpoint that was ever stopped at,
               by the stops that GDB showed; and HITS-ON NUMBER THREAD COUNT"""
import gdb

stops_of = {}
stops_on = {}


def note(event):
    if isinstance(event, gdb.BreakpointEvent):
        for b in event.breakpoints:
            stops_of[b.number] = stops_of.get(b.number, 0) + 1
            here = b.number, gdb.selected_thread().num
            stops_on[here] = stops_on.get(here, 0) + 1


def alive():
    return bool(gdb.selected_inferior().pid)


class RunOut(gdb.Command):
    def __init__(self):
        super().__init__("run-out", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        for _ in range(int(arg) + 1):
            if not alive():
                print("RAN OUT", flush=True)
                return
            gdb.execute("continue")
        if alive():
            raise gdb.GdbError("TOO MANY STOPS")
        print("RAN OUT", flush=True)


class Steps(gdb.Command):
    def __init__(self):
        super().__init__("steps", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        done = 0
        while done < int(arg) and alive():
            gdb.execute("stepi", to_string=True)
            done += 1
        print("STEPPED %d" % done, flush=True)


class Hits(gdb.Command):
    def __init__(self):
        super().__init__("hits", gdb.COMMAND_USER)

    def invoke(self, arg, from_tty):
        for number in sorted(stops_of):
            print("HITS %d %d" % (number, stops_of[number]), flush=True)
        for number, thread in sorted(stops_on):
            print("HITS-ON %d %d %d" % (number, thread,
                                        stops_on[number, thread]), flush=True)


gdb.events.stop.connect(note)
for command in (RunOut, Steps, Hits):
    command()
