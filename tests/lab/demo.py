# SPDX-License-Identifier: MIT
"""What scripts/demo shows: a real GDB, and a guest on a KVM that can watch."""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import lab  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
KVMGDB, GUEST = "/bin/kvmgdb", "/guests/demo.elf"
LAB_PORT = 1234
# The statement that changes `counter` in tests/guests/demo.c.
EXPECTED = ("Hardware watchpoint", "Old value = 0", "New value = 1",
            "Old value = 1", "New value = 3", "counter += by;")


class DemoError(Exception):
    pass


def say(text):
    print("demo: " + text, flush=True)


def why_not_native(kvmgdb):
    """None when this machine's KVM reports data breakpoints."""
    if not os.path.exists("/dev/kvm"):
        return "there is no /dev/kvm on this machine"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "/dev/kvm is not accessible for this user"
    try:
        probe = subprocess.run([kvmgdb, "probe", "--json"], text=True,
                               stdout=subprocess.PIPE, timeout=60,
                               stderr=subprocess.STDOUT, check=False)
    except subprocess.TimeoutExpired:
        return "the probe of /dev/kvm does not end"
    if probe.returncode != 0:
        return "the probe of /dev/kvm failed: " + probe.stdout.strip()
    if not json.loads(probe.stdout)["data_write"]["cpl0"]["4"]:
        return ("the KVM of this machine never reports a data breakpoint"
                " (kvmgdb probe)")
    return None


def wait_ready(job, seconds):
    end = time.monotonic() + seconds
    while "listening on" not in job.output():
        if not job.alive() or time.monotonic() > end:
            raise DemoError("the server did not start: " + job.output())
        time.sleep(0.05)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def gdb(elf, port):
    """GDB's output; shown as it comes."""
    shown = []
    process = subprocess.Popen(
        ["gdb", "-nx", "-batch", "-ex", "set remotetimeout 60",
         "-ex", "set debuginfod enabled off",
         "-ex", f"target remote 127.0.0.1:{port}",
         "-x", os.path.join(ROOT, "scripts/demo.gdb"), elf],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    for text in process.stdout:
        shown.append(text)
        print("    " + text, end="", flush=True)
    process.wait()
    return "".join(shown)


def show(target, port, elf):
    argv = [KVMGDB, "run", "--gdb", f"tcp:127.0.0.1:{port}", "--wait",
            "--exit-port", "--timeout", "600", GUEST]
    say("$ " + " ".join(os.path.basename(a) if a.startswith("/") else a
                        for a in argv))
    job = target.spawn(argv)
    try:
        wait_ready(job, 120)
        say("$ gdb demo.elf, with the commands of scripts/demo.gdb:")
        output = gdb(elf, target.connect_port(port))
        job.wait(30)
        say("the server and the guest's console said:")
        print(re.sub("^", "    ", job.output().rstrip(), flags=re.M))
    finally:
        job.kill()
    missing = [text for text in EXPECTED if text not in output]
    if missing:
        raise DemoError("GDB did not show: " + "; ".join(missing))
    return output


def by_what(output):
    """What served it, by the server's word (`monitor watch`)."""
    tier = re.search(r"^  watch .* (by .*), hits 2$", output, re.M)
    if not tier:
        raise DemoError("`monitor watch` did not tell of two hits")
    if tier[1] == "by page trap":
        return (tier[1] + ": this KVM reports no data breakpoint of a debug "
                "register")
    return tier[1]


def main():
    parser = argparse.ArgumentParser(prog="demo.py")
    parser.add_argument("--build", required=True)
    parser.add_argument("--target", choices=["native", "svm", "vmx"])
    args = parser.parse_args()

    kvmgdb = os.path.join(args.build, "src/kvmgdb")
    elf = os.path.join(args.build, "tests/guests/demo.elf")
    name = args.target
    if not name:
        reason = why_not_native(kvmgdb)
        name = "svm" if reason else "native"
        say("using " + (f"a nested KVM in QEMU: {reason}" if reason
                        else "the KVM of this machine"))
    if name != "native":
        subprocess.run([os.path.join(ROOT, "scripts/bootstrap"), name],
                       check=True)
    with tempfile.TemporaryDirectory(prefix="kvmgdb-demo-") as workdir:
        target = lab.open_target(name, {KVMGDB: kvmgdb, GUEST: elf},
                                 args.build, workdir)
        try:
            target.start()
            tier = by_what(show(
                target, free_port() if name == "native" else LAB_PORT, elf))
        except (DemoError, lab.LabError) as e:
            print(f"demo: FAILED: {e}", file=sys.stderr)
            return 1
        except subprocess.CalledProcessError as e:
            return e.returncode
        finally:
            target.stop()
    say(f"that was a watchpoint in a KVM guest, {tier}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
