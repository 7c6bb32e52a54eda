# SPDX-License-Identifier: MIT
"""The host's end of the lab's serial line. The frames are told in wire.h."""

import selectors
import socket
import struct
import threading
import time

GREETING = b"kvmgdb-lab-1\n"
PAYLOAD_MAX = 16384
LINE_BACKLOG = 256 * 1024  # above it no local socket is read
HEADER = struct.Struct("<BBHH")

CONNECT, SPAWN, STORE, SIGNAL, QUIT, PING = 1, 2, 3, 4, 5, 6
DATA, END, CLOSE = 16, 17, 18
EXIT, PONG, STORED = 32, 33, 34


class LineDown(Exception):
    """The emulator is gone, or does not answer any more."""


class Channel:
    """What the loop calls, in its thread, for the frames of one channel."""

    def on_data(self, data):
        pass

    def on_end(self):
        pass

    def on_close(self):
        """The lab gave the channel up, or the line is down."""

    def on_status(self, kind, status):
        pass


class StatusChannel(Channel):
    """Keeps output and final status; others wait for it."""

    def __init__(self):
        self._changed = threading.Condition()
        self._output = bytearray()
        self._over = False
        self.status = None  # None when over: the channel broke

    def on_data(self, data):
        with self._changed:
            self._output += data
            self._changed.notify_all()

    def on_status(self, kind, status):
        with self._changed:
            self.status = status
            self._over = True
            self._changed.notify_all()

    def on_close(self):
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def output(self):
        with self._changed:
            return bytes(self._output)

    def over(self):
        with self._changed:
            return self._over

    def wait(self, timeout):
        with self._changed:
            return self._changed.wait_for(lambda: self._over, timeout)


class Tunnel(Channel):
    """One accepted local connection, carried to a port in the lab."""

    def __init__(self, line, sock, port):
        self._line = line
        self._sock = sock
        self._out = bytearray()
        self._read_open = True   # the local peer may still send
        self._write_open = True  # the lab may still send
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.channel = line.add_channel(self)
        line.send(CONNECT, self.channel, struct.pack("<H", port))
        line.watch(sock, selectors.EVENT_READ, self._ready)

    def _drop(self, tell):
        if self._sock is None:
            return
        self._line.watch(self._sock, 0, None)
        self._sock.close()
        self._sock = None
        if tell:
            self._line.send(CLOSE, self.channel)
        self._line.drop_channel(self.channel)

    def update(self):
        if self._sock is None:
            return
        events = 0
        if self._read_open and not self._line.choked():
            events |= selectors.EVENT_READ
        if self._out:
            events |= selectors.EVENT_WRITE
        self._line.watch(self._sock, events, self._ready)

    def _flush(self):
        if self._sock is None:
            return
        try:
            while self._out:
                del self._out[:self._sock.send(self._out)]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(tell=True)
            return
        if not self._out and not self._write_open:
            try:
                self._sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            if not self._read_open:
                self._drop(tell=False)
        self.update()

    def _ready(self, events):
        if events & selectors.EVENT_WRITE:
            self._flush()
        if self._sock is None or not events & selectors.EVENT_READ:
            return
        try:
            data = self._sock.recv(PAYLOAD_MAX)
        except BlockingIOError:
            return
        except OSError:
            self._drop(tell=True)
            return
        if data:
            self._line.send(DATA, self.channel, data)
            return
        self._read_open = False
        self._line.send(END, self.channel)
        if not self._write_open and not self._out:
            self._drop(tell=False)
        self.update()

    def on_data(self, data):
        self._out += data
        self._flush()

    def on_end(self):
        self._write_open = False
        self._flush()

    def on_close(self):
        self._drop(tell=False)


class Line:
    """Frames over a connected stream socket, served by one thread.

    All methods but those said otherwise are called in that thread.
    """

    def __init__(self, sock):
        self._sock = sock
        self._selector = selectors.DefaultSelector()
        self._channels = {}
        self._next_channel = 1
        self._out = bytearray()
        self._in = bytearray()
        self._greeted = threading.Event()
        self._down = threading.Event()
        self._calls = []
        self._calls_lock = threading.Lock()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_in.setblocking(False)
        self._listeners = {}
        self.last_heard = time.monotonic()
        sock.setblocking(False)
        self._tcp = sock.family == socket.AF_INET
        if self._tcp:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._hurry()
        self.watch(sock, selectors.EVENT_READ, self._line_ready)
        self.watch(self._wake_in, selectors.EVENT_READ, self._woken)
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    # ---- for other threads ----

    def wait_greeting(self, timeout):
        end = time.monotonic() + timeout
        while not self._greeted.wait(0.05):
            if self._down.is_set() or time.monotonic() > end:
                return False
        return True

    def down(self):
        return self._down.is_set()

    def call(self, function):
        """Run in the loop's thread; returns what it returned."""
        done = threading.Event()
        result = []

        def run():
            try:
                result.append(function())
            finally:
                done.set()

        with self._calls_lock:
            if self._down.is_set():
                raise LineDown("the lab is down")
            self._calls.append(run)
        self._wake_out.send(b"x")
        done.wait()
        if not result:
            raise LineDown("the lab is down")
        return result[0]

    def start_channel(self, channel, kind, payload):
        def start():
            number = self.add_channel(channel)
            self.send(kind, number, payload)
            return number
        return self.call(start)

    def ping(self, payload, timeout):
        """Seconds for payload to go there and back, or None."""
        probe = StatusChannel()
        start = time.monotonic()
        self.start_channel(probe, PING, payload)
        if not probe.wait(timeout) or probe.status is None:
            return None
        return time.monotonic() - start

    def listen(self, port):
        """A loopback port here, that reaches `port` in the lab."""
        def start():
            listener = socket.create_server(("127.0.0.1", 0))
            listener.setblocking(False)
            self._listeners[port] = listener
            self.watch(listener, selectors.EVENT_READ,
                       lambda _: self._accept(listener, port))
            return listener.getsockname()[1]

        def find():
            if port in self._listeners:
                return self._listeners[port].getsockname()[1]
            return start()
        return self.call(find)

    def close(self):
        try:
            self.call(self._go_down)
        except LineDown:
            pass
        self._thread.join(10)

    # ---- in the loop's thread ----

    def add_channel(self, channel):
        number = self._next_channel
        while number in self._channels or number == 0:
            number = (number + 1) & 0xffff
        self._next_channel = (number + 1) & 0xffff
        self._channels[number] = channel
        return number

    def drop_channel(self, number):
        self._channels.pop(number, None)

    def choked(self):
        return len(self._out) > LINE_BACKLOG

    def send(self, kind, channel, payload=b""):
        payload = memoryview(payload)
        while True:
            part = payload[:PAYLOAD_MAX]
            self._out += HEADER.pack(kind, 0, channel, len(part))
            self._out += part
            payload = payload[PAYLOAD_MAX:]
            if not payload:
                break

    def watch(self, sock, events, callback):
        known = sock.fileno() in self._selector.get_map()
        if events and known:
            self._selector.modify(sock, events, callback)
        elif events:
            self._selector.register(sock, events, callback)
        elif known:
            self._selector.unregister(sock)

    def _accept(self, listener, port):
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        Tunnel(self, sock, port)

    def _woken(self, _):
        try:
            self._wake_in.recv(4096)
        except BlockingIOError:
            pass
        with self._calls_lock:
            calls, self._calls = self._calls, []
        for run in calls:
            run()

    def _hurry(self):
        # Bochs sends byte by byte and leaves Nagle on: with acknowledgements
        # that wait, each byte would cost 40 ms. Linux forgets the option.
        if self._tcp:
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _line_ready(self, events):
        if not events & selectors.EVENT_READ:
            return
        try:
            data = self._sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._go_down()
            return
        self.last_heard = time.monotonic()
        self._hurry()
        self._in += data
        if not self._greeted.is_set():
            at = self._in.find(GREETING)
            if at < 0:
                return
            del self._in[:at + len(GREETING)]
            # Not before: what comes while the port is closed is lost there.
            self._out[:0] = GREETING
            self._greeted.set()
        while len(self._in) >= HEADER.size:
            kind, _, number, length = HEADER.unpack_from(self._in)
            if len(self._in) < HEADER.size + length:
                return
            payload = bytes(self._in[HEADER.size:HEADER.size + length])
            del self._in[:HEADER.size + length]
            self._frame(kind, number, payload)

    def _frame(self, kind, number, payload):
        channel = self._channels.get(number)
        if channel is None:
            return
        if kind == DATA:
            channel.on_data(payload)
        elif kind == END:
            channel.on_end()
        elif kind == CLOSE:
            channel.on_close()
            self.drop_channel(number)
        elif kind in (EXIT, STORED):
            channel.on_status(kind, struct.unpack("<i", payload)[0])
            self.drop_channel(number)
        elif kind == PONG:
            channel.on_status(kind, 0)
            self.drop_channel(number)

    def _flush(self):
        try:
            while self._out:
                del self._out[:self._sock.send(bytes(self._out[:65536]))]
        except BlockingIOError:
            pass
        except OSError:
            self._go_down()

    def _go_down(self):
        with self._calls_lock:
            self._down.set()
        for channel in list(self._channels.values()):
            channel.on_close()
        self._channels.clear()
        for listener in self._listeners.values():
            self.watch(listener, 0, None)
            listener.close()
        self._listeners.clear()

    def _loop(self):
        while not self._down.is_set():
            self._flush()
            if self._down.is_set():
                break
            events = selectors.EVENT_READ
            if self._out:
                events |= selectors.EVENT_WRITE
            self.watch(self._sock, events, self._line_ready)
            choked = self.choked()
            for key, ready in self._selector.select(1):
                key.data(ready)
            if choked or self.choked():
                for channel in list(self._channels.values()):
                    if isinstance(channel, Tunnel):
                        channel.update()
        with self._calls_lock:
            calls, self._calls = self._calls, []
        for run in calls:
            run()
        self._selector.close()
        self._sock.close()
