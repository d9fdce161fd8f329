"""Many sockets whose clients ask, cancel, close and vanish at random: every request has one end and one row, nothing stays."""

from __future__ import annotations

import random
import socket
import threading

import pytest
from support.configurations import base_config, model_name
from support.fake_upstream import fake_upstream
from support.upstream_script import behaviour
from support.websocket_client import all_quiet, open_socket, socket_client

SOCKETS = 6
ROUNDS = 25
ASKED_AT_ONCE = 6


class chaotic_client:
    """Opens socket after socket. What it does follows from its seed."""

    def __init__(self, gateway, model: model_name, seed: int) -> None:
        self._gateway = gateway
        self._model = model
        self._random = random.Random(seed)
        self.asked = 0
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            for _ in range(ROUNDS):
                with open_socket(self._gateway, max_queue=None) as client:  # else unread messages hold its close up
                    self._play(client)
        except BaseException as failure:  # told by the test
            self.failure = failure

    def _play(self, client: socket_client) -> None:
        names = [f"{number}" for number in range(self._random.randint(1, ASKED_AT_ONCE))]
        for name in names:
            # A few questions are the same everywhere: answered from the cache, or by a call that is shared.
            content = self._random.choice(["same", "alike", f"{self._random.random()}"])
            client.ask(name, self._model.chat(content, temperature=0, stream=self._random.random() < 0.8))
        self.asked += len(names)
        cancelled = [name for name in names if self._random.random() < 0.4]
        for name in cancelled:
            for _ in range(self._random.randint(0, 3)):
                client.receive()
                if any(client.received[other] and client.received[other][-1]["type"] != "event" for other in names):
                    break
            client.cancel(name)
        if self._random.random() < 0.5:
            for name in names:
                client.end(name)
        client.send({"type": "ping"})
        client.until(lambda: any(message["type"] == "pong" for message in client.received[None]))
        if self._random.random() < 0.3:  # vanishes without a word
            client.wire.socket.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_request_has_one_end(upstream: fake_upstream, start_gateway, model: model_name, seed: int) -> None:
    upstream.script(model.upstream, behaviour(chunk_delay_s=0.003))
    gateway = start_gateway(base_config(upstream))
    clients = [chaotic_client(gateway, model, seed * 100 + number) for number in range(SOCKETS)]
    for client in clients:
        client.thread.start()
    for client in clients:
        client.thread.join(60)
        assert not client.thread.is_alive(), "a client waits for an end that does not come"
        assert client.failure is None, client.failure
    all_quiet(gateway)
    rows = gateway.rows_of(model.client, sum(client.asked for client in clients))
    assert {row["status"] for row in rows} <= {200, 499}
    called = [row for row in rows if row["cache"] == "miss"]
    assert len(upstream.calls(model.upstream)) <= len(called), "no call without a row of its own"
    assert len({row["request_id"] for row in rows}) == len(rows)
