#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is README's table of what works where what the tests have just shown?

check_table.py KVM VERDICTS [PROBE]: VERDICTS has the lines of scripts/test,
`ok KVM: NAME`.  A cell that says anything but "-" claims that the tests of its
row were passed on that KVM; "-", that none was.  A cell that names tests
itself claims just those.  PROBE, of `kvmgdb probe --json`, tells whether the
KVM called native is the one that the table is for."""
import json
import re
import sys

import check_docs

# What a lab lacks when its packages could not be had: no word on the KVM.
NO_MATTER = "no GDB for inside of the lab"


def verdicts_of(text, kvm):
    """Test -> ok, not ok, or skip"""
    return {name: kind for kind, name, why in re.findall(
        r"^(ok|not ok|skip) %s: ([^\s+]+)(?: - (.*))?$" % kvm, text, re.M)
            if why != NO_MATTER}


def judge(rows, column, verdicts):
    problems = []
    for row in rows:
        claim = row[column]
        for name in check_docs.words(claim) or check_docs.words(row[-1]):
            if name not in verdicts:
                continue
            if (verdicts[name] == "ok") == (claim == "-"):
                problems.append("%s: the table says %r, and test %s: %s"
                                % (row[0], claim, name, verdicts[name]))
    return problems


def notices(rows, column, verdicts):
    """Is each claim noticed when it becomes wrong?"""
    for claimed in (True, False):
        for row in rows:
            if (row[column] != "-") != claimed:
                continue
            name = (check_docs.words(row[column])
                    or check_docs.words(row[-1]))[0]
            wrong = {**verdicts, name: "skip" if claimed else "ok"}
            if not judge(rows, column, wrong):
                return False
    return True


def software_kvm(probe):
    """It reports no data breakpoint, and its page traps work."""
    return not any(probe["data_write"]["cpl0"].values()) and \
        probe["page_write"]["cpl0"]


def main():
    kvm, path = sys.argv[1:3]
    if len(sys.argv) > 3:
        with open(sys.argv[3], encoding="utf-8") as f:
            text = f.read()
        if not software_kvm(json.loads(text[text.index("{"):])):
            print("skip README's table - this machine's KVM is another")
            return 0
    with open(path, encoding="utf-8") as f:
        verdicts = verdicts_of(f.read(), kvm)
    heading, rows = next(
        t for t in check_docs.tables(check_docs.read("README.md"))
        if kvm in t[0])
    column = heading.index(kvm)
    problems = judge(rows, column, verdicts)
    if not problems and not notices(rows, column, verdicts):
        problems = ["a wrong claim is not noticed"]
    for problem in problems:
        print("not ok README's table - " + problem)
    if not problems:
        print("ok README's table")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
