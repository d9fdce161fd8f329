"""Load whose send times are fixed beforehand, so that a slow answer delays no other request and hides no waiting."""

from __future__ import annotations

import asyncio
import json
import random
import selectors
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CONNECTIONS_MAX = 900  # select() takes no descriptors beyond 1,023
DRAIN_S = 20.0


@dataclass
class sent:
    """One request and what became of it. Times are in seconds."""

    kind: str
    late_s: float = 0  # how late it was sent: the load generator's own doing
    latency_s: float = 0  # from the moment when it was due until its answer was whole
    state: str = ""  # x-inferenceflow-cache; "failed" when the status was not 200


def request_bytes(model: str, text: str) -> bytes:
    body = json.dumps({"model": model, "temperature": 0, "messages": [{"role": "user", "content": text}]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def header(head: bytes, name: bytes) -> bytes:
    """The value of a field, or nothing. `head` as it came; `name` in lower case with its colon."""
    at = head.lower().find(b"\r\n" + name)
    if at < 0:
        return b""
    at += 2 + len(name)
    return head[at : head.index(b"\r\n", at)].strip()


class connection(asyncio.Protocol):
    """One keep-alive connection that carries one request at a time."""

    def __init__(self, idle: list[connection]) -> None:
        self._idle = idle
        self._transport: asyncio.Transport | None = None
        self._got = bytearray()
        self._done: Callable[[str], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: bytes, done: Callable[[str], None]) -> None:
        assert self._transport is not None
        self._done = done
        self._got.clear()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._got[: end + 2])
        if len(self._got) < end + 4 + int(header(head, b"content-length:") or 0):
            return
        good = head.startswith(b"HTTP/1.1 200")
        self._finish(header(head, b"x-inferenceflow-cache:").decode() if good else "failed")
        self._idle.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self._idle:
            self._idle.remove(self)
        self._finish("failed")

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _finish(self, state: str) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(state)


def send_times(rate: float, seconds: float, seed: int) -> list[float]:
    """Independent users: times between requests are exponential, so some come close together."""
    draws, at, times = random.Random(seed), 0.0, []
    while (at := at + draws.expovariate(rate)) < seconds:
        times.append(at)
    return times


async def _run(port: int, plan: Sequence[tuple[float, str, bytes]], show: Callable[[float], None]) -> list[sent]:
    loop = asyncio.get_running_loop()
    idle: list[connection] = []
    opened: list[connection] = []
    outcomes = [sent(kind) for _, kind, _ in plan]
    left = len(plan)
    ended = asyncio.Event()
    begin = time.perf_counter() + 0.05

    def finished(number: int, state: str) -> None:
        nonlocal left
        outcomes[number].latency_s = time.perf_counter() - begin - plan[number][0]
        outcomes[number].state = state
        left -= 1
        if left == 0:
            ended.set()

    async def free_connection() -> connection:
        while not idle:
            if len(opened) < CONNECTIONS_MAX:
                _, made = await loop.create_connection(lambda: connection(idle), "127.0.0.1", port)
                opened.append(made)
                return made
            await asyncio.sleep(0.001)
        return idle.pop()

    async def send_one(number: int) -> None:
        free = await free_connection()
        outcomes[number].late_s = time.perf_counter() - begin - plan[number][0]
        free.send(plan[number][2], lambda state: finished(number, state))

    tasks = set()
    for number, (due, _, _) in enumerate(plan):
        wait = begin + due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        show(due)
        task = loop.create_task(send_one(number))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    try:
        await asyncio.wait_for(ended.wait(), DRAIN_S)
    except TimeoutError:
        raise RuntimeError(f"{left} requests were not answered within {DRAIN_S:.0f} s") from None
    finally:
        for each in opened:
            each.close()
    return outcomes


def run_open_loop(port: int, plan: Sequence[tuple[float, str, bytes]], show: Callable[[float], None]) -> list[sent]:
    """Sends each (time due in seconds, kind, request) when it is due. Blocks until the last answer.

    `show` is called with the time due of each request. Raises RuntimeError when answers stay away.
    """
    # epoll would round waits up to whole milliseconds.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    try:
        return loop.run_until_complete(_run(port, plan, show))
    finally:
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
