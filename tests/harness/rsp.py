# SPDX-License-Identifier: MIT
"""A raw client: packets as one likes them, right or wrong."""
import re
import socket


class Problem(Exception):
    """What was seen is not what must be seen."""


# The answer to one who comes while another is there.
TURNED_AWAY = "E.another GDB is connected already"


class Closed(Exception):
    """The server hung up."""


def frame(payload):
    data = payload.encode("latin-1") if isinstance(payload, str) else payload
    return b"$" + data + b"#" + b"%02x" % (sum(data) % 256)


def expand(data):
    """Undo run lengths and escapes of a reply."""
    out = bytearray()
    i = 0
    while i < len(data):
        if data[i:i + 1] == b"}":
            i += 1
            out.append(data[i] ^ 0x20)
        elif data[i:i + 1] == b"*":
            i += 1
            out += out[-1:] * (data[i] - 29)
        else:
            out.append(data[i])
        i += 1
    return bytes(out)


class Client:
    def __init__(self, port, timeout):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        # A Ctrl-C comes when it is sent, not with what is sent next.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(timeout)
        self.timeout = timeout
        self.buffer = b""
        self.acks = True
        self.log = []

    def close(self):
        self.socket.close()

    def raw(self, data):
        self.log.append("-> %r" % data)
        self.socket.sendall(data)

    def byte(self):
        if not self.buffer:
            try:
                self.buffer = self.socket.recv(65536)
            except socket.timeout:
                raise Problem("no answer") from None
            except ConnectionError:
                raise Closed from None
            if not self.buffer:
                raise Closed
            self.log.append("<- %r" % self.buffer[:400])
        first, self.buffer = self.buffer[:1], self.buffer[1:]
        return first

    def receive(self):
        """The next packet's payload, as text; acknowledged."""
        while self.byte() != b"$":
            pass
        data = b""
        while True:
            b = self.byte()
            if b == b"#":
                break
            data += b
        digits = self.byte() + self.byte()
        if int(digits, 16) != sum(data) % 256:
            raise Problem("checksum %r of %r" % (digits, data))
        if self.acks:
            self.raw(b"+")
        return expand(data).decode("latin-1")

    def ask(self, payload):
        self.raw(frame(payload))
        return self.receive()

    def expect(self, payload, regex):
        reply = self.ask(payload)
        if not re.fullmatch(regex, reply):
            raise Problem("%s -> %r, expected %s" % (payload, reply, regex))
        return reply

    def begin(self):
        """What every client does first; the stop reply."""
        self.expect("qSupported:multiprocess+;swbreak+;hwbreak+;"
                    "vContSupported+", r".*PacketSize=[0-9a-f]+.*")
        return self.expect("?", r"T[0-9a-f]{2}.*|S[0-9a-f]{2}")

    def memory(self, address, size):
        reply = self.expect("m%x,%x" % (address, size), r"[0-9a-f]+")
        return int.from_bytes(bytes.fromhex(reply), "little")
