"""The exact cache: what is kept, for whom, for how long, and in which form it comes back."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from support.configurations import CHAT, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer
from support.upstream_script import behaviour, fault, usage_counts

CACHE = "x-inferenceflow-cache"


def ask(gateway: gateway_process, body: dict | bytes, **headers: str) -> answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    got = gateway.call("POST", CHAT, body, named)
    assert got.status == 200, got.body
    return got


def state(got: answer) -> str | None:
    return got.header(CACHE)


def money_of(got: answer, name: str) -> Decimal:
    text = got.header(name) or got.trailer(name)
    assert text is not None, f"no {name} in head or trailers"
    return Decimal(text)


def test_second_answer_comes_from_cache(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    body = model.chat(temperature=0)
    first, second = ask(gateway, body), ask(gateway, body)
    assert (state(first), state(second)) == ("miss", "hit")
    assert second.body == first.body
    assert len(upstream.calls(model.upstream)) == 1
    assert money_of(second, "x-inferenceflow-cost") == 0
    assert money_of(second, "x-inferenceflow-saved") == money_of(first, "x-inferenceflow-cost") > 0
    assert second.header("x-inferenceflow-model") == first.header("x-inferenceflow-model")
    assert second.header("x-request-id") != first.header("x-request-id")


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({}, "bypass"),
        ({"temperature": 0.7}, "bypass"),
        ({"temperature": 0}, "hit"),
        ({"temperature": 0.0, "n": 1}, "hit"),
        ({"seed": 42, "temperature": 0.7}, "hit"),
    ],
)
def test_only_reproducible_answers_are_kept(
    gateway: gateway_process, model: model_name, extra: dict, expected: str
) -> None:
    body = model.chat(**extra)
    first, second = ask(gateway, body), ask(gateway, body)
    assert state(first) == ("bypass" if expected == "bypass" else "miss")
    assert state(second) == expected


def test_key_ignores_spelling(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    name = model.client.encode()
    spellings = [
        b'{"model":"%b","temperature":0,"messages":[{"role":"user","content":"caf\xc3\xa9"}]}' % name,
        b'{ "messages" : [ { "content":"caf\\u00e9", "role":"user" } ],\n "temperature" : 0.0, "model":"%b"}' % name,
        b'{"temperature":0e0,"user":"someone","model":"%b","messages":[{"role":"user","content":"caf\\u00E9"}]}' % name,
    ]
    states = [state(ask(gateway, body)) for body in spellings]
    assert states == ["miss", "hit", "hit"]
    assert len(upstream.calls(model.upstream)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"messages": [{"role": "user", "content": "Say something!"}]},
        {"messages": [{"role": "system", "content": "Say something."}]},
        {"max_tokens": 5},
        {"top_p": 0.5},
        {"seed": 1},
        {"stop": ["x"]},
        {"response_format": {"type": "json_object"}},
        {"x_unknown": 1},
    ],
)
def test_key_sees_what_changes_the_answer(gateway: gateway_process, model: model_name, change: dict) -> None:
    assert state(ask(gateway, model.chat(temperature=0))) == "miss"
    assert state(ask(gateway, {**model.chat(temperature=0), **change})) == "miss"


def test_models_do_not_share(gateway: gateway_process, model: model_name, other_model: model_name) -> None:
    assert state(ask(gateway, model.chat(temperature=0))) == "miss"
    assert state(ask(gateway, other_model.chat(temperature=0))) == "miss"


def test_stream_from_a_json_entry(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    plain = ask(gateway, model.chat(temperature=0))
    stream = ask(gateway, model.chat(temperature=0, stream=True, stream_options={"include_usage": True}))
    assert state(stream) == "hit"
    assert (stream.header("content-type") or "").startswith("text/event-stream")
    assert stream.text() == plain.text()
    events = [json.loads(data) for data in stream.events()[:-1]]
    assert stream.events()[-1] == "[DONE]"
    assert all(event["object"] == "chat.completion.chunk" for event in events)
    assert [event["usage"] for event in events if event.get("usage")] == [plain.json()["usage"]]
    assert [c["finish_reason"] for e in events for c in e["choices"] if c.get("finish_reason")] == ["stop"]
    assert len(upstream.calls(model.upstream)) == 1


def test_json_from_a_streamed_entry(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    stream = ask(gateway, model.chat(temperature=0, stream=True))
    plain = ask(gateway, model.chat(temperature=0))
    assert (state(stream), state(plain)) == ("miss", "hit")
    document = plain.json()
    assert document["object"] == "chat.completion"
    assert document["choices"][0]["message"]["content"] == stream.text()
    assert document["choices"][0]["finish_reason"] == "stop"
    assert document["usage"]["total_tokens"] == 18
    assert len(upstream.calls(model.upstream)) == 1


def test_stream_from_a_streamed_entry(gateway: gateway_process, model: model_name) -> None:
    first = ask(gateway, model.chat(temperature=0, stream=True))
    second = ask(gateway, model.chat(temperature=0, stream=True))
    assert (state(first), state(second)) == ("miss", "hit")
    assert second.text() == first.text()
    assert money_of(second, "x-inferenceflow-saved") == money_of(first, "x-inferenceflow-cost") > 0


@pytest.mark.parametrize("path", ["/v1/completions", "/v1/embeddings"])
def test_other_operations(gateway: gateway_process, model: model_name, path: str) -> None:
    body = {"model": model.client, "prompt": "x", "temperature": 0}
    if path.endswith("embeddings"):
        body = {"model": model.client, "input": ["x", "y"]}
    first = gateway.call("POST", path, body)
    second = gateway.call("POST", path, body)
    assert (state(first), state(second)) == ("miss", "hit")
    assert second.body == first.body


def test_no_store_leaves_nothing(gateway: gateway_process, model: model_name) -> None:
    body = model.chat(temperature=0)
    assert state(ask(gateway, body, Cache_Control="no-store")) == "bypass"
    assert state(ask(gateway, body)) == "miss"
    assert state(ask(gateway, body, Cache_Control="no-store")) == "bypass"


def test_no_cache_asks_again_and_refreshes(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    body = model.chat(temperature=0)
    first = ask(gateway, body)
    fresh = ask(gateway, body, Cache_Control="max-age=0, No-Cache")
    assert state(fresh) in ("miss", "bypass")
    assert fresh.body != first.body
    assert len(upstream.calls(model.upstream)) == 2
    again = ask(gateway, body)
    assert state(again) == "hit"
    assert again.body == fresh.body


def test_the_request_itself_may_say(gateway: gateway_process, model: model_name) -> None:
    warm = model.chat(temperature=0.9)
    assert [state(ask(gateway, warm, x_inferenceflow_cache="always")) for _ in range(2)] == ["miss", "hit"]
    assert state(ask(gateway, warm)) == "bypass"
    cold = model.chat("Something else.", temperature=0)
    assert [state(ask(gateway, cold, x_inferenceflow_cache="never")) for _ in range(2)] == ["bypass", "bypass"]


def test_max_age_bounds_what_is_served(gateway: gateway_process, model: model_name) -> None:
    body = model.chat(temperature=0)
    ask(gateway, body)
    assert state(ask(gateway, body, Cache_Control="max-age=3600")) == "hit"
    wait_until(lambda: state(ask(gateway, body, Cache_Control="max-age=1")) != "hit", what="too old for this caller")


@pytest.mark.parametrize(
    "how",
    [
        behaviour(finish_reason="length"),
        behaviour(status=500),
        behaviour(status=429),
        behaviour(fault=fault.garbage_json),
        behaviour(fault=fault.close_mid_body),
        behaviour(fault=fault.close_mid_stream),
        behaviour(fault=fault.error_event),
    ],
    ids=lambda how: f"{how.fault}-{how.status}-{how.finish_reason}",
)
def test_truncated_or_failed_answers_are_never_kept(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, how: behaviour
) -> None:
    stream = how.fault in (fault.close_mid_stream, fault.error_event)
    upstream.script_next(model.upstream, how)
    body = model.chat(temperature=0, stream=stream)
    gateway.call("POST", CHAT, body)
    assert state(ask(gateway, body)) == "miss"
    assert state(ask(gateway, body)) == "hit"


def test_answer_without_usage_is_kept(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(usage=None))
    body = model.chat(temperature=0)
    assert (state(ask(gateway, body)), state(ask(gateway, body))) == ("miss", "hit")


def test_tenants_are_apart(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    body = model.chat(temperature=0)
    states = [state(ask(gateway, body, x_inferenceflow_tenant=t)) for t in ("acme", "globex", "acme", "globex")]
    assert states == ["miss", "miss", "hit", "hit"]
    assert state(ask(gateway, body)) == "miss"


def test_routes_say_what_is_kept(upstream: fake_upstream, start_gateway) -> None:
    routes = [
        {"model": "kept-always", "target": "plain-model", "cache": "always"},
        {"model": "kept-never", "target": "plain-model", "cache": "never"},
        {"model": "kept-shortly", "target": "alias-model", "cache": "always", "cache_ttl_s": 1},
    ]
    gateway = start_gateway(merge(base_config(upstream), {"routes": routes}))

    def states(name: str, **extra: object) -> list[str | None]:
        body = {"model": name, "messages": [{"role": "user", "content": "x"}], **extra}
        return [state(ask(gateway, body)) for _ in range(2)]

    assert states("kept-always", temperature=0.9) == ["miss", "hit"]
    assert states("kept-never", temperature=0) == ["bypass", "bypass"]
    assert states("kept-shortly") == ["miss", "hit"]
    wait_until(lambda: states("kept-shortly")[0] == "miss", what="the entry expires")


def test_always_still_refuses_truncated_answers(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"cache": {"policy": "always"}}))
    upstream.script(model.upstream, behaviour(finish_reason="length"))
    assert [state(ask(gateway, model.chat())) for _ in range(2)] == ["miss", "miss"]


def test_cache_can_be_off(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"cache": {"enabled": False}}))
    assert [state(ask(gateway, model.chat(temperature=0))) for _ in range(2)] == ["bypass", "bypass"]


def test_entry_bound(upstream: fake_upstream, start_gateway, model: model_name, other_model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"cache": {"entry_bytes_max": 4096}}))
    upstream.script(model.upstream, behaviour(text="long " * 2000))
    assert [state(ask(gateway, model.chat(temperature=0))) for _ in range(2)] == ["miss", "miss"]
    assert [state(ask(gateway, other_model.chat(temperature=0))) for _ in range(2)] == ["miss", "hit"]


def test_stats_and_deletion_by_pattern(upstream: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(base_config(upstream))
    names = [model_name() for _ in range(3)]
    for name in names:
        upstream.script(name.upstream, behaviour(usage=usage_counts(100, 50)))
        assert [state(ask(gateway, name.chat(temperature=0))) for _ in range(2)] == ["miss", "hit"]
    before = gateway.call("GET", "/v1/cache/stats").json()
    assert (before["entries"], before["hits"], before["misses"]) == (3, 3, 3)
    assert before["bytes"] > 0
    gone = gateway.call("DELETE", f"/v1/cache?pattern=*{names[0].upstream}*")
    assert gone.status == 200
    assert 1 in gone.json().values()
    assert state(ask(gateway, names[1].chat(temperature=0))) == "hit"
    assert state(ask(gateway, names[0].chat(temperature=0))) == "miss"
    assert gateway.call("DELETE", "/v1/cache?pattern=%2A").status == 200
    assert gateway.call("GET", "/v1/cache/stats").json()["entries"] == 0
    assert gateway.call("DELETE", "/v1/cache").status == 400, "deleting everything must be said"


def test_deletion_by_model_and_tenant_together(upstream: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(base_config(upstream))
    one, other = model_name(), model_name()
    for name in (one, other):
        for tenant in ("acme", "globex"):
            assert state(ask(gateway, name.chat(temperature=0), x_inferenceflow_tenant=tenant)) == "miss"
    gone = gateway.call("DELETE", f"/v1/cache?model={one.upstream}&tenant=acme").json()
    assert gone == {
        "model": one.upstream,
        "tenant": "acme",
        "removed": 1,
        "tiers": [{"name": "memory", "removed": 1}],
    }
    assert state(ask(gateway, one.chat(temperature=0), x_inferenceflow_tenant="globex")) == "hit"
    assert state(ask(gateway, other.chat(temperature=0), x_inferenceflow_tenant="acme")) == "hit"
    assert state(ask(gateway, one.chat(temperature=0), x_inferenceflow_tenant="acme")) == "miss"
    assert gateway.call("DELETE", "/v1/cache?tag=nothing-has-it").json()["removed"] == 0
    assert gateway.call("DELETE", "/v1/cache?pattern=acme/*&tenant=globex").json()["removed"] == 0
    assert gateway.call("DELETE", "/v1/cache?tenant=globex").json()["removed"] == 2


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("", "pattern"),
        ("?pattern=", "pattern"),
        ("?tenant=acme&model=", "model"),
        ("?tenant=acme&modle=x", "modle"),
        ("?tag=" + "x" * 1025, "tag"),
    ],
)
def test_deletion_refuses_what_may_mean_more_than_was_meant(
    upstream: fake_upstream, start_gateway, model: model_name, query: str, param: str
) -> None:
    gateway = start_gateway(base_config(upstream))
    assert state(ask(gateway, model.chat(temperature=0))) == "miss"
    refused = gateway.call("DELETE", "/v1/cache" + query)
    assert refused.status == 400
    assert refused.json()["error"]["param"] == param
    assert state(ask(gateway, model.chat(temperature=0))) == "hit"


def test_stats_show_tiers_and_misses_by_model_and_tenant(upstream: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(base_config(upstream))
    name = model_name()
    states = [state(ask(gateway, name.chat(temperature=0), x_inferenceflow_tenant="acme")) for _ in range(3)]
    assert states == ["miss", "hit", "hit"]
    stats = gateway.call("GET", "/v1/cache/stats").json()
    assert stats["policy"] == "probation_gdsf"
    (memory,) = stats["tiers"]
    assert (memory["name"], memory["available"]) == ("memory", True)
    assert (memory["hits"], memory["misses"], memory["entries"]) == (2, 1, 1)
    assert memory["bytes"] == stats["bytes"]
    assert memory["bytes_max"] == stats["bytes_max"]
    for groups, who in ((stats["by_model"], name.upstream), (stats["by_tenant"], "acme")):
        (group,) = groups
        assert (group["name"], group["hits"], group["misses"]) == (who, 2, 1)
        assert (group["semantic_hits"], group["explored"], group["judged_wrong"]) == (0, 0, 0)
    for policy in ("gdsf", "lru", "s3_gdsf"):
        other = start_gateway(merge(base_config(upstream), {"cache": {"eviction": policy}}))
        assert other.call("GET", "/v1/cache/stats").json()["policy"] == policy
