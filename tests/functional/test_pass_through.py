"""Same protocol on both sides: bytes pass through unchanged but for what must change."""

from __future__ import annotations

import json

import pytest
from support.configurations import PROVIDER_KEY, base_config, model_name
from support.fake_upstream import fake_upstream
from support.gateway_process import gateway_process
from support.upstream_script import behaviour

ODD_CHAT = (
    b'{ "temperature":1.0e0,\t"messages" : [ {"content":"caf\\u00e9 \\/ \xf0\x9f\x98\x80","role":"user","x":[1 , 2]} ],'
    b"\r\n"
    b'  "model":"plain-model" , "x_unknown":{"b":1,"a":12345678901234567890}, "top_p":1.00 }\n'
)
ODD_COMPLETION = b'{"prompt" :"Once\\tupon" ,\n"model": "plain-model","max_tokens" : 5 }'
ODD_EMBEDDING = b'{"input":[ "a","b" ] ,"model":"plain-model",  "encoding_format" :"float"}'

HOP_BY_HOP = {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", ODD_CHAT),
        ("/v1/completions", ODD_COMPLETION),
        ("/v1/embeddings", ODD_EMBEDDING),
    ],
)
def test_bytes_are_identical_both_ways(
    gateway: gateway_process, upstream: fake_upstream, path: str, body: bytes
) -> None:
    got = gateway.call("POST", path, body, {"Cache-Control": "no-store"})
    seen = upstream.calls("plain-model")[-1]
    assert got.status == 200, got.body
    assert seen.method == "POST"
    assert seen.target == path
    assert seen.body == body
    assert got.body == seen.sent_body
    assert got.header("content-type") == "application/json"


def test_chunked_answer_arrives_whole(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(chunked=True))
    got = gateway.call("POST", "/v1/chat/completions", model.chat())
    assert got.status == 200
    assert got.body == upstream.calls(model.upstream)[-1].sent_body


@pytest.mark.parametrize("spelling", [b'"alias-model"', b'"\\u0061lias-mod\\u0065l"'])
def test_alias_changes_nothing_but_the_model(
    gateway: gateway_process, upstream: fake_upstream, spelling: bytes
) -> None:
    body = ODD_CHAT.replace(b'"plain-model"', spelling)
    got = gateway.call("POST", "/v1/chat/completions", body, {"Cache-Control": "no-store"})
    assert got.status == 200, got.body
    assert upstream.calls("real-name-upstream")[-1].body == body.replace(spelling, b'"real-name-upstream"')


def test_provider_prefix_names_any_model(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    got = gateway.call("POST", "/v1/chat/completions", model.chat())
    assert got.status == 200, got.body
    assert upstream.calls(model.upstream)[-1].json() == {**model.chat(), "model": model.upstream}
    assert got.header("x-inferenceflow-provider") == "fake"


def test_stream_asks_for_usage_and_keeps_all_other_bytes(gateway: gateway_process, upstream: fake_upstream) -> None:
    body = ODD_CHAT.replace(b'"top_p":1.00', b'"stream" : true')
    got = gateway.call("POST", "/v1/chat/completions", body)
    seen = upstream.calls("plain-model")[-1].body
    assert got.status == 200, got.body
    assert json.loads(seen) == {**json.loads(body), "stream_options": {"include_usage": True}}
    same_front = next(i for i in range(len(seen)) if seen[: i + 1] != body[: i + 1])
    assert seen.endswith(body[same_front:]), "bytes changed other than by one insertion"


def test_stream_options_of_the_client_are_completed(gateway: gateway_process, upstream: fake_upstream) -> None:
    options = b'"stream" : true, "stream_options": { "x_own" : 1, "include_usage": false }'
    body = ODD_CHAT.replace(b'"top_p":1.00', options)
    got = gateway.call("POST", "/v1/chat/completions", body)
    assert got.status == 200, got.body
    seen = upstream.calls("plain-model")[-1].json()
    assert seen["stream_options"] == {"x_own": 1, "include_usage": True}


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions"])
def test_stream_with_usage_is_identical_both_ways(gateway: gateway_process, upstream: fake_upstream, path: str) -> None:
    base = ODD_CHAT if "chat" in path else ODD_COMPLETION
    body = base.replace(b'"model"', b'"stream":true, "stream_options" : {"include_usage" :true},"model"')
    got = gateway.call("POST", path, body)
    seen = upstream.calls("plain-model")[-1]
    assert got.status == 200, got.body
    assert seen.body == body
    assert got.body == seen.sent_body
    assert (got.header("content-type") or "").startswith("text/event-stream")


def test_credentials_and_hop_headers_stay_here(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    headers = {
        "Authorization": "Bearer client-secret-1",
        "Api-Key": "client-secret-2",
        "X-Api-Key": "client-secret-3",
        "Cookie": "session=client-secret-4",
        "Proxy-Authorization": "Basic client-secret-5",
        "Connection": "keep-alive, X-Private-Hop",
        "X-Private-Hop": "client-secret-6",
        "Keep-Alive": "timeout=5",
        "TE": "trailers",
        "Accept-Encoding": "gzip, br",
    }
    got = gateway.call("POST", "/v1/chat/completions", model.chat(), headers)
    seen = upstream.calls(model.upstream)[-1]
    assert got.status == 200, got.body
    assert not any("client-secret" in value for _, value in seen.headers)
    assert seen.header("authorization") == f"Bearer {PROVIDER_KEY}"
    assert "x-private-hop" not in seen.header_names()
    assert seen.header_names() & HOP_BY_HOP <= {"connection"}
    assert (seen.header("accept-encoding") or "identity") == "identity"
    assert (seen.header("host") or "").startswith("127.0.0.1")


def test_configured_headers_are_sent(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(base_config(upstream, headers={"OpenAI-Organization": "org-7"}))
    assert gateway.call("POST", "/v1/chat/completions", model.chat()).status == 200
    assert upstream.calls(model.upstream)[-1].header("openai-organization") == "org-7"


def test_answer_drops_hop_headers(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    hop = (("Keep-Alive", "timeout=1"), ("Proxy-Authenticate", "Basic"), ("Connection", "x-hop"), ("x-hop", "1"))
    upstream.script(model.upstream, behaviour(extra_headers=hop))
    got = gateway.call("POST", "/v1/chat/completions", model.chat())
    names = {name.lower() for name, _ in got.headers}
    assert got.status == 200
    assert not names & {"keep-alive", "proxy-authenticate", "x-hop"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (429, "rate_limit"), (500, "server_error"), (503, "server_error")],
)
def test_provider_errors_come_back_as_they_are(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, status: int, kind: str
) -> None:
    upstream.script(
        model.upstream, behaviour(status=status, error_type=kind, error_message="upstream says no", retry_after="7")
    )
    got = gateway.call("POST", "/v1/chat/completions", model.chat())
    assert got.status == status
    assert got.error["message"] == "upstream says no"
    assert got.error["type"] == kind
    assert len(upstream.calls(model.upstream)) == 1, "an answered request is not repeated"
    if status == 429:
        assert got.header("retry-after") == "7"


def test_models_lists_configured_names(gateway: gateway_process) -> None:
    got = gateway.call("GET", "/v1/models")
    document = got.json()
    names = {entry["id"] for entry in document["data"]}
    assert got.status == 200
    assert document["object"] == "list"
    assert {"plain-model", "alias-model"} <= names
    assert all(entry["object"] == "model" and isinstance(entry["created"], int) for entry in document["data"])
    one = gateway.call("GET", "/v1/models/plain-model")
    assert one.status == 200
    assert one.json()["id"] == "plain-model"
    assert gateway.call("GET", "/v1/models/no-such-model").status == 404
