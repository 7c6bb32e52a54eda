#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The end-to-end tests: the real GDB against `kvmgdb run`.

run_gdb_tests.py --target native|svm|vmx --build BUILD [--server-build DIR]
                 [--asan-build DIR] [--jobs N] [--smp N] [--results FILE]
                 [--list] [NAME...]

The server of --server-build is tested in place of BUILD's; --asan-build adds
each test with the server of that folder.  --jobs: as many tests at a time, on
native only.  NAME may have shell wildcards.  Prints `ok NAME`, `not ok NAME - why` or
`skip NAME - reason`; what GDB, the guest and the server said is kept in
BUILD/gdb-tests/TARGET/NAME.log.  Status 1 if any test failed."""
import argparse
import concurrent.futures
import fnmatch
import multiprocessing
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import bench as bench_module  # noqa: E402
from harness import capability, citests, controls, linux, live  # noqa: E402
from harness import drtests, forms, linuxwatch, lldbtests  # noqa: E402
from harness import manywatches, maptests  # noqa: E402
from harness import rawtests, scripts, transports  # noqa: E402
from harness import transparency, watchtests  # noqa: E402
from lab import lab  # noqa: E402


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--target", choices=("native", "svm", "vmx"),
                        default="native")
    parser.add_argument("--build", required=True)
    parser.add_argument("--server-build")
    parser.add_argument("--asan-build")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--smp", type=int, default=1,
                        help="CPUs of the lab")
    parser.add_argument("--results")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    args = parser.parse_args()
    if args.jobs < 1 or (args.jobs > 1 and args.target != "native"):
        parser.error("--jobs: a lab is one machine, with one test at a time")
    return args


def selected(names):
    tests = (controls.find() + scripts.find() + rawtests.find()
             + live.find() + transports.find() + transparency.find()
             + citests.find() + watchtests.find() + drtests.find()
             + maptests.find()
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
        self.counts = {"ok": 0, "not ok": 0, "skip": 0}

    def say(self, line):
        print(line, flush=True)
        if self._file:
            self._file.write(line + "\n")
            self._file.flush()

    def verdict(self, kind, text):
        self.counts[kind] += 1
        self.say("%s %s" % (kind, text))

    def end(self):
        self.say("# %d passed, %d failed, %d skipped"
                 % (self.counts["ok"], self.counts["not ok"],
                    self.counts["skip"]))
        if self._file:
            self._file.close()
        return 1 if self.counts["not ok"] else 0


def circumstances(bench, seconds, cpu_before):
    """Of a failed test: was there a machine to run it on?"""
    text = "in %.0f s, load %.1f" % (seconds, os.getloadavg()[0])
    cpu = bench.target.cpu_seconds()
    if cpu is not None and cpu_before is not None:
        text += ", the emulator ran for %.0f s" % (cpu - cpu_before)
    return text


def run_one(test, bench):
    """(ok, not ok or skip; the rest of the line)"""
    name = test.name + bench.suffix
    lacks = capability.missing(test.needs, bench.caps)
    if lacks:
        return "skip", "%s - %s" % (name, "GDB is not inside of the lab"
                                    if lacks == "local" else
                                    "the probe: no " + lacks)
    why = test.skips(bench) if hasattr(test, "skips") else None
    if why:
        return "skip", "%s - %s" % (name, why)
    path = os.path.join(bench.logs, name + ".log")
    began, cpu = time.monotonic(), bench.target.cpu_seconds()
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
        return "not ok", "%s - %s (%s)" % (
            name, problems[0].splitlines()[0],
            circumstances(bench, time.monotonic() - began, cpu))
    return "ok", name


def run_in_worker(number):
    return run_one(*run_in_worker.work[number])


def run_side_by_side(work, jobs, report):
    """Each process has a copy of all that a test could change."""
    run_in_worker.work = work
    with concurrent.futures.ProcessPoolExecutor(
            jobs, multiprocessing.get_context("fork"),
            lab.die_with_parent) as pool:
        for done in concurrent.futures.as_completed(
                [pool.submit(run_in_worker, n) for n in range(len(work))]):
            report.verdict(*done.result())


def benches_of(args, tests, build, workdir):
    """One for each server that is tested."""
    extra = files_of(tests, args.target, build, workdir)
    benches = [bench_module.Bench(args.target, build, workdir,
                                  args.server_build or build, args.smp,
                                  extra)]
    if args.asan_build and args.target == "native":
        benches.append(bench_module.Bench(
            args.target, build, os.path.join(workdir, "asan"),
            args.asan_build, args.smp, extra, "+asan", workdir))
    return benches


def main():
    args = options()
    tests = selected(args.names)
    if args.list:
        for test in tests:
            print(test.name)
        return 0
    build = os.path.abspath(args.build)
    workdir = os.path.join(build, "gdb-tests", args.target)
    if args.server_build:
        workdir += "-" + os.path.basename(os.path.abspath(args.server_build))
    report = Report(args.results)
    benches = []
    try:
        for bench in benches_of(args, tests, build, workdir):
            benches.append(bench)
            bench.start()
            with open(os.path.join(bench.workdir, "probe.json"), "w",
                      encoding="utf-8") as f:
                f.write(bench.probe())
        work = [(test, bench) for bench in benches for test in tests]
        if args.jobs > 1:
            run_side_by_side(work, args.jobs, report)
        else:
            for test, bench in work:
                report.verdict(*run_one(test, bench))
    except (bench_module.Failure, lab.LabError) as failure:
        report.verdict("not ok", "start - %s" % failure)
    except concurrent.futures.process.BrokenProcessPool as failure:
        report.verdict("not ok", "all - a worker died: %s" % failure)
    finally:
        for bench in benches:
            bench.stop()
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
