"""kill -9 under load: what the ledger promised is there."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from support.configurations import CHAT, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import closed_by_peer

CLIENTS = 8
GROUP_LOSS_MS = 100
CLOCK_SLACK_MS = 30


@dataclass
class load:
    """Clients that ask until the gateway dies; remembers which answers arrived whole, and when."""

    answered: dict[str, float] = field(default_factory=dict)

    def run(self, gateway: gateway_process, model: model_name, number: int) -> None:
        try:
            with gateway.connect(timeout_s=10) as conn:
                while True:
                    got = conn.request("POST", CHAT, model.chat(f"client {number}"))
                    if got.status == 200:
                        self.answered[got.header("x-request-id") or ""] = time.time()
        except (OSError, closed_by_peer, ValueError):
            return


def kill_under_load(gateway: gateway_process, model: model_name, answers: int) -> tuple[load, float]:
    seen = load()
    clients = [threading.Thread(target=seen.run, args=(gateway, model, i), daemon=True) for i in range(CLIENTS)]
    for client in clients:
        client.start()
    wait_until(lambda: len(seen.answered) >= answers, timeout_s=60, what="enough answers before the kill")
    killed_at = time.time()
    gateway.kill()
    for client in clients:
        client.join(15)
    return seen, killed_at


def test_sync_loses_no_answered_request(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"ledger": {"durability": "sync"}}))
    seen, _ = kill_under_load(gateway, model, 200)
    rows = {row["request_id"] for row in gateway.ledger_rows()}
    assert not set(seen.answered) - rows


def test_group_loses_at_most_the_last_moments(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"ledger": {"durability": "group"}}))
    seen, killed_at = kill_under_load(gateway, model, 400)
    rows = {row["request_id"] for row in gateway.ledger_rows()}
    lost = [(killed_at - at) * 1000 for request_id, at in seen.answered.items() if request_id not in rows]
    assert len(rows) > 100
    assert not lost or max(lost) <= GROUP_LOSS_MS + CLOCK_SLACK_MS


def test_ledger_is_whole_after_a_kill(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(base_config(upstream))
    kill_under_load(gateway, model, 50)
    before = len(gateway.ledger_rows())
    gateway.start()
    got = gateway.call("POST", CHAT, model.chat("after the kill"))
    assert got.status == 200
    wait_until(lambda: len(gateway.ledger_rows()) == before + 1, what="the old rows and the new one")


def test_streams_are_covered_by_sync(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"ledger": {"durability": "sync"}}))
    got = gateway.call("POST", CHAT, model.chat(stream=True))
    gateway.kill()
    assert got.header("x-request-id") in {row["request_id"] for row in gateway.ledger_rows()}
