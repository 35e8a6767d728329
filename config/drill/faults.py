"""A relay before a real server, which can be shut, or made to accept and never answer."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

BLOCK = 65536
Address = tuple[str, int] | str
"""Of a server: host and port, or the path of a Unix socket."""


class Relay:
    """Listens on a port of this machine, and passes on what it gets while it is `open`."""

    def __init__(self, upstream: Address) -> None:
        self._upstream = upstream
        self._silent = False
        self._held: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._accept(self._listener)

    def open(self) -> None:
        """Passes everything on."""
        self.shut()
        self._silent = False
        self._listen()

    def silence(self) -> None:
        """A black hole: connections are accepted, and nothing ever comes back."""
        self.shut()
        self._silent = True
        self._listen()

    def shut(self) -> None:
        """Connections are refused, and those that there were are cut."""
        with self._lock:
            listener, self._listener = self._listener, None
            held, self._held = self._held, set()
        for each in (*([listener] if listener else []), *held):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _listen(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port))
        self._listener = listener
        self._accept(listener)

    def _accept(self, listener: socket.socket) -> None:
        threading.Thread(target=self._accept_all, args=(listener,), daemon=True).start()

    def _accept_all(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            if not self._hold(client, listener) or self._silent:
                continue
            try:
                server = _connected(self._upstream)
            except OSError:
                client.close()
                continue
            if self._hold(server, listener):
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=_pump, args=ends, daemon=True).start()

    def _hold(self, connection: socket.socket, listener: socket.socket) -> bool:
        """Remember a connection, to be cut; False, and cut at once, where the relay is shut."""
        with self._lock:
            if self._listener is listener:
                self._held.add(connection)
                return True
        connection.close()
        return False


def _connected(address: Address) -> socket.socket:
    if isinstance(address, str):
        client = socket.socket(socket.AF_UNIX)
        client.connect(address)
        return client
    return socket.create_connection(address, timeout=10)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        source.settimeout(None)
        while block := source.recv(BLOCK):
            target.sendall(block)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
