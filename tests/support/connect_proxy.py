"""A forward proxy that understands CONNECT only, and remembers what it was asked to connect to."""

from __future__ import annotations

import contextlib
import select
import socket
import threading


class connect_proxy:
    """Tunnels bytes to this machine, whatever host is named; `allow=False` refuses every tunnel with 403."""

    def __init__(self, allow: bool = True) -> None:
        self.requests: list[str] = []
        self._allow = allow
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="connect_proxy", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> connect_proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                data = client.recv(4096)
                if not data:
                    return
                head += data
            first = head.split(b"\r\n", 1)[0].decode("latin-1")
            self.requests.append(first)
            method, target, _ = first.split(" ", 2)
            if method != "CONNECT" or not self._allow:
                client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            port = int(target.rsplit(":", 1)[1])
            with socket.create_connection(("127.0.0.1", port), timeout=10) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _relay(client, server)


def _relay(left: socket.socket, right: socket.socket) -> None:
    while True:
        for readable in select.select([left, right], [], [])[0]:
            data = readable.recv(65536)
            if not data:
                return
            (right if readable is left else left).sendall(data)
