#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""agent_compare.py GDB SERVER TYPES [SKEW]: run agent_gdb.py and compare what
the server and GDB itself made of each expression.  SKEW is added to GDB's
values: then they must not be equal."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# Not all can be converted (a shift of a bool, say): at least this many were.
ENOUGH = 250


def run(gdb, server, types, skew):
    env = dict(os.environ, AGENT_SERVER=server, AGENT_TYPES=types,
               AGENT_SKEW=skew)
    done = subprocess.run([gdb, "-nx", "-batch", "-x",
                           os.path.join(HERE, "agent_gdb.py")], env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300, text=True,
                          errors="replace")
    return done.stdout


def main():
    gdb, server, types = sys.argv[1:4]
    text = run(gdb, server, types, sys.argv[4] if len(sys.argv) > 4 else "0")
    found = {"V": {}, "G": {}, "X": {}, "E": {}, "N": {}, "LOST": {}}
    for word, number, rest in re.findall(
            r"^(V|G|X|E|N|LOST) (\d+)(.*)$", text, re.M):
        found[word][int(number)] = rest.strip()
    end = re.search(r"^END (\d+)$", text, re.M)
    if not end:
        print(text[-4000:])
        return "the script did not end"
    wrong = ["lost at %d" % n for n in found["LOST"]]
    equal = true = 0
    for number, value in found["G"].items():
        ours = found["V"].get(number)
        # false: the dprintf's condition kept it silent
        if ours == value or (ours is None and value == "0"):
            equal += 1
            true += ours is not None
        else:
            wrong.append("%s: GDB %s, we %s"
                         % (found["X"][number], value, ours))
    print("%d equal, %d of them true; %d without a value in GDB; GDB has no "
          "byte code for %d" % (equal, true, len(found["E"]), len(found["N"])))
    print("\n".join(wrong[:20]))
    if wrong:
        return "%d differ" % len(wrong)
    return None if true > ENOUGH else "too few"


sys.exit(main())
