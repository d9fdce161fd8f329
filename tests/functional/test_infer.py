"""POST /infer, and the headers by which every surface asks for a budget, a time and a confidence."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from support.configurations import CHAT, base_config, merge, model_name
from support.fake_upstream import fake_upstream
from support.gateway_process import gateway_process
from support.upstream_script import behaviour

INFER = "/infer"


def test_answer_has_everything_that_is_known(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    body = {
        "prompt": "Say something.",
        "model": model.client,
        "budget": 0.5,
        "latency_slo_ms": 60_000,
        "min_confidence": 0.1,
        "max_tokens": 9,
        "user_id": "ann",
        "metadata": {"a": 1},
    }
    got = gateway.call("POST", INFER, body)
    assert got.status == 200, got.body
    document = got.json()
    assert document["response"] == behaviour().text
    assert document["provider"] == "fake"
    assert document["model"] == model.upstream
    assert document["tokens_used"] == 18
    assert Decimal(got.header("x-inferenceflow-cost") or "-1") == Decimal(str(document["cost_usd"]))
    assert document["saved_usd"] == 0
    assert document["latency_ms"] > 0
    assert document["cache"] == "bypass"
    assert document["finish_reason"] == "stop"
    assert document["request_id"] == got.header("x-request-id")
    assert document["metadata"] == {"a": 1}
    assert (document["tier"], document["confidence"], document["escalations"]) == (None, None, None), "nobody judged"
    seen = upstream.calls(model.upstream)[-1].json()
    assert seen["messages"] == [{"role": "user", "content": "Say something."}]
    assert "budget" not in seen


def test_messages_and_input_ask_too(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    assert gateway.call("POST", INFER, {"messages": messages, "model": model.client}).status == 200
    assert upstream.calls(model.upstream)[-1].json()["messages"] == messages
    assert gateway.call("POST", INFER, {"input": "i", "model": model.client}).status == 200
    assert upstream.calls(model.upstream)[-1].json()["messages"] == [{"role": "user", "content": "i"}]


def test_streams(gateway: gateway_process, model: model_name) -> None:
    got = gateway.call("POST", INFER, {"prompt": "x", "model": model.client, "stream": True})
    assert got.status == 200, got.body
    events = got.events()
    assert events[-1] == "[DONE]"
    whole = json.loads(events[-2])
    assert whole["response"] == behaviour().text == "".join(json.loads(event)["delta"] for event in events[:-2])
    assert whole["cost_usd"] > 0


def test_cached_answer_says_so(gateway: gateway_process, model: model_name) -> None:
    body = {"prompt": "x", "model": model.client, "temperature": 0}
    answers = [gateway.call("POST", INFER, body).json() for _ in range(2)]
    assert [each["cache"] for each in answers] == ["miss", "hit"]
    assert answers[1]["cost_usd"] == 0
    assert answers[1]["saved_usd"] == answers[0]["cost_usd"]


def test_the_body_says_who_asks(gateway: gateway_process, model: model_name) -> None:
    body = {"prompt": "x", "model": model.client, "tenant_id": "search", "user_id": "ann", "request_id": "mine-" + model.client}
    got = gateway.call("POST", INFER, body, headers={"x-inferenceflow-tenant": "other"})
    assert got.header("x-request-id") == got.json()["request_id"] == "mine-" + model.client
    found = gateway.call("GET", f"/v1/requests/mine-{model.client}", headers={"x-inferenceflow-tenant": "search"})
    assert found.status == 200, found.body
    assert (found.json()["tenant"], found.json()["user"], found.json()["surface"]) == ("search", "ann", "infer")


def test_a_tenant_counts_only_where_identities_are_trusted(start_gateway, upstream: fake_upstream) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"server": {"trust_identity_headers": False}}))
    assert gateway.call("POST", INFER, {"prompt": "x", "model": "plain-model", "tenant_id": "search"}).status == 200
    (row,) = gateway.rows_of("plain-model", 1)
    assert row["tenant"] != "search"


def test_without_a_model_it_needs_a_route(gateway: gateway_process) -> None:
    got = gateway.call("POST", INFER, {"prompt": "x"})
    assert got.status == 404, got.body
    assert got.error["code"] == "model_not_found"
    assert got.error["param"] == "model"
    assert "auto" in got.error["message"]


def test_the_first_route_that_chooses_is_usual_then_auto(start_gateway, upstream: fake_upstream) -> None:
    routes = [
        {"model": "auto", "target": "fake/behind-auto"},
        {"model": "plain", "target": "fake/behind-plain"},
        {"model": "chooses", "target": "fake/behind-chooses", "routing": {"strategy": "cost_optimal"}},
    ]
    gateway = start_gateway(merge(base_config(upstream), {"routes": routes[:2]}))
    assert gateway.call("POST", INFER, {"prompt": "x"}).json()["model"] == "behind-auto"
    gateway = start_gateway(merge(base_config(upstream), {"routes": routes}))
    assert gateway.call("POST", INFER, {"prompt": "x"}).json()["model"] == "behind-chooses"
    assert gateway.call("POST", INFER, {"prompt": "x", "model": "plain"}).json()["model"] == "behind-plain"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("budget", 0),
        ("budget", -0.01),
        ("budget", 1e9),
        ("budget", "1"),
        ("latency_slo_ms", 0),
        ("latency_slo_ms", 0.5),
        ("min_confidence", 1.5),
        ("min_confidence", -1),
        ("max_tokens", 0),
        ("prompt", ""),
        ("messages", []),
        ("request_id", "a b"),
        ("tenant_id", "ä"),
    ],
)
def test_what_is_wrong_is_named(gateway: gateway_process, model: model_name, field: str, value: object) -> None:
    got = gateway.call("POST", INFER, {"prompt": "x", "model": model.client, field: value})
    assert got.status == 400, got.body
    assert got.error["param"] == field
    assert got.error["type"] == "invalid_request_error"


def test_neither_prompt_nor_messages_and_both(gateway: gateway_process, model: model_name) -> None:
    for body in ({}, {"prompt": "x", "messages": [{"role": "user", "content": "x"}]}, {"prompt": "x", "input": "x"}):
        assert gateway.call("POST", INFER, {"model": model.client, **body}).status == 400
    for raw in (b"", b"{", b"[]", b'{"prompt":' + b"[" * 100 + b"]" * 100 + b"}"):
        assert gateway.call("POST", INFER, raw).status == 400


def test_huge_is_413(start_gateway, upstream: fake_upstream) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"server": {"body_bytes_max": 4096}}))
    assert gateway.call("POST", INFER, {"prompt": "x" * 5_000, "model": "plain-model"}).status == 413


@pytest.mark.parametrize("path", [CHAT, "/v1/inference", "/v1/messages", INFER])
@pytest.mark.parametrize(
    ("header", "good", "bad"),
    [
        ("x-inferenceflow-budget-usd", "0.002", ["0", "-1", "nan", "inf", "1e300", "", "1 USD"]),
        ("x-inferenceflow-latency-slo-ms", "60000", ["0", "-5", "1.5", "soon"]),
        ("x-inferenceflow-min-confidence", "0.5", ["-0.1", "1.1", "nan", "high"]),
    ],
)
def test_every_surface_takes_the_headers(
    gateway: gateway_process, model: model_name, path: str, header: str, good: str, bad: list[str]
) -> None:
    body = {"model": model.client, "max_tokens": 9}
    body |= {"prompt": "x"} if path in (INFER, "/v1/inference") else {"messages": [{"role": "user", "content": "x"}]}
    assert gateway.call("POST", path, body, headers={header: good}).status == 200
    for value in bad:
        got = gateway.call("POST", path, body, headers={header: value})
        assert got.status == 400, (value, got.body)
        assert header in got.json()["error"]["message"]


def test_answers_without_a_choice_say_nothing_of_one(gateway: gateway_process, model: model_name) -> None:
    got = gateway.call("POST", INFER, {"prompt": "x", "model": model.client})
    for name in ("route", "tier", "confidence", "escalations"):
        assert got.header(f"x-inferenceflow-{name}") is None
