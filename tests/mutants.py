#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Can the tests with the real GDB fail?  Each mutant is the server with one
thing broken, built in a temporary folder; the tests named with it must fail.

mutants.py --build BUILD --target native|svm|vmx [MUTANT...]

By hand: it takes minutes.  BUILD is a finished build, which has the guests."""
import argparse
import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(TESTS)


@dataclasses.dataclass(frozen=True)
class Mutant:
    what: str
    path: str
    old: str
    new: str
    targets: tuple
    tests: tuple


MUTANTS = {
    "no-hits": Mutant(
        "hits are seen and never told", "kvmbackend/filter.c",
        "	if (!r->filter)\n		return false;\n",
        "	if (r->kind != (enum kvmgdb_bp_kind)-1)\n		return true;\n",
        ("native", "svm", "vmx"),
        ("demo", "hbreak", "break", "watch-[1248]", "watch-unaligned",
         "rwatch", "awatch", "raw-count-hits", "smp-break", "smp-watch",
         "watch-log", "watch-exec", "raw-watch-sizes")),
    "no-guest": Mutant(
        "the guest is never entered", "kvmbackend/run.c",
        "	if (ioctl(v->fd, KVM_RUN, 0))\n",
        "	errno = EINTR;\n	if (v->fd >= 0 || ioctl(v->fd, KVM_RUN, 0))\n",
        ("native",),
        ("hbreak", "watch-4", "raw-count-hits", "watch-log", "smp-threads")),
    "no-merge": Mutant(
        "the guest's own breakpoints are not armed beside the debugger's",
        "kvmbackend/debugreg.c",
        "		plan->guest |= (uint8_t)(1u << i);\n"
        "		plan->dr7 |= guest->dr7 & slot_fields(i);\n",
        "		(void)plan;\n",
        ("svm", "vmx"),
        ("transparency-dr_exec-far1", "transparency-dr_watch-far1",
         "transparency-dr_nested-far1", "transparency-dr_rep-far1",
         "transparency-dr_exec-same")),
    "any-thread": Mutant(
        "a loop that a range step runs ends where a handler leaves it",
        "kvmbackend/rangerun.c",
        "	if (!same_thread(v)) {\n",
        "	if (!same_thread(v) && v->index > 99) {\n",
        ("native", "svm", "vmx"), ("range-run",)),
}


def tree(folder):
    """The files that git knows, as they are now."""
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], check=True,
                           stdout=subprocess.PIPE).stdout.decode()
    for name in filter(None, names.split("\0")):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(os.path.join(ROOT, name), path)


def build(mutant, folder):
    """The build folder, or None if it could not be made."""
    source, out = os.path.join(folder, "src"), os.path.join(folder, "build")
    tree(source)
    path = os.path.join(source, mutant.path)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if text.count(mutant.old) != 1:
        print("# %s has changed: the mutant must follow" % mutant.path)
        return None
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(mutant.old, mutant.new))
    for argv in (["meson", "setup", out, source, "-Dwerror=false"],
                 ["ninja", "-C", out, "src/kvmgdb"]):
        done = subprocess.run(argv, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            print(done.stdout[-2000:])
            return None
    return out


def survives(mutant, args, folder):
    """Tests that did not notice, or were not run."""
    out = build(mutant, folder)
    if not out:
        return ["it could not be built"]
    argv = [sys.executable, os.path.join(TESTS, "run_gdb_tests.py"),
            "--target", args.target, "--build", args.build,
            "--server-build", out, *mutant.tests]
    if args.target == "native":
        argv += ["--jobs", "4"]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True,
                          check=False)
    print(re.sub("^", "    ", done.stdout.rstrip(), flags=re.M), flush=True)
    seen = re.findall(r"^(ok|not ok|skip) (\S+)", done.stdout, re.M)
    failed = [name for kind, name in seen if kind == "not ok"]
    if not failed or "start" in failed:
        return ["no test was run"]
    return [name for kind, name in seen if kind == "ok"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--target", default="native",
                        choices=("native", "svm", "vmx"))
    parser.add_argument("names", nargs="*", metavar="MUTANT")
    args = parser.parse_args()
    bad = 0
    for name in args.names or MUTANTS:
        mutant = MUTANTS[name]
        if args.target not in mutant.targets:
            continue
        folder = tempfile.mkdtemp(prefix="kvmgdb-mutant.")
        try:
            problems = survives(mutant, args, folder)
        finally:
            shutil.rmtree(folder)
        bad += bool(problems)
        print("%s mutant %s: %s%s" % (
            "not ok" if problems else "ok", name, mutant.what,
            "".join(" - not noticed: %s" % p for p in problems)), flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
