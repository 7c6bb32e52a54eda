# SPDX-License-Identifier: MIT
"""Builds the lab's initramfs: a "newc" cpio archive, written without root."""

import os
import re
import stat
import subprocess

INIT = """#!/bin/busybox sh
# SPDX-License-Identifier: MIT
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tracefs tracefs /sys/kernel/tracing
mount -t devtmpfs dev /dev
mount -t tmpfs tmpfs /tmp
ip link set lo up
for m in @MODULES@; do
	insmod /lib/modules/$m.ko || echo "lab: cannot load $m"
done
echo "lab: ready"
export PATH=/bin:/sbin:/usr/bin HOME=/tmp TERM=dumb
exec /bin/lab-agent /dev/ttyS1
"""


class Archive:
    """Files by their path in the lab; folders come into being by themselves."""

    def __init__(self):
        self._nodes = {}

    def folder(self, path):
        path = path.strip("/")
        if path and path not in self._nodes:
            self.folder(os.path.dirname(path))
            self._nodes[path] = (stat.S_IFDIR | 0o755, b"", (0, 0))

    def data(self, path, data, mode=0o755):
        self.folder(os.path.dirname(path))
        self._nodes[path.strip("/")] = (stat.S_IFREG | mode, data, (0, 0))

    def file(self, path, local_path):
        with open(local_path, "rb") as f:
            self.data(path, f.read())

    def device(self, path, major, minor):
        self.folder(os.path.dirname(path))
        self._nodes[path.strip("/")] = (stat.S_IFCHR | 0o600, b"",
                                        (major, minor))

    def program(self, path, local_path):
        """A file, and the shared libraries it needs, at their own paths."""
        self.file(path, local_path)
        for library in shared_libraries(local_path):
            if library.strip("/") not in self._nodes:
                self.file(library, library)

    def write(self, path):
        with open(path, "wb") as out:
            nodes = [*self._nodes.items(), ("TRAILER!!!", (0, b"", (0, 0)))]
            for number, (name, (mode, data, device)) in enumerate(nodes, 1):
                text = name.encode() + b"\0"
                fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0,
                          *device, len(text), 0]
                out.write(b"070701" + b"".join(b"%08X" % f for f in fields))
                out.write(text)
                out.write(b"\0" * (-(110 + len(text)) % 4))
                out.write(data)
                out.write(b"\0" * (-len(data) % 4))


def shared_libraries(path):
    """Absolute paths that the dynamic loader would open for this program."""
    # Only programs with an interpreter are shown to ldd, which may run them;
    # a guest image is none.
    headers = subprocess.run(["readelf", "-lW", path], text=True,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, check=False).stdout
    if "Requesting program interpreter" not in headers:
        return []
    text = subprocess.run(["ldd", path], text=True, check=True,
                          stdout=subprocess.PIPE).stdout
    lost = re.findall(r"^\s*(\S+) => not found", text, re.M)
    if lost:
        raise FileNotFoundError(f"{path} needs {', '.join(lost)}")
    return re.findall(r"(/\S+) \(0x", text)


def find_module(kernel_root, name):
    for folder, _, names in os.walk(os.path.join(kernel_root, "lib/modules")):
        if name + ".ko" in names:
            return os.path.join(folder, name + ".ko")
    raise FileNotFoundError(f"no {name}.ko under {kernel_root}")


def build(path, kernel_root, modules, agent, files):
    """Write the initramfs; `files` maps lab paths to local paths."""
    archive = Archive()
    for folder in ("proc", "sys", "dev", "tmp", "root", "etc", "sbin"):
        archive.folder(folder)
    archive.device("/dev/console", 5, 1)
    archive.data("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n", 0o644)
    archive.data("/init", INIT.replace("@MODULES@", " ".join(modules)).encode())
    archive.file("/bin/busybox", "/bin/busybox")
    archive.program("/bin/lab-agent", agent)
    for name in modules:
        archive.file(f"/lib/modules/{name}.ko", find_module(kernel_root, name))
    for lab_path, local_path in files.items():
        archive.program(lab_path, local_path)
    archive.write(path)
