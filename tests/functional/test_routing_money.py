"""What a routed request may cost: budgets of routes, what they set aside and give back, prefixes that a switch throws away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from support.configurations import CHAT, merge
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import build_request
from support.routing_setup import CHEAP_FIRST, COST, ESCALATE, STRONG, SURE, UNSURE, USAGE, WEAK, ask, chat, config, served_by
from support.upstream_script import behaviour, usage_counts

starter = Callable[..., gateway_process]

# At most: an answer of 1,000 tokens, and a prompt that is small beside it.
STRONG_AT_MOST, WEAK_AT_MOST = 0.01002, 0.0006
BRIEF = usage_counts(prompt=1, completion=1)


@pytest.fixture
def fake() -> Iterator[fake_upstream]:
    with fake_upstream() as one:
        yield one


def budget(usd: float, **routing: object) -> dict:
    return {"budget": {"usd": round(usd, 6), "period_s": "100d"}, **routing}


def brief(**extra: object) -> dict:
    return chat(**{"max_tokens": 1000, **extra})


@pytest.mark.parametrize("end", ["answered", "refused", "client_left"])
def test_what_was_set_aside_is_given_back(start_gateway: starter, fake: fake_upstream, end: str) -> None:
    gateway = start_gateway(config(fake, budget(1.5 * STRONG_AT_MOST), {STRONG: {}}))
    fake.script(STRONG, behaviour(usage=BRIEF))
    for number in range(4):
        if end == "refused":
            fake.script_next(STRONG, behaviour(status=400))
        if end != "client_left":
            assert ask(gateway, brief()).status == (400 if end == "refused" else 200)
            continue
        fake.script_next(STRONG, behaviour(usage=None, hold_after_events=1))
        with gateway.connect() as line:
            line.send(build_request("POST", CHAT, brief(stream=True)))
            wait_until(lambda wanted=number: len(fake.calls(STRONG)) > wanted and fake.calls(STRONG)[-1].events_sent > 0, what="a stream")
        gateway.rows_of("auto", number + 1)
    assert ask(gateway, brief()).status == 200


def test_each_of_several_answers_is_set_aside(start_gateway: starter, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, budget(2 * STRONG_AT_MOST), {STRONG: {}}))
    assert ask(gateway, brief(n=3)).status == 429
    assert ask(gateway, brief()).status == 200


def test_an_escalating_route_sets_aside_what_all_of_its_models_cost(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text="perhaps", logprob=UNSURE, usage=BRIEF))
    enough = STRONG_AT_MOST + WEAK_AT_MOST / 2
    assert served_by(ask(start_gateway(config(fake, budget(enough, **ESCALATE), CHEAP_FIRST)), brief())) == WEAK
    assert not fake.calls(STRONG), "both would be too much"
    gateway = start_gateway(config(fake, budget(enough + WEAK_AT_MOST, **ESCALATE), CHEAP_FIRST))
    assert served_by(ask(gateway, brief())) == STRONG
    assert ask(start_gateway(config(fake, budget(WEAK_AT_MOST / 2, **ESCALATE), CHEAP_FIRST)), brief()).status == 429


def test_who_is_too_dear_for_what_is_left_is_told(start_gateway: starter, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, budget(STRONG_AT_MOST / 2, **COST, quality_min=0.99)))
    got = ask(gateway, brief())
    assert served_by(got) == WEAK
    told = gateway.call("GET", f"/v1/requests/{got.header('x-request-id')}").json()["routing"]
    assert {one["model"]: one["verdict"] for one in told["candidates"]} == {STRONG: "budget", WEAK: "chosen"}


def test_a_budget_that_runs_short_moves_choices_before_it_is_spent(start_gateway: starter, fake: fake_upstream) -> None:
    for model in (STRONG, WEAK):
        fake.script(model, behaviour(usage=USAGE))
    models = {STRONG: {"quality": 0.9}, WEAK: {"quality": 0.6}}
    routing = {**COST, "quality_min": 0.5, "quality_weight": 5, "budget": {"usd": 5, "period_s": 86400}}
    gateway = start_gateway(config(fake, routing, models))
    served = [served_by(ask(gateway, chat("word " * 800, max_tokens=100))) for _ in range(120)]
    assert served[0] == STRONG, "five costs of the strong model are a lot for its quality"
    assert Counter(served[-20:])[WEAK] > 0, "at this pace the money would not last"


def test_a_conversation_stays_where_its_prefix_is_paid_for(start_gateway: starter, fake: fake_upstream) -> None:
    # USD a million: gpt-4o 2.50, cached 1.25; gpt-4.1 2.00. Two thousand tokens cost less where they are known already.
    holder, cheaper = STRONG, "gpt-4.1"
    gateway = start_gateway(config(fake, COST, {holder: {"quality": 0.9}, cheaper: {"quality": 0.9}}))
    story = [{"role": "user", "content": "word " * 1600}]
    assert served_by(ask(gateway, chat(messages=story, max_tokens=1))) == cheaper
    other = [{"role": "user", "content": "words " * 1400}]
    begun = ask(gateway, chat(messages=other, max_tokens=1), x_inferenceflow_route_models=f"p/{holder}")
    assert served_by(begun) == holder
    more = [*other, {"role": "assistant", "content": "So it is."}, {"role": "user", "content": "And then?"}]
    assert served_by(ask(gateway, chat(messages=more, max_tokens=1))) == holder
    assert served_by(ask(gateway, chat("A new one.", max_tokens=1))) == cheaper


def test_a_request_whose_budget_the_first_answer_has_eaten_does_not_escalate(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text="perhaps", logprob=UNSURE))
    fake.script(STRONG, behaviour(text="four", logprob=SURE))
    gateway = start_gateway(config(fake, ESCALATE, CHEAP_FIRST))
    enough = (STRONG_AT_MOST + WEAK_AT_MOST / 2) / 10
    assert served_by(ask(gateway, brief(max_tokens=100), x_inferenceflow_budget_usd=f"{enough:.9f}")) == WEAK
    assert served_by(ask(gateway, brief(max_tokens=100), x_inferenceflow_budget_usd=f"{2 * enough:.9f}")) == STRONG


def test_an_answer_that_is_wrong_must_cost_more_than_the_next_model(start_gateway: starter, fake: fake_upstream) -> None:
    models = {WEAK: {"quality": 0.88}, STRONG: {"quality": 0.9}}  # without a signal one answer in four is wrong, of the strong one in ten
    for loss, model in ((0.005, WEAK), (0.01, STRONG)):
        routing = {"strategy": "in_order", "escalation": {"enabled": True, "wrong_usd": loss}}
        assert served_by(ask(start_gateway(config(fake, routing, models)), brief(max_tokens=100))) == model


def test_lengths_of_answers_are_learned(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(usage=USAGE))
    gateway = start_gateway(merge(config(fake, COST), {"cache": {"enabled": False}}))
    decide = lambda: gateway.call("POST", "/v1/route", chat()).json()["candidates"]  # noqa: E731
    assert {one["output_tokens"] for one in decide()} == {256}
    assert served_by(ask(gateway)) == WEAK
    assert {one["output_tokens"] for one in decide()} == {100}
