#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Let the real GDB debug the example: check_embed.py GDB EMBED.

77 (skipped) where there is no /dev/kvm that this user can open."""
import os
import subprocess
import sys

WANTED = ("New value = 1\n", "New value = 2\n", "New value = 3\n",
          "exited with code 07]")


def run(gdb, embed, commands):
    argv = [gdb, "-nx", "-batch", "-ex", "set confirm off",
            "-ex", "set debuginfod enabled off",
            "-ex", "target remote | " + embed]
    for command in commands:
        argv += ["-ex", command]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=100, check=False)
    print(done.stdout)
    return done.stdout


def missing(text):
    at = 0
    for wanted in WANTED:
        at = text.find(wanted, at)
        if at < 0:
            return wanted
    return None


def main():
    gdb, embed = sys.argv[1:]
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        print("no /dev/kvm here")
        return 77
    watch = "watch *(short *) 0x2000"
    lacks = missing(run(gdb, embed,
                        [watch] + ["continue"] * 3 + ["delete", "continue"]))
    if lacks:
        print("GDB did not show: " + lacks)
        return 1
    # the control: without the watchpoint there is nothing to be seen
    text = run(gdb, embed, ["continue"])
    if missing(text) != WANTED[0] or WANTED[-1] not in text:
        print("the control has stopped somewhere, or did not end")
        return 1
    # a client that detaches leaves a guest that runs to its end
    text = run(gdb, embed, [watch, "continue", "detach"])
    if WANTED[0] not in text or "detached]" not in text:
        print("no clean detach")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
