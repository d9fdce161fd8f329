"""A small blocking HTTP/1.1 client that hides nothing: raw bytes out, every byte, chunk and trailer in."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


class closed_by_peer(Exception):
    """The peer closed before a whole message had arrived."""


@dataclass
class answer:
    """One response. `chunks` keeps (arrival time, bytes) of each piece of the body as framed by the server."""

    status: int
    reason: str
    version: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    trailers: list[tuple[str, str]] = field(default_factory=list)
    chunks: list[tuple[float, bytes]] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        return _find(self.headers, name)

    def trailer(self, name: str) -> str | None:
        return _find(self.trailers, name)

    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def error(self) -> dict:
        return self.json()["error"]

    def events(self) -> list[str]:
        """The data of each server-sent event."""
        return sse_data(self.body)

    def text(self) -> str:
        """The content of a chat answer, streamed or not."""
        if not (self.header("content-type") or "").startswith("text/event-stream"):
            return self.json()["choices"][0]["message"]["content"]
        deltas = [json.loads(data) for data in self.events() if data != "[DONE]"]
        return "".join(d["choices"][0]["delta"].get("content") or "" for d in deltas if d.get("choices"))


def _find(pairs: list[tuple[str, str]], name: str) -> str | None:
    for key, value in pairs:
        if key.lower() == name.lower():
            return value
    return None


def sse_data(body: bytes) -> list[str]:
    """The `data` of each event of an event stream, comments and other fields left out."""
    found = []
    for block in body.decode().replace("\r\n", "\n").split("\n\n"):
        lines = [line[5:].lstrip(" ") for line in block.split("\n") if line.startswith("data:")]
        if lines:
            found.append("\n".join(lines))
    return found


class connection:
    """One TCP or TLS connection to the server under test."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None, timeout_s: float = 30.0) -> None:
        raw = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock: socket.socket = tls.wrap_socket(raw, server_hostname="localhost") if tls else raw
        self._buffer = b""

    def __enter__(self) -> connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.sock.close()

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def request(self, method: str, target: str, body: bytes | dict | None = None, headers: dict[str, str] | None = None) -> answer:
        self.send(build_request(method, target, body, headers))
        return self.read_answer(head_only=method == "HEAD")

    def read_answer(self, head_only: bool = False) -> answer:
        """Reads one whole answer; interim (1xx) answers are returned by themselves."""
        got = self.read_head()
        if head_only or got.status in (204, 304) or got.status < 200:
            return got
        for piece in self.body_pieces(got):
            got.body += piece
        return got

    def read_head(self) -> answer:
        head = self._until(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        version, status, reason = (lines[0] + "  ").split(" ", 2)
        headers = [_split(line) for line in lines[1:] if line]
        return answer(int(status), reason.strip(), version, headers)

    def body_pieces(self, got: answer) -> Iterator[bytes]:
        """The body as it arrives; fills got.chunks and got.trailers."""
        if (got.header("transfer-encoding") or "").lower() == "chunked":
            yield from self._chunks(got)
        elif got.header("content-length") is not None:
            yield self._exactly(int(got.header("content-length") or 0))
        else:
            yield from self._until_close()

    def _chunks(self, got: answer) -> Iterator[bytes]:
        while True:
            size = int(self._until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                break
            data = self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise AssertionError("chunk data not followed by CRLF")
            got.chunks.append((time.monotonic(), data))
            yield data
        while line := self._until(b"\r\n")[:-2]:
            got.trailers.append(_split(line.decode("latin-1")))

    def _until_close(self) -> Iterator[bytes]:
        try:
            while True:
                data, self._buffer = self._buffer, b""
                if data:
                    yield data
                self._fill()
        except closed_by_peer:
            return

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._fill()
        end = self._buffer.index(mark) + len(mark)
        data, self._buffer = self._buffer[:end], self._buffer[end:]
        return data

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._fill()
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def _fill(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise closed_by_peer(f"peer closed; unread: {self._buffer[:200]!r}")
        self._buffer += data

    def closed(self) -> bool:
        """True once the server has closed; waits for it as long as the socket's timeout allows."""
        try:
            while self.sock.recv(65536):
                pass
            return True
        except (ConnectionResetError, BrokenPipeError):
            return True
        except TimeoutError:
            return False


def _split(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()


def build_request(method: str, target: str, body: bytes | dict | None = None, headers: dict[str, str] | None = None) -> bytes:
    """The bytes of one request; a dict becomes JSON."""
    given = dict(headers or {})
    names = {name.lower() for name in given}
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in names:
        lines.append("Host: localhost")
    payload = json.dumps(body).encode() if isinstance(body, dict) else (body or b"")
    if payload and "content-type" not in names:
        lines.append("Content-Type: application/json")
    if (payload or method == "POST") and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(payload)}")
    lines += [f"{name}: {value}" for name, value in given.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + payload


def call(
    port: int,
    method: str,
    target: str,
    body: bytes | dict | None = None,
    headers: dict[str, str] | None = None,
    timeout_s: float = 60.0,
) -> answer:
    """One request on a connection of its own."""
    with connection(port, timeout_s=timeout_s) as conn:
        return conn.request(method, target, body, headers)
