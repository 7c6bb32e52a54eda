# SPDX-License-Identifier: MIT
"""The same with the real GDB, on this machine's KVM: how long a command takes,
and what goes over the wire for it (`set remotelogfile`)."""
import os
import re
import subprocess

PRELUDE = """
set pagination off
set confirm off
set remotetimeout 60
python import time
python
def timed(name, *commands):
    start = time.monotonic()
    for command in commands:
        gdb.execute(command, to_string=True)
    print("took %s %.9f" % (name, time.monotonic() - start))
def value(text):
    return int(gdb.parse_and_eval(text))
end
"""

# Packets that no server knows: marks in the log.
BEGIN, END = "qBenchBegin", "qBenchEnd"

# Each has: what goes before, and what is timed.
SCRIPTS = {
    "gdb-connect": ("", ["TARGET"]),
    "gdb-stop": ("TARGET\nset var bench_mode = 3\nhbreak bench_hot\n"
                 "continue\ncontinue\n", ["continue"]),
    "gdb-info-registers": ("TARGET\n", ["info registers"]),
    "gdb-next-1000": ("TARGET\nset var bench_mode = 4\nhbreak bench_1000\n"
                      "continue\ndelete\n", ["next"]),
    "gdb-next-100000": ("TARGET\nset var bench_mode = 4\n"
                        "hbreak bench_100000\ncontinue\ndelete\n", ["next"]),
    "gdb-condition": ("TARGET\nset var bench_mode = 3\n"
                      "set var $goal = bench_count + @COUNT@\n"
                      "eval \"hbreak bench_hot if bench_count == %lu\", $goal\n",
                      ["continue"]),
    "gdb-dump": ("TARGET\n", ["dump binary memory /dev/null bench_buffer "
                              "(char *)bench_buffer + 16777216"]),
    "gdb-restore": ("TARGET\n", ["restore @FILE@ binary bench_buffer"]),
}
COUNT = {"gdb-condition": {"kvmgdb": 5000, "gdbserver": 5000, "QEMU": 300}}


def script_of(work, name, port, log, workdir):
    before, timed = SCRIPTS[work]
    blob = os.path.join(workdir, "blob")
    if work == "gdb-restore" and not os.path.exists(blob):
        with open(blob, "wb") as f:
            f.write(os.urandom(4 << 20))
    count = COUNT.get(work, {}).get(name, 1)
    target = f"target remote 127.0.0.1:{port}"
    text = (PRELUDE + f"set remotelogfile {log}\n"
            + before.replace("TARGET", target)
            + (f"maint packet {BEGIN}\n" if before else "")
            + "python timed(%r, %s)\n" % (work, ", ".join(
                repr(c.replace("TARGET", target).replace("@FILE@", blob))
                for c in timed))
            + f"maint packet {END}\nkill\n")
    return text.replace("@COUNT@", str(count)), count


def count_log(path):
    """(packets that GDB sent, bytes both ways) between the marks of a log."""
    with open(path, encoding="latin-1") as f:
        lines = f.read().splitlines()
    begin = [i for i, line in enumerate(lines) if f"${BEGIN}#" in line]
    end = [i for i, line in enumerate(lines) if f"${END}#" in line]
    # the answer to BEGIN, and its acknowledgement, are two lines
    lines = lines[begin[0] + 3 if begin else 0:end[0]]
    return (sum("$" in line for line in lines if line.startswith("w ")),
            sum(len(line) - 2 for line in lines if line[:2] in ("w ", "r ")))


def run(work, name, symbols_of, port, workdir, timeout):
    """As a client's figures: rate, packets and bytes for one; None: failed."""
    log = os.path.join(workdir, "remote.log")
    path = os.path.join(workdir, "script.gdb")
    if os.path.exists(log):
        os.unlink(log)
    text, count = script_of(work, name, port, log, workdir)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    try:
        done = subprocess.run(
            ["gdb", "-nx", "-batch", "-ex", f"file {symbols_of}", "-x", path],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            stdin=subprocess.DEVNULL, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return None
    took = re.search(rf"^took {work} ([\d.]+)", done.stdout, re.M)
    if not took:
        return None
    packets, size = count_log(log)
    return {"rate": count / float(took[1]), "packets": packets / count,
            "bytes": size / count}
