"""The budget of a route, where more is paid than the first answer: fallbacks, other choices, samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.configurations import merge
from support.fake_upstream import fake_upstream
from support.gateway_process import gateway_process
from support.routing_setup import CHEAP_FIRST, COST, ESCALATE, STRONG, UNSURE, WEAK, ask, chat, config, cost_of, served_by
from support.upstream_script import behaviour, fault, usage_counts

starter = Callable[..., gateway_process]
USAGE = usage_counts(prompt=30, completion=100)
CALLS, AT_ONCE = 40, 20


@pytest.fixture
def fake() -> Iterator[fake_upstream]:
    with fake_upstream() as one:
        for model in (STRONG, WEAK):
            one.script(model, behaviour(text="same", usage=USAGE, head_delay_s=0.05))
        yield one


def spent(gateway: gateway_process, rows: int) -> float:
    return sum(row["cost_nano_usd"] for row in gateway.rows_of("auto", rows)) / 1e9


def ask_many(gateway: gateway_process, **extra: object) -> list[int]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda i: ask(gateway, chat(f"{i}", max_tokens=100, **extra)).status, range(CALLS)))


def within(usd: float, routing: dict) -> dict:
    return merge(routing, {"budget": {"usd": usd, "period_s": "100d"}})


def test_a_dearer_fallback_is_set_aside(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(status=500))
    settings = config(fake, within(0.01, COST))
    settings["resilience"] = merge(settings["resilience"], {"retry": {"attempts_max": 2, "budget_floor_per_s": 1000}})
    gateway = start_gateway(settings)
    assert 200 in ask_many(gateway)
    assert spent(gateway, CALLS) <= 0.0101


def test_what_is_asked_beside_is_paid_from_the_same_budget(start_gateway: starter, fake: fake_upstream) -> None:
    other = {"strategy": "cost_optimal", "quality_min": 0.99, "send_percent": 100}
    gateway = start_gateway(config(fake, within(0.01, {**COST, "quality_min": 0.5, "other": other})))
    assert 200 in ask_many(gateway)
    gateway.turn_loops()
    assert sum(row["cost_nano_usd"] for row in gateway.ledger_rows()) / 1e9 <= 0.0101


def test_samples_are_set_aside(start_gateway: starter, fake: fake_upstream) -> None:
    routing = merge(ESCALATE, {"escalation": {"samples": 8, "confidence_min": 0.99}})
    gateway = start_gateway(config(fake, within(0.02, routing), CHEAP_FIRST))
    assert 200 in ask_many(gateway)
    assert spent(gateway, CALLS) <= 0.0202


def test_tools_are_set_aside(start_gateway: starter, fake: fake_upstream) -> None:
    usage = usage_counts(prompt=5_000, completion=10)
    fake.script(WEAK, behaviour(usage=usage, head_delay_s=0.05))
    function = {"name": "f", "description": "d " * 10_000, "parameters": {"type": "object", "properties": {}}}
    gateway = start_gateway(config(fake, within(0.01, COST)))
    assert 200 in ask_many(gateway, tools=[{"type": "function", "function": function}])
    assert spent(gateway, CALLS) <= 0.0101


def test_tools_do_not_make_every_text_look_long(start_gateway: starter, fake: fake_upstream) -> None:
    usage = usage_counts(prompt=5_000, completion=10)
    limits = {STRONG: {"quality": 0.9, "context_tokens": 16_000}, WEAK: {"quality": 0.88, "context_tokens": 16_000}}
    fake.script(WEAK, behaviour(usage=usage))
    gateway = start_gateway(config(fake, COST, limits))
    function = {"name": "f", "description": "d " * 10_000, "parameters": {"type": "object", "properties": {}}}
    for _ in range(3):
        assert ask(gateway, chat("hi", tools=[{"type": "function", "function": function}])).status == 200
    assert ask(gateway, chat("word " * 2_400)).status == 200, "3,000 tokens"
    told = gateway.call("POST", "/v1/route", chat("new here", tools=[{"type": "function", "function": function}])).json()
    weak = next(one for one in told["candidates"] if one["model"] == WEAK)
    assert weak["cost_usd"] == pytest.approx(5_000 * 0.15 / 1e6, rel=0.1), "the tools cost what they cost"


def test_an_other_choice_is_nobodys_request(start_gateway: starter, fake: fake_upstream) -> None:
    other = {"strategy": "cost_optimal", "quality_min": 0.99, "send_percent": 100}
    gateway = start_gateway(config(fake, {**COST, "quality_min": 0.5, "other": other}))
    for i in range(3):
        ask(gateway, chat(f"{i}"))
    gateway.rows_of("auto", 6)
    assert gateway.active_requests() == 0
    assert gateway.gauge("inferenceflow_requests_total", 'operation="chat"') == 3


FAILURES = pytest.mark.parametrize("how", [behaviour(status=500), behaviour(fault=fault.reset_before_head)], ids=["status", "broken"])


@FAILURES
def test_an_answer_that_is_not_trusted_is_better_than_none(start_gateway: starter, fake: fake_upstream, how: behaviour) -> None:
    fake.script(WEAK, behaviour(text="perhaps", logprob=UNSURE, usage=usage_counts(prompt=1000, completion=100)))
    fake.script(STRONG, how)
    gateway = start_gateway(config(fake, ESCALATE, CHEAP_FIRST))
    for _ in range(2):
        got = ask(gateway, chat(temperature=0))
        assert got.status == 200
        assert served_by(got) == WEAK
        assert got.json()["choices"][0]["message"]["content"] == "perhaps"
        assert not got.json()["choices"][0].get("logprobs"), "the client did not ask for them"
        assert float(got.header("x-inferenceflow-confidence") or 1) < 0.5
        assert float(got.header("x-inferenceflow-cost") or 0) == pytest.approx(cost_of(WEAK)), "once"
    rows = gateway.rows_of("auto", 2)
    assert [row["cost_nano_usd"] / 1e9 for row in rows] == pytest.approx([cost_of(WEAK)] * 2), "it was not kept"


@FAILURES
def test_what_was_thrown_away_is_paid_though_the_better_model_fails(start_gateway: starter, fake: fake_upstream, how: behaviour) -> None:
    fake.script(WEAK, behaviour(text="perhaps", logprob=UNSURE, usage=usage_counts(prompt=1000, completion=100)))
    fake.script(STRONG, how)
    gateway = start_gateway(config(fake, ESCALATE, CHEAP_FIRST))
    got = ask(gateway, chat(stream=True))
    assert got.status >= 500
    assert float(got.header("x-inferenceflow-cost") or 0) == pytest.approx(cost_of(WEAK))
    (row,) = gateway.rows_of("auto", 1)
    assert row["cost_nano_usd"] / 1e9 == pytest.approx(cost_of(WEAK))
