"""Clients in the middle of their calls: a closed gate of the upstream holds them while a test arranges what happens."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from support.configurations import CHAT
from support.fake_upstream import wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer, build_request, connection
from support.upstream_script import behaviour


def held(stream: bool, **extra: object) -> behaviour:
    """An answer that the gate holds: a stream after its second event, a document before its head."""
    return behaviour(hold_head=not stream, hold_after_events=2, **extra)  # type: ignore[arg-type]


@contextmanager
def callers(gateway: gateway_process, bodies: Sequence[dict]) -> Iterator[list[connection]]:
    """One client per body. Each asks when the gateway works on the request of the one before: their order is certain.

    Nobody else may ask this gateway meanwhile.
    """
    with ExitStack() as stack:
        clients: list[connection] = []
        for body in bodies:
            client = stack.enter_context(gateway.connect())
            clients.append(client)
            send_one(gateway, client, body)
        yield clients


def send_one(gateway: gateway_process, client: connection, body: dict) -> None:
    """Sends a request and waits until the gateway works on it."""
    before = gateway.active_requests()
    client.send(build_request("POST", CHAT, body))
    wait_until(lambda: gateway.active_requests() > before, what="the request is in the gateway")


def leave(client: connection, reset: bool = False) -> None:
    """The client goes away, by FIN or by RST."""
    if reset:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def is_whole(got: answer, text: str = behaviour().text) -> bool:
    """The fake upstream's answer, complete to the last event."""
    streamed = (got.header("content-type") or "").startswith("text/event-stream")
    return got.status == 200 and got.text() == text and (not streamed or got.events()[-1] == "[DONE]")


def figure(got: answer, name: str) -> str | None:
    """`cost` or `saved` as the client is told: in the head of a document, behind a stream."""
    return got.header(f"x-inferenceflow-{name}") or got.trailer(f"x-inferenceflow-{name}")
