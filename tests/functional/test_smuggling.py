"""Framing that two readers could read differently: refused, and the connection closed behind it."""

from __future__ import annotations

import pytest
from support.fake_upstream import fake_upstream
from support.gateway_process import gateway_process
from support.raw_requests import head, raw_answer


@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}XX0\r\n\r\n",
        b"-2\r\n{}\r\n0\r\n\r\n",
        b"0x2\r\n{}\r\n0\r\n\r\n",
        b"FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
        b"2 2\r\n{}\r\n0\r\n\r\n",
        b"\r\n{}\r\n0\r\n\r\n",
        b"1\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_bad_chunking_is_400(gateway: gateway_process, chunks: bytes) -> None:
    got, closed = raw_answer(gateway, head("Transfer-Encoding: chunked") + chunks)
    assert got.status == 400
    assert got.error["type"] == "invalid_request_error"
    assert closed


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 5, 6",),
        ("Content-Length: +5",),
        ("Content-Length: -5",),
        ("Content-Length: 0x5",),
        ("Content-Length: 5 5",),
        ("Content-Length: 99999999999999999999999",),
        ("Content-Length : 5",),
        ("Transfer-Encoding : chunked",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: identity, chunked",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: \x0bchunked",),
        ("X-Folded: a", " b: c", "Content-Length: 5"),
        ("X-Folded: a", "\tContent-Length: 5"),
        ("X-Nul: a\x00b", "Content-Length: 0"),
        ("X-Cr: a\rb", "Content-Length: 0"),
        ("X Space: a", "Content-Length: 0"),
        ("no colon here", "Content-Length: 0"),
        (": no name", "Content-Length: 0"),
        ("Host: second.example", "Content-Length: 0"),
    ],
)
def test_smuggling_attempts_are_refused(
    gateway: gateway_process, upstream: fake_upstream, lines: tuple[str, ...]
) -> None:
    before = len(upstream.requests)
    smuggled = b"0\r\n\r\nPOST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
    got, closed = raw_answer(gateway, head(*lines) + smuggled)
    assert got.status in (400, 413, 501)
    assert closed, "the rest of the bytes must not be read as a request"
    assert len(upstream.requests) == before


@pytest.mark.parametrize(
    "first",
    [
        b"GET /health/live HTTP/3.0",
        b"GET /health/live HTTP/1.1 extra",
        b"GET  /health/live HTTP/1.1",
        b"G@T /health/live HTTP/1.1",
        b"GET /health/live",
        b"PRI * HTTP/2.0",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /\x00 HTTP/1.1",
    ],
)
def test_bad_request_lines(gateway: gateway_process, first: bytes) -> None:
    got, closed = raw_answer(gateway, first + b"\r\nHost: localhost\r\n\r\n")
    assert got.status in (400, 505)
    assert closed
