"""What a request demands of the model or of its trust, where an answer for others is at hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer
from support.routing_setup import COST, STRONG, WEAK, ask, chat, config, served_by
from support.upstream_script import behaviour

starter = Callable[..., gateway_process]
TRAITS = {STRONG: {"quality": 0.9, "tags": ["eu"]}, WEAK: {"quality": 0.88}}


@pytest.fixture
def fake() -> Iterator[fake_upstream]:
    with fake_upstream() as one:
        yield one


@pytest.mark.parametrize("wish", [{"x_inferenceflow_route_models": STRONG}, {"x_inferenceflow_route_tags": "eu"}])
def test_a_kept_answer_is_not_for_who_demands_another_model(
    start_gateway: starter, fake: fake_upstream, wish: dict[str, str]
) -> None:
    gateway = start_gateway(config(fake, COST, TRAITS))
    body = chat(temperature=0)
    assert served_by(ask(gateway, body)) == WEAK
    assert served_by(ask(gateway, body, **wish)) == STRONG
    again = ask(gateway, body, **wish)
    assert (served_by(again), again.header("x-inferenceflow-cache")) == (STRONG, "hit"), "who demands the same shares"
    assert served_by(ask(gateway, body)) == WEAK


def test_a_kept_answer_is_not_for_who_demands_more_trust(start_gateway: starter, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, COST, TRAITS))
    body = chat(temperature=0)
    ask(gateway, body)
    assert ask(gateway, body, x_inferenceflow_min_confidence="0.99").header("x-inferenceflow-cache") == "miss"


def test_a_call_under_way_is_not_for_who_demands_another_model(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(hold_head=True))
    gateway = start_gateway(config(fake, COST, TRAITS))
    body = chat(temperature=0)
    first: list[answer] = []
    waiting = threading.Thread(target=lambda: first.append(ask(gateway, body)))
    waiting.start()
    wait_until(lambda: bool(fake.calls(WEAK)), what="the call")
    assert served_by(ask(gateway, body, x_inferenceflow_route_models=STRONG)) == STRONG
    fake.gate.open()
    waiting.join()
    assert served_by(first[0]) == WEAK
