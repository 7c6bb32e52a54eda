# SPDX-License-Identifier: MIT
"""Perfetto's own importer and its SQL: the trace processor that Debian's
chromium-shell brings along as a library.  Its calls take and give libc++'s
strings and vectors, which are laid out by hand here; the library is loaded by
a process of its own, so what goes wrong in it ends no test run.

Alone: perfetto.py TRACE SQL..., the tables as JSON."""
import ctypes
import json
import os
import subprocess
import sys
import tempfile

LIBRARY = "/usr/lib/chromium/libtest_trace_processor.so"
OBJECT = "N4base4test22TestTraceProcessorImpl"
NEW = "_Z%sC1Ev" % OBJECT
PARSE = "_Z%s10ParseTraceERKNSt3__16vectorIcNS2_9allocatorIcEEEE" % OBJECT
QUERY = ("_ZNK%s12ExecuteQueryERKNSt3__112basic_stringIcNS2_11char_traitsIcEE"
         "NS2_9allocatorIcEEEE" % OBJECT[1:])
OK = 1  # absl::Status without a message
STRING = 24  # sizeof
REFUSED = 3


class Refused(Exception):
    """What the trace processor said of a trace or of a query."""


class Vector(ctypes.Structure):
    _fields_ = [("begin", ctypes.c_void_p), ("end", ctypes.c_void_p),
                ("capacity", ctypes.c_void_p)]

    def items(self, size):
        return range(self.begin or 0, self.end or 0, size)


class String(ctypes.Structure):
    """A long one; the lowest bit says so."""
    _fields_ = [("capacity", ctypes.c_size_t), ("size", ctypes.c_size_t),
                ("data", ctypes.c_void_p)]


def string_at(address):
    tag = ctypes.c_uint8.from_address(address).value
    if tag & 1:
        long = String.from_address(address)
        return ctypes.string_at(long.data, long.size).decode()
    return ctypes.string_at(address + 1, tag >> 1).decode()


class Result(ctypes.Structure):
    _fields_ = [("rows", Vector), ("error", ctypes.c_uint8 * STRING)]


class TraceProcessor:
    def __init__(self, library=LIBRARY):
        self._library = ctypes.CDLL(library)
        self._object = ctypes.create_string_buffer(256)
        self._call(NEW, self._object)

    def _call(self, name, *arguments):
        function = getattr(self._library, name)
        function.restype = None
        function(*(ctypes.byref(a) for a in arguments))

    def load(self, data):
        text = ctypes.create_string_buffer(data, len(data))
        at = ctypes.addressof(text)
        status = ctypes.c_size_t(0)
        self._call(PARSE, status, self._object,
                   Vector(at, at + len(data), at + len(data)))
        if status.value != OK:
            # A count, a code, and the message.
            raise Refused(string_at(status.value + 8))

    def query(self, sql):
        """Rows of strings, without the names of the columns."""
        text = sql.encode()
        room = max(32, len(text) + 2 & ~1)
        data = ctypes.create_string_buffer(text, room)
        result = Result()
        self._call(QUERY, result, self._object,
                   String(room | 1, len(text), ctypes.addressof(data)))
        error = string_at(ctypes.addressof(result.error))
        if error:
            raise Refused(" ".join(error.split()))
        rows = [[string_at(cell) for cell in
                 Vector.from_address(row).items(STRING)]
                for row in result.rows.items(ctypes.sizeof(Vector))]
        return rows[1:]


KNOWN = ('{"traceEvents":[{"ph":"X","name":"known","ts":1,"dur":2,'
         '"pid":1,"tid":1}]}')


def misunderstands():
    """Is this build laid out otherwise?  Asked with what is known."""
    try:
        rows = ask(KNOWN, ["select name, ts, dur from slice"])[0]
    except (Refused, RuntimeError, ValueError,
            subprocess.TimeoutExpired) as why:
        return str(why).split("\n", maxsplit=1)[0]
    return None if rows == [["known", "1000", "2000"]] else str(rows)


def missing():
    """Why there is none that can be asked, or None."""
    if not os.path.exists(LIBRARY):
        return "no Perfetto (scripts/bootstrap perfetto)"
    with open(LIBRARY, "rb") as f:
        names = f.read()
    for name in NEW, PARSE, QUERY:
        if name.encode() not in names:
            return "chromium-shell's Perfetto has no %s" % name
    wrong = misunderstands()
    return wrong and "chromium-shell's Perfetto cannot be asked: " + wrong


def ask(trace, queries):
    """The rows of each query on the text of a trace."""
    with tempfile.NamedTemporaryFile(prefix="kvmgdb-trace-") as f:
        f.write(trace.encode())
        f.flush()
        done = subprocess.run([sys.executable, __file__, f.name] + queries,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120)
    if done.returncode == REFUSED:
        raise Refused(json.loads(done.stdout))
    if done.returncode != 0:
        raise RuntimeError("the trace processor: status %s\n%s" % (
            done.returncode, done.stderr.decode(errors="replace")))
    return json.loads(done.stdout)


def main(path, queries):
    processor = TraceProcessor()
    try:
        with open(path, "rb") as f:
            processor.load(f.read())
        print(json.dumps([processor.query(sql) for sql in queries]))
    except Refused as why:
        print(json.dumps(str(why)))
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
