"""Clients of every protocol reach upstreams of every protocol.

Upstreams that speak something else than OpenAI's format are a second gateway, which speaks it to its clients.
"""

from __future__ import annotations

import json

import pytest
from support.configurations import CHAT, base_config
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.plain_requests import body_of, path_of
from support.raw_http import answer
from support.upstream_script import behaviour, fault

TEXT = behaviour().text
NATIVE = ("anthropic", "gemini", "cohere", "bedrock", "openai_responses")
CLIENTS = ("openai", *NATIVE)


def ask(gateway: gateway_process, client: str, model: str, stream: bool = False, temperature: float = 0.5) -> answer:
    body = body_of(client, model, stream, temperature)
    return gateway.call("POST", path_of(client, model, stream), body)


def text_of(client: str, got: answer) -> str:
    """The words of a whole answer."""
    body = got.json()
    if client == "openai":
        return body["choices"][0]["message"]["content"]
    if client == "openai_responses":
        return "".join(p["text"] for item in body["output"] if item["type"] == "message" for p in item["content"])
    if client == "anthropic":
        return "".join(block["text"] for block in body["content"])
    if client == "gemini":
        return "".join(part["text"] for part in body["candidates"][0]["content"]["parts"])
    if client == "cohere":
        return "".join(block["text"] for block in body["message"]["content"])
    return "".join(block["text"] for block in body["output"]["message"]["content"])


def streamed_text(client: str, got: answer) -> str:
    """The words of a stream's deltas."""
    if client == "bedrock":
        return event_stream_text(got.body)
    words = []
    for data in got.events():
        if data == "[DONE]":
            continue
        event = json.loads(data)
        if client == "openai":
            words += [choice["delta"].get("content") or "" for choice in event["choices"]]
        elif client == "openai_responses" and event["type"] == "response.output_text.delta":
            words.append(event["delta"])
        elif client == "anthropic" and event["type"] == "content_block_delta":
            words.append(event["delta"]["text"])
        elif client == "gemini":
            parts = event.get("candidates", [{}])[0].get("content", {}).get("parts", [])
            words += [part.get("text", "") for part in parts]
        elif client == "cohere" and event["type"] == "content-delta":
            words.append(event["delta"]["message"]["content"]["text"])
    return "".join(words)


def event_stream_text(frames: bytes) -> str:
    """Frames of AWS' event stream: total length, length of the headers, checksum; headers, payload, checksum."""
    words = []
    while frames:
        total, headers = int.from_bytes(frames[:4], "big"), int.from_bytes(frames[4:8], "big")
        payload = json.loads(frames[12 + headers : total - 4])
        words.append(payload.get("delta", {}).get("text", ""))
        frames = frames[total:]
    return "".join(words)


@pytest.fixture(scope="module")
def behind(upstream: fake_upstream):
    with gateway_process(base_config(upstream), {"FAKE_PROVIDER_KEY": "sk-of-the-test"}) as process:
        yield process


@pytest.fixture(scope="module")
def front(upstream: fake_upstream, behind: gateway_process):
    config = base_config(upstream)
    for name in NATIVE:
        config["providers"].append(
            {
                "name": name,
                "protocol": name,
                "base_url": f"http://127.0.0.1:{behind.port}",
                "models": [{"name": f"over-{name}", "upstream_name": f"fake/{name}"}],
            }
        )
    with gateway_process(config, {"FAKE_PROVIDER_KEY": "sk-of-the-test"}) as process:
        yield process


def row_of(gateway: gateway_process, got: answer) -> dict:
    """The ledger's row of an answer; rows come in groups, a moment later."""

    def rows() -> list[dict]:
        return [row for row in gateway.ledger_rows() if row["request_id"] == got.header("x-request-id")]

    wait_until(lambda: bool(rows()), what="the ledger has the row")
    return rows()[0]


def model_over(backend: str) -> str:
    return "plain-model" if backend == "openai" else f"over-{backend}"


@pytest.mark.parametrize("backend", CLIENTS)
@pytest.mark.parametrize("client", CLIENTS)
def test_document(front: gateway_process, client: str, backend: str) -> None:
    got = ask(front, client, model_over(backend))
    assert got.status == 200, got.body
    assert text_of(client, got) == TEXT
    row = row_of(front, got)
    assert (row["status"], row["fresh_input"], row["output"], row["estimated"]) == (200, 11, 7, 0)


@pytest.mark.parametrize("backend", CLIENTS)
@pytest.mark.parametrize("client", CLIENTS)
def test_stream(front: gateway_process, client: str, backend: str) -> None:
    got = ask(front, client, model_over(backend), stream=True)
    assert got.status == 200, got.body
    assert streamed_text(client, got) == TEXT


@pytest.mark.parametrize("client", NATIVE)
def test_errors_are_in_the_clients_format(front: gateway_process, client: str) -> None:
    got = ask(front, client, "no-such-model")
    assert got.status in (400, 404), got.body
    body = got.json()
    message = body["error"]["message"] if "error" in body else body["message"]
    assert "no-such-model" in message
    assert ("type" in body) == (client == "anthropic")


@pytest.mark.parametrize("client", NATIVE)
def test_malformed_body_names_what_is_wrong(front: gateway_process, client: str) -> None:
    got = front.call("POST", path_of(client, "plain-model", False), body={"messages": 7, "contents": 7, "input": 7})
    assert got.status == 400, got.body


@pytest.mark.parametrize("client", NATIVE)
def test_upstreams_errors_reach_the_client(front: gateway_process, upstream: fake_upstream, client: str) -> None:
    upstream.script("plain-model", behaviour(status=429, retry_after="7", error_message="too many of them"))
    try:
        got = ask(front, client, "plain-model")
    finally:
        upstream.script("plain-model", behaviour())
    assert got.status == 429, got.body
    assert b"too many of them" in got.body
    assert got.header("retry-after") == "7"


@pytest.mark.parametrize("client", ("anthropic", "cohere", "gemini", "openai_responses"))
def test_stream_that_dies_ends_in_an_error(front: gateway_process, upstream: fake_upstream, client: str) -> None:
    upstream.script("plain-model", behaviour(fault=fault.close_mid_stream))
    try:
        got = ask(front, client, "plain-model", stream=True)
    finally:
        upstream.script("plain-model", behaviour())
    assert got.status == 200
    end = " ".join(got.events()[-2:]).lower()  # Cohere's [DONE] comes behind its error
    assert "error" in end or "broke" in end, end
    assert row_of(front, got)["error_kind"] == "upstream_failed"


def test_an_error_within_a_stream_is_told_once(front: gateway_process, upstream: fake_upstream) -> None:
    upstream.script("plain-model", behaviour(fault=fault.error_event))
    try:
        got = ask(front, "anthropic", "plain-model", stream=True)
    finally:
        upstream.script("plain-model", behaviour())
    kinds = [json.loads(data)["type"] for data in got.events()]
    assert kinds.count("error") == 1
    assert kinds[-1] == "error"
    assert row_of(front, got)["error_kind"]


def test_gemini_stream_that_is_not_asked_for_as_events_is_refused(front: gateway_process) -> None:
    got = front.call("POST", "/v1beta/models/plain-model:streamGenerateContent", body_of("gemini", "", True))
    assert got.status == 400
    assert "alt=sse" in got.json()["error"]["message"]


def test_a_streams_losses_are_named_in_its_head(front: gateway_process) -> None:
    got = front.call("POST", CHAT, {**body_of("openai", "over-anthropic", True), "seed": 7})
    assert got.status == 200, got.body
    assert "seed" in (got.header("x-inferenceflow-dropped") or "")


@pytest.mark.parametrize("client", NATIVE)
def test_second_time_is_a_hit_in_either_form(front: gateway_process, client: str) -> None:
    model = f"fake/kept-{client}"
    first = ask(front, client, model, temperature=0)
    again = ask(front, client, model, temperature=0)
    streamed = ask(front, client, model, stream=True, temperature=0)
    states = [got.header("x-inferenceflow-cache") for got in (first, again, streamed)]
    assert states == ["miss", "hit", "hit"]
    assert again.body == first.body
    assert streamed_text(client, streamed) == TEXT


def test_what_is_dropped_is_named(front: gateway_process) -> None:
    body = {**body_of("openai", "over-anthropic", False), "seed": 7, "frequency_penalty": 0.5}
    got = front.call("POST", CHAT, body)
    assert got.status == 200, got.body
    dropped = (got.header("x-inferenceflow-dropped") or "").split(", ")
    assert any("seed" in field for field in dropped)
    assert any("frequency_penalty" in field for field in dropped)


def test_what_must_not_be_dropped_is_refused(front: gateway_process) -> None:
    got = front.call("POST", CHAT, {**body_of("openai", "over-anthropic", False), "n": 2})
    assert got.status == 400, got.body


def test_same_protocol_passes_bytes(front: gateway_process, behind: gateway_process) -> None:
    """What the second gateway answers an Anthropic client is what the first one's client gets."""
    body = {
        **body_of("anthropic", "over-anthropic", False, temperature=0),
        "messages": [{"role": "user", "content": "b"}],
    }
    through = front.call("POST", "/v1/messages", body)
    straight = behind.call("POST", "/v1/messages", {**body, "model": "fake/anthropic"})
    assert straight.header("x-inferenceflow-cache") == "hit", "the same request, but for the model's name"
    assert through.body == straight.body
