#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is what the documents say still so?  check_docs.py BUILD

- The packet table of docs/protocol.md has exactly one row for each row of
  gdbproto's handler tables, its feature table one for each feature that
  qSupported announces, and docs/monitor.md a heading for each monitor command.
- Each packet is sent in a transcript that its row names (gdbproto-replay-X).
- Every test that is named exists: each word `in backticks` in a table column
  headed "Test" or "Tests", and in brackets in the text: [test `a`, `b`].
- Links to files of this tree lead somewhere; lines are at most 100 wide.
- Files of share/kvmgdb/ that are named are in the build folder, too.
- The man page has every option that kvmgdb's help has, and the reverse, and
  every monitor command.

The tests that exist are those that meson has (BUILD) and those of
tests/run_gdb_tests.py.  The checks are first shown documents with one fault
each, which they must find."""
import fnmatch
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WIDTH = 100
KVMS = ("native", "svm", "vmx")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


# ---- what is there ----

def handler_prefixes():
    found = []
    for name in sorted(os.listdir(os.path.join(ROOT, "gdbproto"))):
        if not name.endswith(".c"):
            continue
        for table in re.findall(r"struct session_command \w+\[\] = \{(.*?)\n\};",
                                read("gdbproto/" + name), re.S):
            found += re.findall(r'\{\s*"([^"]+)",\s*\w+,', table)
    return found


def announced_features():
    body = re.search(r"static void add_features.*?\n\}",
                     read("gdbproto/query.c"), re.S)[0]
    text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', body))
    return [re.sub(r"=.*", "=", word) for word in text.split(";") if word]


def monitor_words():
    table = re.search(r"struct word words\[\] = \{(.*?)\n\};",
                      read("gdbproto/monitor.c"), re.S)[1]
    # those of the program, behind the library's
    own = re.search(r"->monitor_help =(.*?);\n", read("src/sessionhost.c"),
                    re.S)[1]
    return (re.findall(r'\{"([^"]+)",', table)
            + re.findall(r'(?:"|\\n)(\w+)(?: [][A-Z|]+)* - ', own))


def existing_tests(build):
    with open(os.path.join(build, "meson-info/intro-tests.json"),
              encoding="utf-8") as f:
        names = {test["name"] for test in json.load(f)}
    runner = os.path.join(ROOT, "tests/run_gdb_tests.py")
    text = subprocess.run([sys.executable, runner, "--build", build, "--list"],
                          check=True, text=True, stdout=subprocess.PIPE).stdout
    return names | set(text.split())


def documents():
    paths = ["README.md"] + sorted(
        "docs/" + name for name in os.listdir(os.path.join(ROOT, "docs"))
        if name.endswith(".md"))
    return {path: read(path) for path in paths}


# ---- what is said ----

def cells(line):
    line = line.strip().strip("|").replace("\\|", "\0")
    return [cell.strip().replace("\0", "|") for cell in line.split("|")]


def tables(text):
    """(heading cells, rows of cells) of each table."""
    lines = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S).splitlines()
    i = 0
    while i + 1 < len(lines):
        if (lines[i].startswith("|")
                and re.fullmatch(r"\|[-:| ]+\|", lines[i + 1])):
            heading, rows = cells(lines[i]), []
            i += 2
            while i < len(lines) and lines[i].startswith("|"):
                rows.append(cells(lines[i]))
                i += 1
            yield heading, rows
        else:
            i += 1


def words(cell):
    return re.findall(r"`([^`]+)`", cell)


def first_words(text, first_heading):
    """The first word of each row of the tables whose first column has this
    heading."""
    return [words(row[0])[0] if words(row[0]) else row[0]
            for heading, rows in tables(text)
            if heading[0] == first_heading for row in rows]


def named_tests(text):
    for heading, rows in tables(text):
        for column, title in enumerate(heading):
            if title in KVMS and heading[-1] in ("Test", "Tests"):
                for row in rows:
                    for name in words(row[column]):
                        yield name, row[0]
            if title not in ("Test", "Tests"):
                continue
            for row in rows:
                if len(row) != len(heading) or not words(row[column]):
                    yield None, " | ".join(row)
                    continue
                for name in words(row[column]):
                    yield name, row[0]
    for group in re.findall(r"\[tests?\s([^]]*)\]", text):
        if not words(group):
            yield None, group
        for name in words(group):
            yield name, "[test %s]" % group


# ---- checks: each returns a list of problems ----

def same(what, said, there):
    problems = ["%s: %s is said twice" % (what, word)
                for word in sorted(set(said)) if said.count(word) > 1]
    problems += ["%s: %s is missing" % (what, word)
                 for word in there if word not in said]
    return problems + ["%s: there is no %s" % (what, word)
                       for word in said if word not in there]


def check_protocol(docs):
    text = docs["docs/protocol.md"]
    return (same("packets", first_words(text, "Packet"), handler_prefixes())
            + same("features", first_words(text, "Feature"),
                   announced_features()))


def sent_in(name):
    """What the client sends in transcript NAME."""
    path = "tests/transcripts/%s.txt" % name
    if not os.path.exists(os.path.join(ROOT, path)):
        return ""
    return "".join(re.findall(r"^> .*\n", read(path), re.M))


def check_transcripts(docs):
    problems = []
    for heading, rows in tables(docs["docs/protocol.md"]):
        for row in rows if heading[0] == "Packet" else ():
            prefix = words(row[0])[0]
            named = re.findall(r"`gdbproto-replay-([^`]+)`", row[-1])
            if not any("$" + prefix in sent_in(name) for name in named):
                problems.append("packets: %s is in none of the transcripts "
                                "of its row" % prefix)
    return problems


def check_monitor(docs):
    said = re.findall(r"^## monitor (\w+)$", docs["docs/monitor.md"], re.M)
    return same("monitor commands", said, monitor_words())


def check_tests(docs, tests):
    problems = []
    for path, text in docs.items():
        for name, where in named_tests(text):
            if name is None:
                problems.append("%s: no test is named: %s" % (path, where))
            elif not fnmatch.filter(tests, name):
                problems.append("%s: no test is called %s (%s)"
                                % (path, name, where))
    return problems


def check_links(docs):
    problems = []
    for path, text in docs.items():
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if "://" in target:
                continue
            full = os.path.normpath(os.path.join(
                ROOT, os.path.dirname(path), target))
            if not os.path.exists(full):
                problems.append("%s: no file %s" % (path, target))
    return problems


def check_share(docs, build):
    return ["%s: %s is not in the build folder" % (path, name)
            for path, text in docs.items()
            for name in re.findall(r"share/kvmgdb/\w[\w.-]*\w", text)
            if not os.path.exists(os.path.join(build, name))]


def check_width(docs):
    problems = []
    for path, text in docs.items():
        text = re.sub(r"^```.*?^```", lambda m: "\n" * m[0].count("\n"),
                      text, flags=re.M | re.S)
        problems += ["%s:%d: longer than %d" % (path, number, WIDTH)
                     for number, line in enumerate(text.splitlines(), 1)
                     if len(line) > WIDTH and not line.startswith("|")]
    return problems


OPTION_SOURCES = ("src/options.c", "src/options_help.c",
                  "src/ci/testopts.c", "src/watch/watchopts.c")


def help_options():
    source = "\n".join(read(path) for path in OPTION_SOURCES)
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
    source = re.sub(r'"\s*"', "", source)  # one literal in several pieces
    literals = " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', source))
    return set(re.findall(r"--[a-z][a-z-]+", literals))


def check_man(man):
    text = man.replace("\\-", "-")
    said = set(re.findall(r"--[a-z][a-z-]+", text))
    # `probe` reads its one option by itself
    there = help_options() | {"--json"}
    monitor = re.findall(r"^\.TP\n\.BI?R? monitor\\? (\w+)", man, re.M)
    return (same("the man page's monitor commands", monitor, monitor_words())
            + ["man page: no %s" % o for o in sorted(there - said)]
            + ["man page: there is no option %s" % o
               for o in sorted(said - there)])


def check_all(docs, man, tests, build):
    return (check_protocol(docs) + check_transcripts(docs)
            + check_monitor(docs) + check_tests(docs, tests)
            + check_links(docs) + check_share(docs, build)
            + check_width(docs) + check_man(man))


# ---- the checks must be able to fail ----

def without_line(text, regex):
    changed = re.sub("^%s.*\n" % regex, "", text, count=1, flags=re.M)
    assert changed != text, regex
    return changed


def faults(docs, man):
    def with_text(path, text):
        return {**docs, path: text}, man

    protocol = docs["docs/protocol.md"]
    row = re.search(r"^\| `vCont;`.*\n", protocol, re.M)[0]
    readme = docs["README.md"]
    yield "a packet is missing", with_text(
        "docs/protocol.md", without_line(protocol, r"\| `vCont;`"))
    yield "a packet too many", with_text(
        "docs/protocol.md", protocol.replace(
            row, row + row.replace("vCont;", "vFlashErase")))
    yield "a packet twice", with_text(
        "docs/protocol.md", protocol.replace(row, row + row))
    yield "a transcript without the packet", with_text(
        "docs/protocol.md", protocol.replace(
            row, row.replace("replay-vcont", "replay-kill")))
    yield "a feature is missing", with_text(
        "docs/protocol.md", without_line(protocol, r"\| `hwbreak\+`"))
    yield "a monitor command is missing", with_text(
        "docs/monitor.md",
        without_line(docs["docs/monitor.md"], "## monitor dr"))
    yield "an unknown test in a table", with_text(
        "README.md", readme + "\n\n| What | Test |\n|--|--|\n| x | `x-y` |\n")
    yield "an unknown test in a KVM's column", with_text(
        "README.md", readme + "\n\n| What | svm | Test |\n|--|--|--|\n"
        "| x | `x-y` | `hbreak` |\n")
    yield "no test in a table", with_text(
        "README.md", readme + "\n\n| What | Test |\n|--|--|\n| x | soon |\n")
    yield "an unknown test in the text", with_text(
        "README.md", readme + "\nIt works [test `hbreak`, `hbrake`].\n")
    yield "a dead link", with_text(
        "README.md", readme + "\n[here](docs/nothing.md)\n")
    yield "a helper that is not in the build folder", with_text(
        "README.md", readme + "\n`share/kvmgdb/meson.build`\n")
    yield "a long line", with_text("README.md", readme + "\n" + "x" * 101)
    yield "an option is missing", (docs, man.replace(
        "\\-\\-initrd", "\\-\\-ramdisk"))
    yield "a monitor command is missing in the man page", (docs, man.replace(
        "monitor exits", "monitor cost"))


def main():
    docs, man = documents(), read("docs/kvmgdb.1")
    build = sys.argv[1]
    tests = existing_tests(build)
    problems = check_all(docs, man, tests, build)
    if not problems:
        problems = ["not noticed: " + what
                    for what, (bad_docs, bad_man) in faults(docs, man)
                    if not check_all(bad_docs, bad_man, tests, build)]
    for problem in problems:
        print(problem)
    if not problems:
        print("%d documents, %d tests named, of %d"
              % (len(docs), sum(1 for text in docs.values()
                                for _ in named_tests(text)), len(tests)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
