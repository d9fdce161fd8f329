"""POST /v1/batch: several requests in one call."""

from __future__ import annotations

import json

import pytest
from support.configurations import base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import build_request
from support.upstream_script import behaviour

LIST = "/v1/batch"


def test_entries_are_answered_in_order_each_in_its_shape(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    chat = {"messages": [{"role": "user", "content": "chat"}], "temperature": 0}
    asked = {"model": model.client, "max_tokens": 7, "requests": ["text", {"prompt": "own", "max_tokens": 3}, chat]}
    got = gateway.call("POST", LIST, asked)
    assert got.status == 200, got.body
    document = got.json()
    assert document["object"] == "list"
    assert document["request_counts"] == {"total": 3, "completed": 3, "failed": 0}
    text, own, chatted = document["results"]
    assert [one["index"] for one in document["results"]] == [0, 1, 2]
    assert text["response"]["response"] == behaviour().text
    assert own["error"] is None
    assert chatted["response"]["choices"][0]["message"]["content"] == behaviour().text
    limits = {call.json()["messages"][0]["content"]: call.json()["max_tokens"] for call in upstream.calls(model.upstream)}
    assert limits == {"text": 7, "own": 3, "chat": 7}
    rows = gateway.rows_of(model.client, 3)
    assert {row["request_id"] for row in rows} == {one["request_id"] for one in document["results"]}
    assert sorted(row["surface"] for row in rows) == ["chat", "inference", "inference"]
    assert document["cost"] == pytest.approx(sum(row["cost_nano_usd"] for row in rows) / 1e9)


def test_entries_use_the_cache(gateway: gateway_process, model: model_name) -> None:
    asked = {"model": model.client, "temperature": 0, "prompts": ["same"]}
    hits = [gateway.call("POST", LIST, asked).json()["results"][0]["response"]["cache_hit"] for _ in range(2)]
    assert hits == [False, True]


def test_a_bad_entry_fails_alone(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(f"{model.upstream}-down", behaviour(status=503))
    asked = {
        "requests": [
            {"prompt": "good", "model": model.client},
            {"prompt": "", "model": model.client},
            {"prompt": "x", "model": "no such model"},
            {"prompt": "x", "model": model.client, "stream": True},
            {"messages": "none", "model": model.client},
            {"prompt": "x", "model": f"{model.client}-down"},
            {"prompt": "x", "model": model.client, "priority": "asap"},
            "no model",
        ]
    }
    got = gateway.call("POST", LIST, asked)
    assert got.status == 200
    results = got.json()["results"]
    assert [one["status"] for one in results] == [200, 400, 404, 400, 400, 503, 400, 400]
    for one in results[1:]:
        assert one["response"] is None
        assert one["error"]["message"], one
    assert results[2]["error"]["code"] == "model_not_found"
    assert got.json()["request_counts"] == {"total": 8, "completed": 1, "failed": 7}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"requests": []},
        {"prompts": []},
        {"requests": ["x"] * 101},
        {"requests": "x"},
        {"requests": [7]},
        {"prompts": [{}]},
        {"requests": ["a"], "prompts": ["a"]},
        [],
    ],
)
def test_a_list_that_is_none_is_refused(gateway: gateway_process, body: object) -> None:
    got = gateway.call("POST", LIST, json.dumps(body).encode(), {"content-type": "application/json"})
    assert got.status == 400
    assert got.error["message"]


def test_entries_run_together_but_not_all_at_once(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"batches": {"list_parallel_max": 3}}))
    upstream.gate.close()
    try:
        upstream.script(model.upstream, behaviour(hold_head=True))
        body = json.dumps({"model": model.client, "prompts": [f"{i}" for i in range(7)]}).encode()
        with gateway.connect() as client:
            client.send(build_request("POST", LIST, body))
            wait_until(lambda: len(upstream.calls(model.upstream)) == 3, what="three calls")
            gateway.turn_loops()
            assert len(upstream.calls(model.upstream)) == 3
            upstream.gate.open()
            assert client.read_answer().status == 200
    finally:
        upstream.gate.open()
    assert len(upstream.calls(model.upstream)) == 7


def test_a_client_that_leaves_cancels_the_rest(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"batches": {"list_parallel_max": 2}}))
    upstream.gate.close()
    try:
        upstream.script(model.upstream, behaviour(hold_head=True))
        body = json.dumps({"model": model.client, "prompts": [f"{i}" for i in range(6)]}).encode()
        client = gateway.connect()
        client.send(build_request("POST", LIST, body))
        wait_until(lambda: len(upstream.calls(model.upstream)) == 2, what="two calls")
        client.close()
        calls = upstream.calls(model.upstream)
        wait_until(lambda: all(call.peer_closed for call in calls), what="both calls are cancelled")
        wait_until(lambda: gateway.active_requests() == 0, what="nothing is left running")
    finally:
        upstream.gate.open()
    assert len(upstream.calls(model.upstream)) == 2
    assert {row["status"] for row in gateway.rows_of(model.client, 2)} == {499}
