"""An upstream that does what a test tells it: politely, wrongly, or not at all. It speaks OpenAI's protocol, or a given one.

In a test: `with fake_upstream() as upstream: upstream.script("model", behaviour(...))`.
By hand:   `python -m support.fake_upstream` prints its port; POST /control takes {"model": …, "behaviour": {…}}.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ssl
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable

from support.fakes.shape import shape
from support.openai_plain import openai_plain
from support.upstream_connection import upstream_connection
from support.upstream_script import behaviour, gate, seen_request


class fake_upstream:
    """Runs on its own thread and event loop; every public method may be called from the test's thread."""

    def __init__(self, tls: ssl.SSLContext | None = None, port: int = 0, speaks: shape | None = None) -> None:
        self.requests: list[seen_request] = []
        self.shape = speaks or openai_plain()
        self.playbook: Callable[[seen_request], behaviour] | None = None  # for models without a script
        self.answer_headers: list[tuple[str, str]] = [("x-upstream-private", "fake"), ("openai-processing-ms", "12")]
        self.connections_total = 0
        self.connections_open = 0
        self.flooded_bytes = 0
        self.port = port
        self._tls = tls
        self._answers = 0
        self._scripts: dict[str, behaviour] = {}
        self._next: dict[str, deque[behaviour]] = defaultdict(deque)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake_upstream", daemon=True)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.gate = gate(self._loop)

    @property
    def origin(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/v1"

    def __enter__(self) -> fake_upstream:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=self._tls, limit=64 << 20, backlog=2048)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections_total += 1
        self.connections_open += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await upstream_connection(self, self.connections_total, reader, writer).serve()
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(writer.wait_closed(), 1)
            self.connections_open -= 1  # only now has the other side been told

    def script(self, model: str, how: behaviour) -> None:
        """Every request for `model` is answered like this from now on."""
        self._scripts[model] = how

    def script_next(self, model: str, *how: behaviour) -> None:
        """The next requests for `model` are answered like this, one each, before the standing script holds."""
        self._next[model].extend(how)

    def behaviour_for(self, request: seen_request) -> behaviour:
        queue = self._next.get(request.model)
        if queue:
            return queue.popleft()
        if self.playbook is not None and request.model not in self._scripts:
            return self.playbook(request)
        return self._scripts.get(request.model, behaviour())

    def note(self, request: seen_request) -> None:
        self.requests.append(request)

    def next_answer_number(self) -> int:
        self._answers += 1
        return self._answers

    def calls(self, model: str) -> list[seen_request]:
        """Requests that came for `model`, oldest first."""
        return [request for request in self.requests if request.model == model]

    def drop_idle_connections(self) -> None:
        """Closes every open connection: whatever the gateway pooled is stale now."""

        async def drop() -> None:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(drop(), self._loop).result(10)


def wait_until(condition: Callable[[], bool], timeout_s: float = 10.0, what: str = "condition") -> None:
    """Polls until `condition()` holds; fails the test with `what` when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"timed out after {timeout_s} s waiting for: {what}")
        time.sleep(0.005)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    with fake_upstream(port=parser.parse_args().port) as upstream:
        print(upstream.port, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
