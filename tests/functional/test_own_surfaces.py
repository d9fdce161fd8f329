"""/v1/inference and /v1/generate over an upstream."""

from __future__ import annotations

import json

import pytest
from support.configurations import model_name
from support.fake_upstream import fake_upstream
from support.gateway_process import gateway_process
from support.upstream_script import behaviour

FIELDS = {
    "response": str,
    "provider": str,
    "model": str,
    "latency": (int, float),
    "tokens_used": int,
    "cost": (int, float),
    "cache_hit": bool,
    "request_id": str,
    "created_at": str,
    "metadata": dict,
}


def test_inference_answers_in_its_own_shape(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    body = {"prompt": "Say something.", "model": model.client, "max_tokens": 9, "metadata": {"a": 1}, "user_id": "u"}
    got = gateway.call("POST", "/v1/inference", body)
    assert got.status == 200, got.body
    document = got.json()
    for name, kind in FIELDS.items():
        assert isinstance(document[name], kind), name
    assert document["response"] == behaviour().text
    assert document["tokens_used"] == 18
    assert document["request_id"] == got.header("x-request-id")
    seen = upstream.calls(model.upstream)[-1].json()
    assert seen["messages"] == [{"role": "user", "content": "Say something."}]
    assert 9 in (seen.get("max_tokens"), seen.get("max_completion_tokens"))


def test_inference_may_ask_for_the_cache(gateway: gateway_process, model: model_name) -> None:
    body = {"prompt": "Say something.", "model": model.client, "temperature": 0, "use_cache": True}
    answers = [gateway.call("POST", "/v1/inference", body).json() for _ in range(2)]
    assert [answer["cache_hit"] for answer in answers] == [False, True]
    fresh = gateway.call("POST", "/v1/inference", {**body, "use_cache": False}).json()
    assert fresh["cache_hit"] is False


@pytest.mark.parametrize("priority", ["express", "standard", "batch", "high", "normal", "low"])
def test_priorities_are_known(gateway: gateway_process, model: model_name, priority: str) -> None:
    body = {"prompt": "x", "model": model.client, "priority": priority}
    assert gateway.call("POST", "/v1/inference", body).status == 200


def test_unknown_priority_is_400(gateway: gateway_process, model: model_name) -> None:
    got = gateway.call("POST", "/v1/inference", {"prompt": "x", "model": model.client, "priority": "asap"})
    assert got.status == 400
    assert got.error["param"] == "priority"


@pytest.mark.parametrize("path", ["/v1/inference", "/v1/generate"])
def test_streams(gateway: gateway_process, model: model_name, path: str) -> None:
    got = gateway.call("POST", path, {"prompt": "x", "model": model.client, "stream": True})
    assert got.status == 200, got.body
    assert (got.header("content-type") or "").startswith("text/event-stream")
    text = "".join(_text(json.loads(data)) for data in got.events() if data != "[DONE]")
    assert behaviour().text in text


def _text(event: dict) -> str:
    """The piece of text in one event: the surfaces name it after their own answer fields."""
    for name in ("response", "delta", "token", "text", "generated_text"):
        if isinstance(event.get(name), str) and not event.get("done"):
            return event[name]
    return ""


def test_generate(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    body = {"prompt": "Say something.", "model": model.client, "max_length": 5}
    got = gateway.call("POST", "/v1/generate", body)
    assert got.status == 200, got.body
    assert got.json()["generated_text"] == behaviour().text
    assert 5 in (upstream.calls(model.upstream)[-1].json().get(n) for n in ("max_tokens", "max_completion_tokens"))


def test_upstream_error_keeps_the_error_format(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(status=429, retry_after="9"))
    got = gateway.call("POST", "/v1/inference", {"prompt": "x", "model": model.client})
    assert got.status == 429
    assert got.error["message"]
    assert got.header("retry-after") == "9"
