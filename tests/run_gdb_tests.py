#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The end-to-end tests: the real GDB against `kvmgdb run`.

run_gdb_tests.py --target native|svm|vmx --build BUILD [--asan-build DIR]
                 [--smp N] [--results FILE] [--list] [NAME...]

NAME may have shell wildcards.  Prints `ok NAME`, `not ok NAME - why` or
`skip NAME - reason`; what GDB, the guest and the server said is kept in
BUILD/gdb-tests/TARGET/NAME.log.  Status 1 if any test failed."""
import argparse
import fnmatch
import os
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import bench as bench_module  # noqa: E402
from harness import capability, citests, controls, linux, live  # noqa: E402
from harness import drtests, forms, linuxwatch, lldbtests  # noqa: E402
from harness import manywatches  # noqa: E402
from harness import rawtests, scripts, transports  # noqa: E402
from harness import transparency, watchtests  # noqa: E402
from lab import lab  # noqa: E402


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--target", choices=("native", "svm", "vmx"),
                        default="native")
    parser.add_argument("--build", required=True)
    parser.add_argument("--asan-build")
    parser.add_argument("--smp", type=int, default=1,
                        help="CPUs of the lab")
    parser.add_argument("--results")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    return parser.parse_args()


def selected(names):
    tests = (controls.find() + scripts.find() + rawtests.find()
             + live.find() + transports.find() + transparency.find()
             + citests.find() + watchtests.find() + drtests.find()
             + forms.find() + lldbtests.find() + manywatches.find()
             + linux.find() + linuxwatch.find())
    if not names:
        return tests
    chosen = [t for t in tests
              if any(fnmatch.fnmatch(t.name, n) for n in names)]
    for name in names:
        if not any(fnmatch.fnmatch(t.name, name) for t in tests):
            sys.exit("no test is called " + name)
    return chosen


def files_of(tests, target, build, workdir):
    """Lab path -> local path of what only some tests need."""
    extra = {}
    os.makedirs(workdir, exist_ok=True)
    for test in tests:
        if hasattr(test, "files"):
            extra.update(test.files(target, build, workdir))
    return extra


class Report:
    def __init__(self, path):
        self._file = open(path, "w", encoding="utf-8") if path else None
        self.failed = self.passed = self.skipped = 0

    def say(self, line):
        print(line, flush=True)
        if self._file:
            self._file.write(line + "\n")
            self._file.flush()

    def end(self):
        self.say("# %d passed, %d failed, %d skipped"
                 % (self.passed, self.failed, self.skipped))
        if self._file:
            self._file.close()


def run_one(test, bench, suffix, report):
    name = test.name + suffix
    lacks = capability.missing(test.needs, bench.caps)
    if lacks:
        report.skipped += 1
        report.say("skip %s - %s" % (name, "GDB is not inside of the lab"
                                     if lacks == "local" else
                                     "the probe: no " + lacks))
        return
    why = test.skips(bench) if hasattr(test, "skips") else None
    if why:
        report.skipped += 1
        report.say("skip %s - %s" % (name, why))
        return
    path = os.path.join(bench.workdir, name + ".log")
    with open(path, "w", encoding="utf-8") as log:
        try:
            problems = test.run(bench, log)
        except bench_module.Failure as failure:
            problems = [str(failure)]
        except lab.LabError as error:
            problems = ["the lab: %s" % error]
        except Exception as error:  # a bug of the test is a failure too
            log.write(traceback.format_exc())
            problems = ["%s: %s" % (type(error).__name__, error)]
        for problem in problems:
            log.write("PROBLEM %s\n" % problem)
    if problems:
        report.failed += 1
        report.say("not ok %s - %s" % (name, problems[0].splitlines()[0]))
    else:
        report.passed += 1
        report.say("ok " + name)


def main():
    args = options()
    tests = selected(args.names)
    if args.list:
        for test in tests:
            print(test.name)
        return 0
    build = os.path.abspath(args.build)
    workdir = os.path.join(build, "gdb-tests", args.target)
    report = Report(args.results)
    asan = args.asan_build if args.target == "native" else None
    try:
        bench = bench_module.Bench(args.target, build, workdir, asan,
                                   args.smp,
                                   files_of(tests, args.target, build,
                                            workdir))
        bench.start()
    except (bench_module.Failure, lab.LabError) as failure:
        report.say("not ok start - %s" % failure)
        return 1
    try:
        with open(os.path.join(workdir, "probe.json"), "w",
                  encoding="utf-8") as f:
            f.write(bench.probe())
        for binary, suffix in (("/bin/kvmgdb", ""),
                               ("/bin/kvmgdb-asan", "+asan")):
            if suffix and not asan:
                continue
            bench.binary = binary
            for test in tests:
                run_one(test, bench, suffix, report)
    except (bench_module.Failure, lab.LabError) as failure:
        report.failed += 1
        report.say("not ok probe - %s" % failure)
    finally:
        bench.stop()
    report.end()
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
