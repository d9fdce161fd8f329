"""Text Generation Inference as a backend, in its native protocol: every client, texts, streams, usage, errors."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from support.configurations import CHAT, base_config
from support.fake_upstream import fake_upstream, wait_until
from support.fakes.protocols import PROTOCOLS
from support.gateway_process import gateway_process
from support.openai_bodies import usage_counts
from support.raw_http import answer
from support.upstream_script import behaviour, fault


@pytest.fixture(scope="module")
def tgi() -> Iterator[fake_upstream]:
    with fake_upstream(speaks=PROTOCOLS["tgi"]()) as fake:
        yield fake


@pytest.fixture(scope="module")
def over_tgi(tgi: fake_upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gateway_process]:
    config = base_config(None)
    entry = {"name": "tgi", "preset": "tgi", "base_url": tgi.origin, "models": ["zephyr"]}
    config["providers"] = [{**entry, "first_byte_timeout_ms": 700, "idle_timeout_ms": 600}]
    with gateway_process(config, None, tmp_path_factory.mktemp("gateway")) as process:
        yield process


def ask(gateway: gateway_process, name: str, stream: bool = False, **extra: object) -> answer:
    spoken = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"Say something. #{name} now"}]
    return gateway.call("POST", CHAT, {"model": "zephyr", "messages": spoken, "stream": stream, **extra})


def row_of(gateway: gateway_process, got: answer) -> dict:
    def rows() -> list[dict]:
        return [row for row in gateway.ledger_rows() if row["request_id"] == got.header("x-request-id")]

    wait_until(lambda: bool(rows()), what="the ledger has the row")
    return rows()[0]


def words(got: answer) -> str:
    events = [json.loads(data) for data in got.events() if data != "[DONE]"]
    return "".join(choice["delta"].get("content") or "" for event in events for choice in event["choices"])


def test_text_and_usage(over_tgi: gateway_process, tgi: fake_upstream) -> None:
    tgi.script("text", behaviour(text="One two three.", usage=usage_counts(prompt=21, completion=4)))
    got = ask(over_tgi, "text", max_tokens=9, temperature=0.5, seed=7)
    assert got.status == 200, got.body
    assert got.json()["choices"][0]["message"]["content"] == "One two three."
    assert got.json()["choices"][0]["finish_reason"] == "stop"
    row = row_of(over_tgi, got)
    assert (row["output"], row["status"]) == (4, 200)
    seen = tgi.calls("text")[-1]
    assert seen.target == "/generate"
    assert seen.asked is not None
    sampling = {"temperature": 0.5, "seed": 7, "tokens_max": 9}
    assert seen.asked.sampling == {**sampling, "stop": ["\n\nUser:"]}, "the turn ends where the next would begin"
    assert "Be brief." in seen.json()["inputs"]


def test_stream_and_usage(over_tgi: gateway_process, tgi: fake_upstream) -> None:
    tgi.script("stream", behaviour(text="One two three.", usage=usage_counts(prompt=21, completion=4)))
    got = ask(over_tgi, "stream", stream=True, stream_options={"include_usage": True})
    assert got.status == 200, got.body
    assert words(got) == "One two three."
    assert got.events()[-1] == "[DONE]"
    usage = [json.loads(data).get("usage") for data in got.events() if data != "[DONE]"][-1]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (21, 4)
    row = row_of(over_tgi, got)
    assert (row["fresh_input"], row["output"], row["estimated"]) == (21, 4, 0)
    assert tgi.calls("stream")[-1].target == "/generate_stream"


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/v1/messages", {"model": "zephyr", "max_tokens": 9, "messages": [{"role": "user", "content": "#other x"}]}),
        ("/v1beta/models/zephyr:generateContent", {"contents": [{"role": "user", "parts": [{"text": "#other x"}]}]}),
        ("/v2/chat", {"model": "zephyr", "messages": [{"role": "user", "content": "#other x"}]}),
        ("/model/zephyr/converse", {"messages": [{"role": "user", "content": [{"text": "#other x"}]}]}),
        ("/v1/responses", {"model": "zephyr", "input": "#other x"}),
    ],
)
def test_other_clients(over_tgi: gateway_process, tgi: fake_upstream, target: str, body: dict) -> None:
    tgi.script("other", behaviour(text="Servus."))
    got = over_tgi.call("POST", target, body)
    assert got.status == 200, got.body
    assert b"Servus." in got.body


def test_json_schema_is_a_grammar(over_tgi: gateway_process, tgi: fake_upstream) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    tgi.script("schema", behaviour(text='{"city":"Paris"}'))
    shape = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
    got = ask(over_tgi, "schema", response_format=shape)
    assert got.status == 200, got.body
    asked = tgi.calls("schema")[-1].asked
    assert asked is not None
    assert asked.schema == schema


def test_what_it_cannot_do_is_refused(over_tgi: gateway_process) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    got = ask(over_tgi, "tools", tools=[tool])
    assert got.status == 400, got.body
    assert "tools" in (got.error["param"] or "")


@pytest.mark.parametrize(("status", "told"), [(422, 400), (429, 429), (500, 502), (503, 503)])
def test_errors_keep_their_class(over_tgi: gateway_process, tgi: fake_upstream, status: int, told: int) -> None:
    tgi.script("failing", behaviour(status=status, error_message="Model is overloaded"))
    got = ask(over_tgi, "failing")
    assert got.status == told, got.body
    assert set(got.error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("how", "status"), [(fault.close_before_head, 502), (fault.garbage_json, 502), (fault.stall_head, 504)]
)
def test_no_answer(over_tgi: gateway_process, tgi: fake_upstream, how: fault, status: int) -> None:
    tgi.script("broken", behaviour(fault=how))
    assert ask(over_tgi, "broken").status == status


@pytest.mark.parametrize("how", [fault.close_mid_stream, fault.error_event, fault.stall_stream])
def test_a_stream_that_dies_says_so(over_tgi: gateway_process, tgi: fake_upstream, how: fault) -> None:
    tgi.script("dying", behaviour(fault=how))
    got = ask(over_tgi, "dying", stream=True)
    assert got.status == 200
    assert "error" in " ".join(got.events()[-2:])
    assert row_of(over_tgi, got)["error_kind"]
