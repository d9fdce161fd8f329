"""Which of a route's models answers, what escalates, and how the gateway says why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from support.configurations import CHAT, merge
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer, build_request
from support.routing_setup import CHEAP_FIRST, COST, ESCALATE, STRONG, SURE, UNSURE, USAGE, WEAK, ask, chat, config, cost_of, served_by
from support.upstream_script import behaviour, fault

starter = Callable[..., gateway_process]


@pytest.fixture
def fake() -> Iterator[fake_upstream]:
    with fake_upstream() as one:
        yield one


def test_the_cheapest_model_that_is_good_enough_answers(start_gateway: starter, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, COST))
    got = ask(gateway)
    assert served_by(got) == WEAK
    assert got.header("x-inferenceflow-tier") == "small"
    route = got.header("x-inferenceflow-route") or ""
    assert route.startswith(f"auto->{WEAK}; cost_optimal"), route


def test_a_model_below_the_quality_that_is_asked_for_is_not_chosen(start_gateway: starter, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, {**COST, "quality_min": 0.99}))
    assert served_by(ask(gateway)) == STRONG


def test_without_a_strategy_the_routes_order_stands(start_gateway: starter, fake: fake_upstream) -> None:
    got = ask(start_gateway(config(fake, {})))
    assert served_by(got) == STRONG
    assert got.header("x-inferenceflow-route") is None


def test_a_sick_model_is_passed_over_and_the_next_one_follows(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(status=500))
    gateway = start_gateway(merge(config(fake, COST), {"resilience": {"retry": {"attempts_max": 3}}}))
    assert served_by(ask(gateway)) == STRONG


TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]
PICTURE = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}


@pytest.mark.parametrize(
    ("lack", "wants"),
    [
        ({"cannot": ["tools"]}, {"tools": TOOLS}),
        ({"cannot": ["images"]}, {"messages": [{"role": "user", "content": PICTURE}]}),
        ({"cannot": ["json_schema"]}, {"response_format": SCHEMA}),
        ({"cannot": ["reasoning"]}, {"reasoning_effort": "high"}),
        ({"cannot": ["streaming"]}, {"stream": True}),
        ({"context_tokens": 100}, {"messages": [{"role": "user", "content": "word " * 400}]}),
    ],
    ids=["tools", "images", "json_schema", "reasoning", "streaming", "context"],
)
def test_a_model_that_cannot_take_the_request_is_not_asked(start_gateway: starter, fake: fake_upstream, lack: dict, wants: dict) -> None:
    models = {STRONG: {"quality": 0.9}, WEAK: {"quality": 0.9, **lack}}
    gateway = start_gateway(config(fake, COST, models))
    assert served_by(ask(gateway, chat() if "messages" in wants else chat("hello"))) == WEAK
    assert served_by(ask(gateway, {**chat(), **wants})) == STRONG
    assert not [seen for seen in fake.calls(WEAK) if seen.json().items() >= wants.items()]


def test_nobody_left_names_what_excluded_each(start_gateway: starter, fake: fake_upstream) -> None:
    models = {STRONG: {"quality": 0.9, "cannot": ["tools"]}, WEAK: {"quality": 0.9, "context_tokens": 100}}
    gateway = start_gateway(config(fake, COST, models))
    got = ask(gateway, {**chat("word " * 400), "tools": TOOLS})
    assert got.status == 400
    told = got.json()["error"]
    assert told["param"] == "model"
    assert f"{STRONG} (p): takes no tools" in told["message"]
    assert f"{WEAK} (p): the prompt of about" in told["message"]
    assert not fake.calls(STRONG)
    assert not fake.calls(WEAK)


def test_an_answer_that_is_trusted_is_served_as_the_model_gave_it(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text="four", logprob=SURE, usage=USAGE))
    got = ask(start_gateway(config(fake, ESCALATE, CHEAP_FIRST)))
    assert served_by(got) == WEAK
    assert got.json()["choices"][0]["message"]["content"] == "four"
    assert not got.json()["choices"][0].get("logprobs"), "the client did not ask for them"
    assert got.header("x-inferenceflow-escalations") == "0"
    assert float(got.header("x-inferenceflow-confidence") or 0) > 0.8
    assert float(got.header("x-inferenceflow-cost") or 0) == pytest.approx(cost_of(WEAK))
    assert not fake.calls(STRONG)


def test_an_answer_that_is_not_trusted_escalates_and_both_are_paid(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text="perhaps five", logprob=UNSURE, usage=USAGE))
    fake.script(STRONG, behaviour(text="four", logprob=SURE, usage=USAGE))
    gateway = start_gateway(config(fake, ESCALATE, CHEAP_FIRST))
    got = ask(gateway)
    assert served_by(got) == STRONG
    assert got.json()["choices"][0]["message"]["content"] == "four"
    assert got.header("x-inferenceflow-escalations") == "1"
    assert got.header("x-inferenceflow-tier") == "large"
    assert float(got.header("x-inferenceflow-cost") or 0) == pytest.approx(cost_of(WEAK) + cost_of(STRONG))
    (row,) = gateway.rows_of("auto", 1)
    assert row["fresh_input"] == 2000
    assert row["output"] == 200


def test_a_model_that_takes_no_request_for_token_probabilities_is_asked_without(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text="four"))
    fake.script_next(WEAK, behaviour(status=400, error_message="logprobs are not supported with this model"))
    routing = {"strategy": "in_order", "escalation": {"enabled": True}}
    got = ask(start_gateway(config(fake, routing, CHEAP_FIRST)))
    assert served_by(got) == WEAK
    assert [seen.json().get("logprobs") for seen in fake.calls(WEAK)] == [True, None]


def test_a_client_that_asks_for_token_probabilities_keeps_them(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text="four", logprob=SURE))
    got = ask(start_gateway(config(fake, ESCALATE, CHEAP_FIRST)), chat(logprobs=True, top_logprobs=2))
    assert got.json()["choices"][0]["logprobs"]["content"][0]["logprob"] == SURE


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("I'm sorry, but I can't help with that.", {}),
        ("not json", {"response_format": {"type": "json_object"}}),
        (
            '{"b": 1}',
            {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object", "required": ["a"]}}}},
        ),
        ("", {}),
    ],
    ids=["refusal", "json", "schema", "empty"],
)
def test_refusals_and_broken_formats_escalate(start_gateway: starter, fake: fake_upstream, text: str, wants: dict) -> None:
    fake.script(WEAK, behaviour(text=text, logprob=SURE))
    fake.script(STRONG, behaviour(text='{"a": 1}', logprob=SURE))
    routing = {"strategy": "in_order", "escalation": {"enabled": True}}
    got = ask(start_gateway(config(fake, routing, CHEAP_FIRST)), chat(**wants))
    assert served_by(got) == STRONG
    assert got.header("x-inferenceflow-escalations") == "1"


def streamed_text(got: answer) -> str:
    text = ""
    for line in got.body.decode().splitlines():
        if line.startswith("data: {"):
            for choice in json.loads(line[6:])["choices"]:
                assert not choice.get("logprobs"), "the client did not ask for them"
                text += choice["delta"].get("content") or ""
    return text


LONG = " ".join(f"word{n}" for n in range(40))


@pytest.mark.parametrize("hold", [5, 1000], ids=["judged_in_the_middle", "judged_whole"])
def test_a_stream_is_held_until_it_is_trusted(start_gateway: starter, fake: fake_upstream, hold: int) -> None:
    routing = merge(ESCALATE, {"escalation": {"hold_tokens_max": hold}})
    fake.script(STRONG, behaviour(text="the strong one", logprob=SURE))
    gateway = start_gateway(config(fake, routing, CHEAP_FIRST))
    fake.script(WEAK, behaviour(text=LONG, logprob=SURE))
    got = ask(gateway, chat(stream=True))
    assert served_by(got) == WEAK
    assert streamed_text(got) == LONG
    assert got.body.endswith(b"data: [DONE]\n\n")
    fake.script(WEAK, behaviour(text=LONG, logprob=UNSURE))
    got = ask(gateway, chat(stream=True))
    assert served_by(got) == STRONG
    assert streamed_text(got) == "the strong one"
    rows = gateway.rows_of("auto", 2)
    assert [row["model_served"] for row in rows] == [WEAK, STRONG]


def test_a_stream_whose_beginning_is_trusted_flows_on(start_gateway: starter, fake: fake_upstream) -> None:
    routing = merge(ESCALATE, {"escalation": {"hold_tokens_max": 3}})
    fake.script(WEAK, behaviour(text=LONG, logprob=SURE, hold_after_events=10))
    gateway = start_gateway(config(fake, routing, CHEAP_FIRST))
    with gateway.connect() as line:
        line.send(build_request("POST", CHAT, chat(stream=True)))
        came = b""
        for piece in line.body_pieces(line.read_head()):
            came += piece
            if b"word5" in came:
                break
        assert b"word20" not in came, "the model still writes"


def test_a_held_stream_is_judged_in_time_while_the_model_is_silent(start_gateway: starter, fake: fake_upstream) -> None:
    routing = merge(ESCALATE, {"escalation": {"hold_tokens_max": 1000, "hold_ms": "300ms"}})
    gateway = start_gateway(config(fake, routing, CHEAP_FIRST))
    fake.script(STRONG, behaviour(text="the strong one", logprob=SURE))
    fake.script(WEAK, behaviour(text=LONG, logprob=SURE, hold_after_events=10))
    with gateway.connect() as line:
        line.send(build_request("POST", CHAT, chat(stream=True)))
        head = line.read_head()
        assert head.header("x-inferenceflow-model") == WEAK
        pieces = line.body_pieces(head)
        came = next(pieces)
        assert b"word" in came
        fake.gate.open()
        head.body = came + b"".join(pieces)
    assert streamed_text(head) == LONG, "what came later follows what was let go"
    fake.gate.close()
    fake.script(WEAK, behaviour(text=LONG, logprob=UNSURE, hold_after_events=10))
    got = ask(gateway, chat(stream=True))
    assert served_by(got) == STRONG
    assert streamed_text(got) == "the strong one"
    last = gateway.rows_of("auto", 2)[-1]
    assert (last["model_served"], last["escalations"]) == (STRONG, 1)


def test_a_broken_trial_goes_on_to_the_next_model(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text=LONG, logprob=SURE, fault=fault.close_mid_stream))
    fake.script(STRONG, behaviour(text="whole", logprob=SURE))
    got = ask(start_gateway(config(fake, ESCALATE, CHEAP_FIRST)), chat(stream=True))
    assert served_by(got) == STRONG
    assert streamed_text(got) == "whole"


def test_samples_that_disagree_escalate(start_gateway: starter, fake: fake_upstream) -> None:
    routing = merge(ESCALATE, {"escalation": {"samples": 3, "confidence_min": 0.95}})
    gateway = start_gateway(config(fake, routing, CHEAP_FIRST))
    fake.script(STRONG, behaviour(text="The answer is 4.", usage=USAGE))
    fake.script_next(WEAK, *(behaviour(text=f"The answer is {n}.", usage=USAGE) for n in (5, 6, 7)))
    got = ask(gateway)
    assert served_by(got) == STRONG
    tried = len(fake.calls(WEAK))
    assert tried > 1, "it was asked again before it was given up"
    assert float(got.header("x-inferenceflow-cost") or 0) == pytest.approx(cost_of(WEAK, tried) + cost_of(STRONG))


def test_the_other_choice_is_asked_too_and_its_cost_is_shown(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(STRONG, behaviour(text="same", usage=USAGE))
    fake.script(WEAK, behaviour(text="same", usage=USAGE))
    routing = {"strategy": "in_order", "other": {"strategy": "cost_optimal", "send_percent": 100}}
    gateway = start_gateway(config(fake, {**COST, "quality_min": 0.99, "other": {**routing["other"], "quality_min": 0.5}}))
    assert served_by(ask(gateway)) == STRONG
    rows = gateway.rows_of("auto", 2)
    assert sorted((row["model_served"], row["role"]) for row in rows) == [(STRONG, "main"), (WEAK, "shadow")]
    wait_until(lambda: any(line.get("agrees") is True for line in gateway.log_lines()), what="the comparison")


def test_the_other_choice_serves_its_share(start_gateway: starter, fake: fake_upstream) -> None:
    other = {"strategy": "cost_optimal", "quality_min": 0.5, "serve_percent": 100}
    gateway = start_gateway(config(fake, {**COST, "quality_min": 0.99, "other": other}))
    assert served_by(ask(gateway)) == WEAK
    (row,) = gateway.rows_of("auto", 1)
    assert row["role"] == "canary"


def test_a_budget_outlives_the_process(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(STRONG, behaviour(usage=USAGE))
    settings = config(fake, {"budget": {"usd": cost_of(STRONG), "period_s": "100d"}}, {STRONG: {}})
    gateway = start_gateway(settings)
    assert ask(gateway, chat(max_tokens=50)).status == 200
    gateway.rows_of("auto", 1)
    gateway.stop()
    gateway.start()
    got = ask(gateway, chat(max_tokens=50))
    assert got.status == 429
    assert not got.header("x-inferenceflow-model"), "nobody was called"
    lines = gateway.call("GET", "/v1/metrics/cost?group_by=route").json()["rows"]
    assert [(line["group"], line["requests"]) for line in lines] == [("auto", 2)]


def test_a_text_completion_is_routed_too(start_gateway: starter, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, COST))
    for prompt in ("Once upon a time", ["Once upon a time"], ["one", "two"], [1, 2, 3]):
        got = gateway.call("POST", "/v1/completions", {"model": "auto", "prompt": prompt})
        assert served_by(got) == WEAK


def test_what_was_not_trusted_and_what_another_choice_would_do_is_told(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text="perhaps five", logprob=UNSURE))
    fake.script(STRONG, behaviour(text="four", logprob=SURE))
    other = {"strategy": "cost_optimal", "quality_min": 0.5, "score_percent": 100}
    gateway = start_gateway(config(fake, {**ESCALATE, "other": other}, CHEAP_FIRST))
    got = ask(gateway)
    told = gateway.call("GET", f"/v1/requests/{got.header('x-request-id')}").json()["routing"]
    tried = next(one for one in told["candidates"] if one["model"] == WEAK)
    assert tried["detail"].startswith("its answer was not trusted: ")
    assert told["other"]["strategy"] == "cost_optimal"
    assert [row["role"] for row in gateway.rows_of("auto", 1)] == ["main"]


@pytest.mark.parametrize("share", ["serve_percent", "send_percent"])
def test_another_choice_is_tried_beside_a_plain_route(start_gateway: starter, fake: fake_upstream, share: str) -> None:
    other = {"strategy": "cost_optimal", "quality_min": 0.5, share: 100}
    gateway = start_gateway(config(fake, {"other": other}))
    assert served_by(ask(gateway)) == (WEAK if share == "serve_percent" else STRONG)
    wait_until(lambda: bool(fake.calls(WEAK)), what="the other choice's call")


@pytest.mark.parametrize("path", ["/v1/embeddings", CHAT], ids=["embeddings", "chat"])
def test_a_budget_holds_for_a_plain_route_of_one_model(start_gateway: starter, fake: fake_upstream, path: str) -> None:
    gateway = start_gateway(config(fake, {"budget": {"usd": 0.0001, "period_s": "100d"}}, {STRONG: {}}))
    body = {"model": "auto", "input": "word " * 40} if path != CHAT else chat()
    got = gateway.call("POST", path, body)
    assert got.status == 429, got.body
    assert "budget" in got.json()["error"]["message"]
    assert not fake.calls(STRONG)


def test_targets_of_a_plain_route_with_a_budget_share_the_load(start_gateway: starter, fake: fake_upstream) -> None:
    settings = config(fake, {"budget": {"usd": 100}})
    settings["routes"][0]["balance"] = "weighted"
    gateway = start_gateway(settings)
    assert {served_by(ask(gateway)) for _ in range(40)} == {STRONG, WEAK}


def test_a_client_that_leaves_while_a_stream_is_held_ends_it(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text=LONG, logprob=UNSURE, hold_after_events=5))
    routing = merge(ESCALATE, {"escalation": {"hold_tokens_max": 1000}})
    gateway = start_gateway(config(fake, routing, CHEAP_FIRST))
    with gateway.connect() as line:
        line.send(build_request("POST", CHAT, chat(stream=True)))
        wait_until(lambda: any(seen.events_sent >= 5 for seen in fake.calls(WEAK)), what="the held beginning")
    (row,) = gateway.rows_of("auto", 1)
    assert row["status"] == 499
    assert not fake.calls(STRONG), "nobody is left to ask for"


def test_a_request_of_embeddings_is_not_routed(start_gateway: starter, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, COST))
    got = gateway.call("POST", "/v1/embeddings", {"model": "auto", "input": "x"})
    assert got.status == 200
    assert fake.calls(STRONG)
    assert not fake.calls(WEAK), "vectors of two models cannot be compared"


def test_a_missing_router_file_stops_the_start(start_gateway: starter, fake: fake_upstream) -> None:
    with pytest.raises(RuntimeError, match=r"absent\.router"):
        start_gateway(config(fake, {**COST, "file": "absent.router"}))
