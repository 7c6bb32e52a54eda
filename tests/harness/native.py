# SPDX-License-Identifier: MIT
"""The machine itself as a target, with the interface of the lab's."""
import os
import signal
import socket
import subprocess
import tempfile


class Job:
    def __init__(self, argv):
        self._out = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=self._out,
            stderr=subprocess.STDOUT, start_new_session=True)

    def output(self):
        size = os.fstat(self._out.fileno()).st_size
        return os.pread(self._out.fileno(), size, 0).decode(errors="replace")

    def alive(self):
        return self._process.poll() is None

    def wait(self, timeout):
        """The exit status, or None if it still runs."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def kill(self):
        if self.alive():
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class NativeTarget:
    def __init__(self, files):
        self._files = files

    def start(self):
        pass

    def stop(self):
        pass

    def path(self, lab_path):
        return self._files[lab_path]

    def run(self, argv, timeout):
        done = subprocess.run(argv, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout,
                              check=False)
        return done.returncode, done.stdout.decode(errors="replace")

    def spawn(self, argv):
        return Job(argv)

    def connect_port(self, port):
        return port


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
