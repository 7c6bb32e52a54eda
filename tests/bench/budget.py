# SPDX-License-Identifier: MIT
"""Instructions in user space for one stop, one packet, one false condition,
counted by callgrind on this machine's KVM: figures that repeat, unlike times.

    budget.py --build DIR       prints a verdict for each, and the figure
    budget.py --build DIR --growth
                                prints what a hit costs among many requests

An event's count is the difference of a long and a short run, so that start and
connecting do not count.  A budget is what was measured and three tenths more, because on
a machine with other work a thread is woken once more now and then: what breaks
it is a change that somebody should look at, here or in the code."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from symbols import symbols  # noqa: E402

SHORT, LONG = 50, 300

# work: instructions at most
BUDGET = {
    "step": 15500,
    "hbreak-plain": 20500,
    "condition": 11500,
    "g": 41000,
}


def start(build, workdir):
    """The server, and the port that it has found."""
    said = os.path.join(workdir, "said")
    with open(said, "w", encoding="utf-8") as err:
        server = launch(build, workdir, err)
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        with open(said, encoding="utf-8") as f:
            found = re.search(r"listening on tcp:\S+:(\d+)\n", f.read())
        if found:
            return server, found[1]
        time.sleep(0.02)
    server.kill()
    server.wait()
    raise RuntimeError("the server did not start")


def on_one_cpu():
    """There no thread polls for another (kvmbackend/handoff.h)."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def launch(build, workdir, err):
    return subprocess.Popen(
        ["valgrind", "--tool=callgrind", "--collect-atstart=yes",
         f"--callgrind-out-file={workdir}/out", "--quiet",
         os.path.join(build, "src/kvmgdb"), "run", "--memory", "256M",
         "--gdb", "tcp:127.0.0.1:0",
         os.path.join(build, "tests/bench/bench-guest.elf")],
        stdout=subprocess.DEVNULL, stderr=err, preexec_fn=on_one_cpu)


def instructions(build, work, count, workdir):
    """Of a whole run of the server, with COUNT events in it."""
    server, port = start(build, workdir)
    guest = os.path.join(build, "tests/bench/bench-guest.elf")
    try:
        done = subprocess.run(
            [os.path.join(build, "tests/bench/bench-client"),
             f"127.0.0.1:{port}", work, str(count), "KILL", *symbols(guest)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=60, check=False)
        if done.returncode or not done.stdout.startswith(work):
            raise RuntimeError(done.stdout.strip() or "the client failed")
        server.wait(30)
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()
    with open(os.path.join(workdir, "out"), encoding="utf-8") as f:
        found = re.search(r"^(?:summary|totals): (\d+)", f.read(), re.M)
    if not found:
        raise RuntimeError("callgrind has written no total")
    return int(found[1])


def each_of(build, work, workdir):
    short = instructions(build, work, SHORT, workdir)
    return (instructions(build, work, LONG, workdir) - short) / (LONG - SHORT)


def growth(build, workdir):
    """What a hit costs beside others that are not hit."""
    for work in ("one-of", "watch-of"):
        for count in (1, 10, 100, 1000):
            name = f"{work}-{count}"
            print(f"{name}: {each_of(build, name, workdir):.0f} instructions",
                  flush=True)


def one(build, work, budget, workdir):
    each = each_of(build, work, workdir)
    # Nothing is done for nothing: a client that did no work is a failure.
    good = 1000 < each <= budget
    print(f"{'ok' if good else 'not ok'} budget-{work}: {each:.0f} "
          f"instructions, at most {budget}", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--growth", action="store_true")
    args = parser.parse_args()
    names = ", ".join(f"budget-{w}" for w in BUDGET)
    if not shutil.which("valgrind"):
        print(f"skip {names}: no valgrind")
        return 0
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print(f"skip {names}: no access to /dev/kvm")
        return 0
    if args.growth:
        with tempfile.TemporaryDirectory(prefix="kvmgdb-budget.") as workdir:
            growth(args.build, workdir)
        return 0
    failed = False
    for work, budget in BUDGET.items():
        workdir = tempfile.mkdtemp(prefix="kvmgdb-budget.")
        try:
            failed |= not one(args.build, work, budget, workdir)
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as e:
            print(f"not ok budget-{work}: {e}", flush=True)
            failed = True
        finally:
            shutil.rmtree(workdir, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
