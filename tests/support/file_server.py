"""A web server for files that can be told to behave badly. Loopback only."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class served_file:
    """What one path answers."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = '"v1"'
    ranges: bool = True  # answers a Range with 206
    break_after: int | None = None  # closes after so many bytes of the body
    with_length: bool = True
    hold: threading.Event | None = None  # waits for it in the middle of the body


class file_server:
    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.files: dict[str, served_file] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        outer = self

        class handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                outer._serve(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> file_server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}{path}"

    def ranges(self) -> list[str | None]:
        """The Range of every request so far."""
        return [headers.get("range") for _, headers in self.requests]

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        file = self.files.get(request.path.partition("?")[0], served_file(b"nothing here", 404))
        first = self._first_byte(request, file)
        status, headers = file.status, dict(file.headers)
        if first >= len(file.body) > 0 and first > 0:
            status, headers["Content-Range"] = 416, f"bytes */{len(file.body)}"
        elif first > 0:
            status, headers["Content-Range"] = 206, f"bytes {first}-{len(file.body) - 1}/{len(file.body)}"
        body = b"" if status == 416 else file.body[first:]
        request.send_response(status)
        if file.with_length:
            request.send_header("Content-Length", str(len(body)))
        if file.etag:
            request.send_header("ETag", file.etag)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Connection", "close")
        request.close_connection = True
        request.end_headers()
        end = len(body) if file.break_after is None else file.break_after
        if file.hold is not None:
            request.wfile.write(body[: end // 2])
            request.wfile.flush()
            file.hold.wait(30)
            body, end = body[end // 2 :], end - end // 2
        request.wfile.write(body[:end])

    @staticmethod
    def _first_byte(request: BaseHTTPRequestHandler, file: served_file) -> int:
        wanted, condition = request.headers.get("Range"), request.headers.get("If-Range")
        if not wanted or not file.ranges or (condition and condition != file.etag):
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))
