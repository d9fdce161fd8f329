"""A client of /v1/stream on the `websockets` package, and a raw one that may break every rule."""

from __future__ import annotations

import base64
import json
import os
import ssl
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from websockets.sync.client import ClientConnection, connect

from support.configurations import model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import connection

TIMEOUT_S = 20.0
STREAM = "/v1/stream"


class socket_client:
    """One open socket. Messages are kept by the id that they belong to."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire
        self.received: dict[str | None, list[dict]] = defaultdict(list)
        self.order: list[dict] = []

    def send(self, message: dict | str | bytes) -> None:
        self.wire.send(json.dumps(message) if isinstance(message, dict) else message)

    def ask(self, name: str, body: dict, **members: object) -> None:
        self.received.pop(name, None)
        self.send({"type": "request", "id": name, "body": body, **members})

    def cancel(self, name: str) -> None:
        self.send({"type": "cancel", "id": name})

    def receive(self, timeout_s: float = TIMEOUT_S) -> dict:
        message = json.loads(self.wire.recv(timeout_s))
        self.received[message.get("id")].append(message)
        self.order.append(message)
        return message

    def until(self, reached: Callable[[], bool]) -> None:
        """Reads until `reached()`; a message that does not come fails the test with a timeout."""
        while not reached():
            self.receive()

    def events(self, name: str) -> list[dict]:
        return [message["data"] for message in self.received[name] if message["type"] == "event"]

    def text(self, name: str) -> str:
        """What a streamed chat answer says."""
        choices = [choice for event in self.events(name) for choice in event.get("choices", [])]
        return "".join(choice["delta"].get("content") or "" for choice in choices)

    def end(self, name: str | None) -> dict:
        """Reads until the request has ended; its last message."""

        def ended() -> bool:
            return bool(self.received[name]) and self.received[name][-1]["type"] in ("done", "error")

        self.until(ended)
        return self.received[name][-1]

    def done(self, name: str) -> dict:
        last = self.end(name)
        assert last["type"] == "done", last
        return last

    def failed(self, name: str | None) -> dict:
        last = self.end(name)
        assert last["type"] == "error", last
        return last


@contextmanager
def open_socket(
    gateway: gateway_process, tls: ssl.SSLContext | None = None, headers: dict[str, str] | None = None, **extra: object
) -> Iterator[socket_client]:
    url = f"{'wss' if tls else 'ws'}://localhost:{gateway.port}{STREAM}"
    options = {"proxy": None, "max_size": None, "close_timeout": 5, **extra}
    with connect(url, ssl=tls, additional_headers=headers, **options) as wire:  # type: ignore[arg-type]
        yield socket_client(wire)


def handshake(**changes: str | None) -> dict[str, str]:
    """Header fields that open a socket, changed; None leaves one out, `_` stands for `-`."""
    fields: dict[str, str | None] = {
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": base64.b64encode(os.urandom(16)).decode(),
    }
    fields.update({name.replace("_", "-"): value for name, value in changes.items()})
    return {name: value for name, value in fields.items() if value is not None}


def frame(first_byte: int, payload: bytes, masked: bool = True) -> bytes:
    """A client's frame."""
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
    head = bytes([first_byte, length[0] | (0x80 if masked else 0)]) + length[1:]
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


class raw_socket:
    """A socket whose frames are written and read byte by byte."""

    def __init__(self, gateway: gateway_process, early: bytes = b"") -> None:
        """`early` goes out right behind the handshake, before it is answered."""
        self.wire: connection = gateway.connect(TIMEOUT_S)
        lines = "".join(f"{name}: {value}\r\n" for name, value in handshake().items())
        self.wire.send(f"GET {STREAM} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode() + early)
        self._in = b""
        while b"\r\n\r\n" not in self._in:
            self._in += self._read()
        head, self._in = self._in.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101 "), head

    def _read(self) -> bytes:
        data = self.wire.sock.recv(65536)
        if not data:
            raise EOFError
        return data

    def _take(self, count: int) -> bytes:
        while len(self._in) < count:
            self._in += self._read()
        taken, self._in = self._in[:count], self._in[count:]
        return taken

    def send_frame(self, first_byte: int, payload: bytes, masked: bool = True) -> None:
        self.wire.send(frame(first_byte, payload, masked))

    def read_frame(self) -> tuple[int, bytes]:
        """Opcode and payload; EOFError or ConnectionResetError when the gateway has closed."""
        first, second = self._take(2)
        assert first & 0x80, "every frame of the gateway is final"
        assert second & 0x80 == 0, "a server does not mask"
        size = second
        if size >= 126:
            size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
        return first & 0x0F, self._take(size)

    def close_code(self) -> int:
        """Reads on until the gateway's close frame."""
        while True:
            opcode, payload = self.read_frame()
            if opcode == 8:
                return int.from_bytes(payload[:2], "big")

    def __enter__(self) -> raw_socket:
        return self

    def __exit__(self, *_: object) -> None:
        self.wire.close()


def calls_left(upstream: fake_upstream, model: model_name, count: int = 1) -> None:
    """The upstream has seen the gateway close every call for this model."""
    wait_until(
        lambda: len(upstream.calls(model.upstream)) == count and all(call.peer_closed for call in upstream.calls(model.upstream)),
        what="the upstream's calls are closed",
    )


def all_quiet(gateway: gateway_process) -> None:
    wait_until(lambda: gateway.gauge("inferenceflow_websockets") == 0, what="no socket is left")
    wait_until(lambda: gateway.active_requests() == 0, what="no request is left")
