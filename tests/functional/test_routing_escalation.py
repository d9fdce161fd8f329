"""Whom an answer that is not trusted goes on to, what stops it, and what is shown of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from support.configurations import CHAT, merge
from support.fake_upstream import fake_upstream
from support.gateway_process import gateway_process
from support.raw_http import build_request
from support.routing_setup import CHEAP_FIRST, COST, ESCALATE, STRONG, SURE, UNSURE, USAGE, WEAK, ask, chat, config, served_by
from support.upstream_script import behaviour

starter = Callable[..., gateway_process]
TINY = "gpt-4.1-nano"  # 0.10/0.40 USD a million
UNTRUSTED = behaviour(text="perhaps", logprob=UNSURE, usage=USAGE)
TRUSTED = behaviour(text="four", logprob=SURE, usage=USAGE)


@pytest.fixture
def fake() -> Iterator[fake_upstream]:
    with fake_upstream() as one:
        yield one


def three(fake: fake_upstream, quality_min: float) -> dict:
    """The tiny model is worse than the weak one, and cheaper; the strong one stands first."""
    models = {STRONG: {"quality": 0.9}, WEAK: {"quality": 0.88}, TINY: {"quality": 0.8}}
    return config(fake, {**COST, "quality_min": quality_min, "escalation": ESCALATE["escalation"]}, models)


def test_the_cheapest_of_the_better_ones_is_asked_next(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(TINY, UNTRUSTED)
    fake.script(WEAK, TRUSTED)
    got = ask(start_gateway(three(fake, quality_min=0.5)))
    assert served_by(got) == WEAK
    assert not fake.calls(STRONG)


def test_a_model_that_is_no_better_is_asked_only_when_the_better_one_fails(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, UNTRUSTED)
    fake.script(STRONG, TRUSTED)
    fake.script(TINY, TRUSTED)
    gateway = start_gateway(merge(three(fake, quality_min=0.95), {"resilience": {"retry": {"attempts_max": 3}}}))
    assert served_by(ask(gateway)) == STRONG
    assert not fake.calls(TINY)
    fake.script(STRONG, behaviour(status=500))
    assert served_by(ask(gateway)) == TINY


def test_who_has_no_time_left_gets_what_is_there(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text="perhaps", logprob=UNSURE, head_delay_s=0.3))
    gateway = start_gateway(config(fake, ESCALATE, CHEAP_FIRST))
    assert served_by(ask(gateway, x_inferenceflow_latency_slo_ms="200")) == WEAK
    assert served_by(ask(gateway)) == STRONG


def test_several_answers_are_asked_for_as_the_client_asks(start_gateway: starter, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, ESCALATE, CHEAP_FIRST))
    ask(gateway, chat(n=2))
    assert "logprobs" not in fake.calls(WEAK)[0].json()


def test_an_answer_that_tells_nothing_has_no_confidence(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text="four"))
    got = ask(start_gateway(config(fake, {"strategy": "in_order", "escalation": {"enabled": True}}, CHEAP_FIRST)))
    assert served_by(got) == WEAK
    assert got.header("x-inferenceflow-confidence") is None


def test_confidence_is_told_where_it_was_asked_for_and_nothing_depends_on_it(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, TRUSTED)
    gateway = start_gateway(config(fake, COST))
    assert gateway.call("POST", "/infer", {"prompt": "2+2?"}).json()["confidence"] > 0.8
    got = ask(gateway, x_inferenceflow_min_confidence="0.1")
    assert float(got.header("x-inferenceflow-confidence") or 0) > 0.8
    got = ask(gateway)
    assert got.header("x-inferenceflow-confidence") is None
    assert got.header("x-inferenceflow-escalations") is None


def test_samples_may_differ(start_gateway: starter, fake: fake_upstream) -> None:
    routing = {"strategy": "in_order", "escalation": {"enabled": True, "samples": 2, "confidence_min": 0.95}}
    ask(start_gateway(config(fake, routing, CHEAP_FIRST)), chat(temperature=0, seed=5))
    first, second = (seen.json() for seen in fake.calls(WEAK)[:2])
    assert (first["temperature"], first["seed"]) == (0, 5)
    assert second["temperature"] > 0.5
    assert "seed" not in second


@pytest.mark.parametrize("hold", [5, 1000], ids=["in_the_middle", "at_the_end"])
def test_a_stream_that_was_thrown_away_is_counted(start_gateway: starter, fake: fake_upstream, hold: int) -> None:
    fake.script(WEAK, behaviour(text="perhaps five or six or seven or eight or nine", logprob=UNSURE))
    fake.script(STRONG, TRUSTED)
    routing = {"strategy": "in_order", "escalation": {**ESCALATE["escalation"], "hold_tokens_max": hold}}
    gateway = start_gateway(config(fake, routing, CHEAP_FIRST))
    ask(gateway, chat(stream=True))
    (row,) = gateway.rows_of("auto", 1)
    assert (row["model_served"], row["escalations"]) == (STRONG, 1)
    assert gateway.gauge("inferenceflow_routing_escalations_total") == 1


def test_a_stream_is_held_no_longer_than_it_may(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text="one two three four five six", logprob=SURE, chunk_delay_s=0.2, hold_after_events=5))
    routing = {"strategy": "in_order", "escalation": {"enabled": True, "hold_tokens_max": 1000, "hold_ms": 300}}
    gateway = start_gateway(config(fake, routing, CHEAP_FIRST))
    with gateway.connect() as line:
        line.send(build_request("POST", CHAT, chat(stream=True)))
        assert any(b"two" in piece for piece in line.body_pieces(line.read_head())), "the model still writes"


def test_every_call_is_counted(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, UNTRUSTED)
    fake.script_next(WEAK, behaviour(status=400, error_message="logprobs are not supported with this model"), UNTRUSTED)
    fake.script(STRONG, TRUSTED)
    got = ask(start_gateway(config(fake, ESCALATE, CHEAP_FIRST)))
    assert served_by(got) == STRONG
    assert got.header("x-inferenceflow-attempts") == "3"


def test_text_completions_are_not_judged(start_gateway: starter, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, ESCALATE, CHEAP_FIRST))
    got = gateway.call("POST", "/v1/completions", {"model": "auto", "prompt": "Once upon a time"})
    assert served_by(got) == WEAK
    assert got.header("x-inferenceflow-escalations") is None
