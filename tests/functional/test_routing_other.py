"""A route's other choice beside the one in force, and what excludes a target before anybody is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.configurations import merge
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.routing_setup import COST, STRONG, WEAK, ask, chat, config, served_by
from support.upstream_script import behaviour

starter = Callable[..., gateway_process]
SEND = {**COST, "quality_min": 0.99, "other": {"strategy": "cost_optimal", "quality_min": 0.5, "send_percent": 100}}


@pytest.fixture
def fake() -> Iterator[fake_upstream]:
    with fake_upstream() as one:
        yield one


def test_a_shadow_is_one_whole_answer_of_its_own(start_gateway: starter, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, SEND))
    got = ask(gateway, chat(stream=True), x_request_id="mine")
    assert served_by(got) == STRONG
    rows = gateway.rows_of("auto", 2)
    assert {row["request_id"]: row["model_served"] for row in rows} == {"mine": STRONG, "mine-shadow": WEAK}
    assert not fake.calls(WEAK)[0].json().get("stream")


def test_a_shadow_asks_nobody_else_and_nothing_of_what_failed(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(status=500))
    gateway = start_gateway(merge(config(fake, SEND), {"resilience": {"retry": {"attempts_max": 3}}}))
    assert served_by(ask(gateway)) == STRONG
    gateway.rows_of("auto", 2)
    assert len(fake.calls(STRONG)) == 1
    before = len(fake.calls(WEAK))
    fake.script(STRONG, behaviour(status=400))
    assert ask(gateway).status == 400
    gateway.rows_of("auto", 3)
    assert len(fake.calls(WEAK)) == before


def test_shadows_are_bounded(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(hold_head=True))
    gateway = start_gateway(merge(config(fake, SEND), {"server": {"loops": 1}}))
    with ThreadPoolExecutor(8) as several:
        assert {served_by(got) for got in several.map(lambda _: ask(gateway), range(40))} == {STRONG}
    wait_until(lambda: len(fake.calls(WEAK)) >= 32, what="as many shadows as there may be")
    assert len(fake.calls(WEAK)) == 32


def test_embeddings_are_neither_explored_nor_tried_elsewhere(start_gateway: starter, fake: fake_upstream) -> None:
    routing = {
        **COST,
        "learn": {"enabled": True, "explore_percent": 50},
        "other": {**SEND["other"], "serve_percent": 100, "send_percent": 0},
    }
    gateway = start_gateway(config(fake, routing))
    for number in range(10):
        assert gateway.call("POST", "/v1/embeddings", {"model": "auto", "input": f"x{number}"}).status == 200
    assert len(fake.calls(STRONG)) == 10


def test_what_another_choice_would_do_is_told_without_a_call(start_gateway: starter, fake: fake_upstream) -> None:
    routing = {**SEND, "other": {**SEND["other"], "send_percent": 0, "score_percent": 100}}
    gateway = start_gateway(config(fake, routing))
    told = gateway.call("POST", "/v1/route", chat()).json()
    assert (told["chosen"]["model"], told["other"]["chosen"]["model"]) == (STRONG, WEAK)
    harder = gateway.call("POST", "/v1/route", chat("Prove it, step by step: \\sum_{i=1}^n i. " * 20)).json()
    assert harder["complexity"] > told["complexity"]
    assert gateway.active_requests() == 0


def test_tags_of_the_route_are_kept_to(start_gateway: starter, fake: fake_upstream) -> None:
    models = {STRONG: {"quality": 0.9, "tags": ["eu"]}, WEAK: {"quality": 0.9}}
    assert served_by(ask(start_gateway(config(fake, {**COST, "tags": ["eu"]}, models)))) == STRONG


def test_who_is_sick_is_not_asked_and_may_be_well_again(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(status=500))
    breaker = {"consecutive_failures": 2, "open_time_ms": 60_000}
    gateway = start_gateway(merge(config(fake, COST), {"resilience": {"retry": {"attempts_max": 1}, "breaker": breaker}}))
    assert [ask(gateway).status for _ in range(2)] == [500, 500]
    assert served_by(ask(gateway)) == STRONG
    told = gateway.call("POST", "/v1/route", chat()).json()["candidates"]
    assert {one["model"]: one["verdict"] for one in told} == {STRONG: "chosen", WEAK: "unhealthy"}
    got = ask(gateway, x_inferenceflow_route_models=WEAK)
    assert got.status == 503, "it is not the request's fault"


def test_a_missing_router_file_of_the_other_choice_stops_the_start(start_gateway: starter, fake: fake_upstream) -> None:
    with pytest.raises(RuntimeError, match=r"absent\.router"):
        start_gateway(config(fake, {**COST, "other": {**SEND["other"], "file": "absent.router"}}))
