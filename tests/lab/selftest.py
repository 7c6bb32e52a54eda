# SPDX-License-Identifier: MIT
"""Does a lab do what its interface says? Run by `lab.py TARGET selftest`."""

import os
import signal
import socket
import threading
import time

import lab

ECHO_PORT, SINK_PORT, DEAD_PORT = 4001, 4002, 4003


def _connect(target, port):
    return socket.create_connection(("127.0.0.1", target.connect_port(port)),
                                    timeout=120)


def _read_all(sock):
    data = bytearray()
    while True:
        part = sock.recv(65536)
        if not part:
            return bytes(data)
        data += part


def _echo(target, data):
    with _connect(target, ECHO_PORT) as sock:
        sender = threading.Thread(target=lambda: (
            sock.sendall(data), sock.shutdown(socket.SHUT_WR)))
        sender.start()
        answer = _read_all(sock)
        sender.join()
        return answer


def check_status(target):
    assert target.run(["/bin/true"], 60)[0] == 0
    assert target.run(["/bin/false"], 60)[0] == 1
    status, output = target.run(["/bin/sh", "-c", "echo a; echo b >&2; exit 7"],
                                60)
    assert (status, output) == (7, "a\nb\n"), (status, output)
    status, output = target.run(["/bin/no-such-program"], 60)
    assert status == 127 and "no-such-program" in output, (status, output)


def check_kill(target):
    job = target.spawn(["/bin/sleep", "100000"])
    assert job.alive() and job.wait(0.2) is None
    job.kill()
    assert job.wait(60) == 128 + 9
    assert not job.alive()


def check_bound(target):
    status, output = target.run(["/bin/sleep", "100000"], 1)
    assert status == 124 and "ended after" in output, (status, output)


def check_put(target):
    data = os.urandom(50000)
    target.put("/tmp/blob", data)
    status, output = target.run(["/bin/busybox", "wc", "-c", "/tmp/blob"], 60)
    assert status == 0 and output.startswith("50000"), output


def check_tunnels(target):
    """Several at once, half-closed, byte-exact; then again on the port."""
    for _ in range(2):
        data = [os.urandom(n) for n in (0, 1, 5000, 20000)]
        answers = [None] * len(data)

        def one(i):
            answers[i] = _echo(target, data[i])

        threads = [threading.Thread(target=one, args=(i,))
                   for i in range(len(data))]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert answers == data, [a and len(a) for a in answers]


def check_end_from_inside(target):
    with _connect(target, SINK_PORT) as sock:
        assert _read_all(sock) == b"bye\n"


def check_nobody_listens(target):
    try:
        with _connect(target, DEAD_PORT) as sock:
            assert _read_all(sock) == b""
    except ConnectionError:
        pass


def check_kvm(target):
    assert target.run(["/bin/busybox", "test", "-c", "/dev/kvm"], 60)[0] == 0


def check_death(target):
    """A hung emulator is killed and started again once, a dead one given up."""
    target.put("/tmp/kept", b"kept")
    target.silence_limit, usual = 3, target.silence_limit
    os.kill(target.emulator_pid(), signal.SIGSTOP)
    try:
        target.run(["/bin/true"], 300)
    except lab.LabError:
        pass
    else:
        raise AssertionError("a stopped emulator answers")
    target.silence_limit = usual
    status, output = target.run(["/bin/cat", "/tmp/kept"], 60)
    assert (status, output) == (0, "kept"), (status, output)
    os.kill(target.emulator_pid(), signal.SIGKILL)
    for _ in range(2):
        try:
            target.run(["/bin/true"], 300)
        except lab.LabError:
            continue
        raise AssertionError("the lab was started a third time")


CHECKS = [check_kvm, check_status, check_kill, check_bound, check_put,
          check_tunnels, check_end_from_inside, check_nobody_listens]


def _verdict(target, check):
    name = f"lab-{target.name}-{check.__name__[6:].replace('_', '-')}"
    start = time.monotonic()
    try:
        check(target)
    except (AssertionError, OSError, lab.LabError) as e:
        print(f"not ok {name} - {type(e).__name__}: {e}", flush=True)
        return False
    print(f"ok {name} # {time.monotonic() - start:.2f} s", flush=True)
    return True


def run(target):
    # busybox's servers: one process a connection, as inetd does it.
    jobs = []
    for port, program in ((ECHO_PORT, ["/bin/cat"]),
                          (SINK_PORT, ["/bin/echo", "bye"])):
        jobs.append(target.spawn(
            ["/bin/busybox", "nc", "-ll", "-p", str(port), "-e", *program]))
    failed = 0
    for check in CHECKS:
        failed += not _verdict(target, check)
    for job in jobs:
        job.kill()
    if hasattr(target, "measure"):
        trip, up, down = target.measure()
        print(f"# {target.name}: round trip {trip * 1000:.1f} ms,"
              f" {up / 1000:.0f} kB/s in, {down / 1000:.0f} kB/s out",
              flush=True)
    # All of it is the same for both emulators; one of them boots fast.
    if target.name == "svm":
        failed += not _verdict(target, check_death)
    return 1 if failed else 0
