"""Requests written byte by byte, for what no client library would send."""

from __future__ import annotations

from support.configurations import CHAT
from support.gateway_process import gateway_process
from support.raw_http import answer


def raw_answer(gateway: gateway_process, data: bytes) -> tuple[answer, bool]:
    """Sends raw bytes; returns the answer and whether the server closed afterwards."""
    with gateway.connect(timeout_s=10) as conn:
        conn.send(data)
        got = conn.read_answer()
        conn.sock.settimeout(3)
        return got, conn.closed()


def head(*lines: str) -> bytes:
    return (
        "\r\n".join([f"POST {CHAT} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *lines]).encode("latin-1") + b"\r\n\r\n"
    )
