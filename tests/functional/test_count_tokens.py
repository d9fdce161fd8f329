"""Counting the tokens of a prompt: who can, what it says, what it costs, and what passes of the client's own headers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.configurations import CHAT_MODEL, base_config, local_config, merge
from support.fake_upstream import fake_upstream, wait_until
from support.fakes.protocols import PROTOCOLS
from support.gateway_process import gateway_process
from support.openai_bodies import usage_counts
from support.raw_http import answer
from support.upstream_script import behaviour, fault

COUNT = "/v1/messages/count_tokens"
MESSAGES = "/v1/messages"
BACKENDS = ("anthropic", "gemini", "cohere")
KEYS = {
    "ANTHROPIC_API_KEY": "sk-ant-of-the-test",
    "GEMINI_API_KEY": "AIza-key-of-the-test-0000000000",
    "CO_API_KEY": "co-key-of-the-test",
}
TOOL = {"name": "f", "description": "d", "input_schema": {"type": "object"}}


@pytest.fixture(scope="module")
def fakes() -> Iterator[dict[str, fake_upstream]]:
    with (
        fake_upstream(speaks=PROTOCOLS["anthropic"]()) as anthropic,
        fake_upstream(speaks=PROTOCOLS["gemini"]()) as gemini,
        fake_upstream(speaks=PROTOCOLS["cohere"]()) as cohere,
    ):
        yield {"anthropic": anthropic, "gemini": gemini, "cohere": cohere}


@pytest.fixture(scope="module")
def over(
    fakes: dict[str, fake_upstream], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[gateway_process]:
    config = base_config(None)
    for name in BACKENDS:
        entry = {"name": name, "preset": name, "base_url": fakes[name].origin, "any_model": True}
        config["providers"].append({**entry, "first_byte_timeout_ms": 700})
    with gateway_process(config, KEYS, tmp_path_factory.mktemp("gateway")) as process:
        yield process


def body(model: str, **extra: object) -> dict:
    return {"model": model, "system": "Be brief.", "messages": [{"role": "user", "content": "hi"}], **extra}


def count(gateway: gateway_process, model: str, headers: dict[str, str] | None = None, **extra: object) -> answer:
    return gateway.call("POST", COUNT, body(model, **extra), headers)


def contents() -> list[dict]:
    return [{"role": "user", "parts": [{"text": "hi"}]}]


@pytest.mark.parametrize("backend", ["anthropic", "gemini"])
def test_an_upstream_counts(over: gateway_process, fakes: dict[str, fake_upstream], backend: str) -> None:
    fakes[backend].script("counted", behaviour(usage=usage_counts(prompt=37, completion=0)))
    got = count(over, f"{backend}/counted", tools=[TOOL])
    assert got.status == 200, got.body
    assert got.json() == {"input_tokens": 37}
    assert got.header("x-inferenceflow-cost") == "0.000000000"
    seen = fakes[backend].calls("counted")[-1]
    assert seen.target.endswith({"anthropic": "/count_tokens", "gemini": ":countTokens"}[backend])
    assert b"Be brief." in seen.body
    assert b'"f"' in seen.body, "tools count too"


@pytest.mark.parametrize("backend", ["anthropic", "gemini"])
@pytest.mark.parametrize("whole", [False, True])
def test_geminis_clients_count(
    over: gateway_process, fakes: dict[str, fake_upstream], backend: str, whole: bool
) -> None:
    fakes[backend].script("counted-too", behaviour(usage=usage_counts(prompt=41, completion=0)))
    asked: dict = {"contents": contents()}
    if whole:
        asked = {"generateContentRequest": {"model": f"models/{backend}/counted-too", **asked}}
    got = over.call("POST", f"/v1beta/models/{backend}/counted-too:countTokens", asked)
    assert got.status == 200, got.body
    assert got.json() == {"totalTokens": 41}


def test_the_diagonal_passes_bytes(over: gateway_process, fakes: dict[str, fake_upstream]) -> None:
    given = b'{ "model":"anthropic/bytes",  "messages":[{"role":"user","content":"h\\u00e9"}] }'
    got = over.call("POST", COUNT, given, {"content-type": "application/json"})
    assert got.status == 200, got.body
    assert fakes["anthropic"].calls("bytes")[-1].body == given.replace(b"anthropic/bytes", b"bytes")


def test_nobody_makes_a_count_up(over: gateway_process, fakes: dict[str, fake_upstream]) -> None:
    got = count(over, "cohere/uncounted")
    assert got.status == 400, got.body
    told = got.json()["error"]
    assert told["type"] == "invalid_request_error"
    assert "no call that counts tokens" in told["message"]
    assert not fakes["cohere"].calls("uncounted")


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"messages": [{"role": "user", "content": "hi"}]}, 400, "model"),
        ({"model": "anthropic/m"}, 400, "messages"),
        ({"model": "anthropic/m", "messages": 7}, 400, "messages"),
        ({"model": "no-such-model", "messages": [{"role": "user", "content": "hi"}]}, 404, "no-such-model"),
    ],
)
def test_wrong_requests(over: gateway_process, given: dict, status: int, words: str) -> None:
    got = over.call("POST", COUNT, given)
    assert got.status == status, got.body
    assert words in got.json()["error"]["message"]


@pytest.mark.parametrize(
    ("how", "status"),
    [
        (behaviour(status=429, error_message="slow down", retry_after="3"), 429),
        (behaviour(fault=fault.close_before_head), 502),
        (behaviour(fault=fault.garbage_json), 502),
        (behaviour(fault=fault.stall_head), 504),
    ],
)
@pytest.mark.parametrize("backend", ["anthropic", "gemini"])
def test_failures_are_in_the_clients_format(
    over: gateway_process, fakes: dict[str, fake_upstream], backend: str, how: behaviour, status: int
) -> None:
    fakes[backend].script("uncountable", how)
    got = count(over, f"{backend}/uncountable")
    assert got.status == status, got.body
    assert got.json()["type"] == "error"
    assert all(key not in got.body.decode() for key in KEYS.values())


def test_it_is_logged_and_measured_but_not_billed(over: gateway_process) -> None:
    before = over.gauge("inferenceflow_requests_total")
    assert count(over, "anthropic/logged").status == 200
    assert over.gauge("inferenceflow_requests_total") == before + 1
    assert over.active_requests() == 0

    def lines() -> list[dict]:
        return [line for line in over.log_lines() if line.get("model") == "anthropic/logged"]

    wait_until(lambda: bool(lines()), what="the log has the line")
    line = lines()[-1]
    assert (line["surface"], line["status"], line["input_tokens"], line["cost_usd"]) == (
        "count_tokens",
        200,
        0,
        "0.000000000",
    )
    assert not [row for row in over.ledger_rows() if row["model_requested"] == "anthropic/logged"]


@pytest.mark.local_model
def test_a_local_model_counts_itself(start_gateway) -> None:
    gateway = start_gateway(merge(base_config(None), local_config()))
    got = count(gateway, CHAT_MODEL)
    assert got.status == 200, got.body
    asked = {"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}
    answered = gateway.call("POST", "/v1/chat/completions", {"model": CHAT_MODEL, "messages": asked, "max_tokens": 1})
    assert got.json() == {"input_tokens": answered.json()["usage"]["prompt_tokens"]}


# A client's own headers.


@pytest.mark.parametrize("path", [MESSAGES, COUNT])
def test_beta_features_pass_between_the_same_protocols(
    over: gateway_process, fakes: dict[str, fake_upstream], path: str
) -> None:
    extra = {} if path == COUNT else {"max_tokens": 9}
    given = {"anthropic-beta": "one-2025-01-01,two-2025-02-02", "anthropic-version": "2023-01-01", "x-private": "p"}
    got = over.call("POST", path, body("anthropic/beta", **extra), given)
    assert got.status == 200, got.body
    seen = fakes["anthropic"].calls("beta")[-1]
    assert seen.header("anthropic-beta") == "one-2025-01-01,two-2025-02-02"
    assert [value for name, value in seen.headers if name.lower() == "anthropic-version"] == ["2023-01-01"]
    assert seen.header("x-private") is None
    assert got.header("x-inferenceflow-dropped") is None


def test_without_them_the_gateways_version_holds(over: gateway_process, fakes: dict[str, fake_upstream]) -> None:
    assert over.call("POST", MESSAGES, body("anthropic/plain", max_tokens=9)).status == 200
    seen = fakes["anthropic"].calls("plain")[-1]
    assert seen.header("anthropic-version") == "2023-06-01"
    assert seen.header("anthropic-beta") is None


@pytest.mark.parametrize("stream", [False, True])
def test_beta_features_are_lost_in_translation(
    over: gateway_process, fakes: dict[str, fake_upstream], stream: bool
) -> None:
    given = {"anthropic-beta": "one-2025-01-01", "anthropic-version": "2023-06-01", "OpenAI-Beta": "x=v1"}
    got = over.call("POST", MESSAGES, body("cohere/beta", max_tokens=9, stream=stream), given)
    assert got.status == 200, got.body
    seen = fakes["cohere"].calls("beta")[-1]
    assert not [name for name, _ in seen.headers if "beta" in name.lower() or name.lower().startswith("anthropic")]
    assert "anthropic-beta" in (got.header("x-inferenceflow-dropped") or "")
    assert "anthropic-version" not in (got.header("x-inferenceflow-dropped") or "")


@pytest.mark.parametrize(
    "given",
    [
        {"anthropic-beta": "x" * 1025},
        {"anthropic-beta": "a;b"},
        {"anthropic-beta": "na\u00efve"},
        {"anthropic-version": "latest"},
        {"anthropic-version": "2023-06-01-and-more"},
    ],
)
def test_wrong_features_are_refused_by_name(over: gateway_process, given: dict[str, str]) -> None:
    got = over.call("POST", MESSAGES, body("anthropic/refused", max_tokens=9), given)
    assert got.status == 400, got.body
    assert next(iter(given)) in got.json()["error"]["message"]


def test_another_feature_is_another_answer(over: gateway_process, fakes: dict[str, fake_upstream]) -> None:
    asked = body("anthropic/feature-cache", max_tokens=9, temperature=0)
    states = [
        over.call("POST", MESSAGES, asked, given).header("x-inferenceflow-cache")
        for given in ({}, {"anthropic-beta": "one-2025-01-01"}, {"anthropic-beta": "one-2025-01-01"}, {})
    ]
    assert states == ["miss", "miss", "hit", "hit"]
