"""The fake providers themselves: what they refuse, what they understand, and what goes wrong on demand."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest
from support import latency, raw_http
from support.chaos import chance, unsettled
from support.configurations import PROVIDER_KEY
from support.fake_upstream import fake_upstream
from support.fakes import event_stream
from support.fakes.anthropic import signature_of
from support.fakes.protocols import PROTOCOLS, fake_providers
from support.openai_bodies import usage_counts
from support.upstream_script import behaviour, fault, http_date, wanted_call

KEYS = {
    "authorization": f"Bearer {PROVIDER_KEY}",
    "x-api-key": PROVIDER_KEY,
    "x-goog-api-key": PROVIDER_KEY,
    "anthropic-version": "2023-06-01",
}
CALLS = (wanted_call("weather", {"city": "Paris"}), wanted_call("time", {"zone": "CET", "exact": True}))
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}


@pytest.fixture(scope="module")
def fakes() -> Iterator[dict[str, fake_upstream]]:
    with fake_providers() as found:
        yield found


def target_of(name: str, stream: bool, model: str) -> str:
    return {
        "openai": "/v1/chat/completions",
        "openai_responses": "/v1/responses",
        "anthropic": "/v1/messages",
        "gemini": f"/v1beta/models/{model}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent"),
        "cohere": "/v2/chat",
        "bedrock": f"/model/{model}/converse" + ("-stream" if stream else ""),
        "tgi": "/generate_stream" if stream else "/generate",
    }[name]


def body_of(name: str, stream: bool, model: str) -> dict:
    if name == "gemini":
        return {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
    if name == "bedrock":
        return {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}
    if name == "tgi":
        return {"inputs": f"Hello #{model}", "parameters": {"details": True}}
    if name == "openai_responses":
        return {"model": model, "input": "Hello", "stream": stream}
    extra = {"max_tokens": 9} if name == "anthropic" else {}
    return {"model": model, "messages": [{"role": "user", "content": "Hello"}], "stream": stream, **extra}


def ask(fake: fake_upstream, model: str, body: dict | None = None, stream: bool = False) -> raw_http.answer:
    name = fake.shape.name
    given = body_of(name, stream, model) if body is None else body
    return raw_http.call(fake.port, "POST", target_of(name, stream, model), given, KEYS, 10)


def words_in(document: str) -> str:
    return "".join(
        json.loads(f'"{word}"') for word in re.findall(r'"(?:text|content|delta)": ?"((?:[^"\\]|\\.)*)"', document)
    )


@pytest.mark.parametrize("name", PROTOCOLS)
def test_document_and_stream_say_the_text(fakes: dict[str, fake_upstream], name: str) -> None:
    fake = fakes[name]
    fake.script("plain", behaviour(text="One two three."))
    whole, streamed = ask(fake, "plain"), ask(fake, "plain", stream=True)
    assert (whole.status, streamed.status) == (200, 200), whole.body + streamed.body
    assert b"One two three." in whole.body
    if name == "bedrock":
        payloads = " ".join(payload.decode() for _, payload in event_stream.frames_of(streamed.body))
    else:
        payloads = streamed.body.decode()
    assert words_in(payloads).startswith("One two three.")
    seen = fake.calls("plain")[-2:]
    assert [request.asked.stream for request in seen] == [False, True]
    assert [("Hello" in request.asked.turns[0][1]) for request in seen] == [True, True]


@pytest.mark.parametrize("name", [name for name in PROTOCOLS if name != "tgi"])
def test_both_calls_are_made_and_then_the_text(fakes: dict[str, fake_upstream], name: str) -> None:
    fake = fakes[name]
    fake.script("calling", behaviour(calls=CALLS, text="It rains."))
    for stream in (False, True):
        got = ask(fake, "calling", stream=stream)
        assert got.status == 200, got.body
        assert b"weather" in got.body and b"time" in got.body and b"It rains." not in got.body


USER = {"role": "user", "content": "x"}
ANTHROPIC_USE = {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]}
FORGED = {"role": "assistant", "content": [{"type": "thinking", "thinking": "t", "signature": "x"}]}
NO_PNG = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
OPEN_SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": SCHEMA}}
BEDROCK_USER = {"role": "user", "content": [{"text": "x"}]}
BEDROCK_USE = {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "f", "input": {}}}]}
BEDROCK_RESULT = {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"text": "y"}]}}]}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": "x"}
UNANSWERED = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}


def turns(*messages: dict, **extra: object) -> dict:
    return {"messages": list(messages), **extra}


def chat(*messages: dict, **extra: object) -> dict:
    return turns(*messages, model="m", **extra)


BAD: list[tuple[str, dict, str]] = [
    ("openai", chat(), "too short"),
    ("openai", chat(USER, top_k=3), "Unrecognized request argument"),
    ("openai", chat({"role": "tool", "tool_call_id": "a", "content": "x"}), "must be a response"),
    ("openai", chat({"role": "user", "content": [NO_PNG]}), "not image/png"),
    ("openai", chat(USER, response_format=OPEN_SCHEMA), "additionalProperties"),
    ("openai_responses", {"model": "m", "input": [OUTPUT]}, "No tool call found"),
    ("openai_responses", {"model": "m", "input": [UNANSWERED]}, "No tool output found"),
    ("openai_responses", {"model": "m", "input": "x", "messages": []}, "Unknown parameter"),
    ("anthropic", chat(USER), "max_tokens: Field required"),
    ("anthropic", chat({"role": "user", "content": ""}, max_tokens=9), "non-empty"),
    ("anthropic", chat(USER, max_tokens=9, seed=1), "Extra inputs"),
    ("anthropic", chat(USER, ANTHROPIC_USE, USER, max_tokens=9), "immediately after"),
    ("anthropic", chat(USER, FORGED, max_tokens=9), "Invalid `signature`"),
    ("gemini", {"contents": []}, "contents is not specified"),
    ("gemini", {"contents": [{"role": "user", "parts": [{"text": "x"}]}], "n": 1}, "Unknown name"),
    ("gemini", {"contents": [{"parts": [{"functionResponse": {"name": "f", "response": {}}}]}]}, "function call turn"),
    ("cohere", chat(USER, {"role": "assistant", "content": "y"}), "last message"),
    ("cohere", chat(USER, p=1), "must be a number"),
    ("bedrock", turns({"role": "assistant", "content": [{"text": "x"}]}), "must start with a user message"),
    ("bedrock", turns(BEDROCK_USER, BEDROCK_USER), "alternate"),
    ("bedrock", turns(BEDROCK_USER, BEDROCK_USE, BEDROCK_RESULT), "toolConfig field must be defined"),
    ("tgi", {"inputs": "x", "parameters": {"temperature": 0}}, "strictly positive"),
    ("tgi", {"prompt": "x"}, "missing field `inputs`"),
]


@pytest.mark.parametrize(("name", "body", "words"), BAD, ids=[f"{name}-{words}" for name, _, words in BAD])
def test_what_a_provider_refuses(fakes: dict[str, fake_upstream], name: str, body: dict, words: str) -> None:
    got = ask(fakes[name], "m", body)
    assert got.status in (400, 422), got.body
    assert words in got.body.decode().replace('\\"', '"')


@pytest.mark.parametrize("name", [name for name in PROTOCOLS if name != "tgi"])
def test_a_key_is_needed(fakes: dict[str, fake_upstream], name: str) -> None:
    got = raw_http.call(fakes[name].port, "POST", target_of(name, False, "m"), body_of(name, False, "m"), {}, 10)
    assert got.status in (401, 403)


def test_history_is_understood(fakes: dict[str, fake_upstream]) -> None:
    """Anthropic's own thought may come back, and the results of both calls."""
    uses = [
        {"type": "tool_use", "id": f"t{i}", "name": call.name, "input": call.arguments} for i, call in enumerate(CALLS)
    ]
    thought = {"type": "thinking", "thinking": "Hm.", "signature": signature_of("Hm.")}
    results = [{"type": "tool_result", "tool_use_id": f"t{i}", "content": f"r{i}"} for i in range(2)]
    turns = [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": [thought, *uses]},
        {"role": "user", "content": results},
    ]
    fakes["anthropic"].script("loop", behaviour(calls=CALLS, text="It rains."))
    got = ask(fakes["anthropic"], "loop", {"model": "loop", "max_tokens": 9, "system": "Be brief.", "messages": turns})
    assert got.status == 200 and b"It rains." in got.body
    seen = fakes["anthropic"].calls("loop")[-1].asked
    assert seen is not None
    assert seen.system == "Be brief." and seen.thoughts == ["Hm."]
    assert [(call.name, call.arguments) for call in seen.calls] == [(call.name, call.arguments) for call in CALLS]
    assert [(result.id, result.text) for result in seen.results] == [("t0", "r0"), ("t1", "r1")]


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("stream", [False, True])
def test_the_providers_own_errors(fakes: dict[str, fake_upstream], name: str, stream: bool) -> None:
    fakes[name].script("locked", behaviour(status=401, own_error=True))
    fakes[name].script("busy", behaviour(status=429, retry_after=http_date(7), own_error=True))
    locked, busy = ask(fakes[name], "locked", stream=stream), ask(fakes[name], "busy", stream=stream)
    assert locked.status == 401 and busy.status == 429
    if name != "tgi":
        assert PROVIDER_KEY.encode() in locked.body, "real providers repeat the key; the gateway must not"
    told = parsedate_to_datetime(busy.header("retry-after") or "").timestamp() - time.time()
    assert 4 < told < 8


@pytest.mark.parametrize("name", PROTOCOLS)
def test_faults_within_a_stream(fakes: dict[str, fake_upstream], name: str) -> None:
    fake, text = fakes[name], "one two three four five six"
    fake.script("calm", behaviour(text=text))
    calm = ask(fake, "calm", stream=True).body
    for how in (fault.reordered_events, fault.repeated_event, fault.garbage_event, fault.error_event):
        fake.script("wild", behaviour(text=text, fault=how, fault_at_event=4))
        wild = ask(fake, "wild", stream=True)
        assert wild.status == 200 and wild.body != calm, how
    fake.script("wild", behaviour(text=text, fault=fault.reset_mid_stream, fault_at_event=4))
    with pytest.raises((ConnectionError, raw_http.closed_by_peer)):
        ask(fake, "wild", stream=True)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_faults_of_a_document(fakes: dict[str, fake_upstream], name: str) -> None:
    fake = fakes[name]
    fake.script("cut", behaviour(fault=fault.truncated_json))
    with pytest.raises(ValueError):
        ask(fake, "cut").json()
    fake.script("html", behaviour(fault=fault.wrong_content_type))
    assert ask(fake, "html").header("content-type") == "text/html"
    fake.script("reset", behaviour(fault=fault.reset_mid_body))
    with pytest.raises((ConnectionError, raw_http.closed_by_peer)):
        ask(fake, "reset")


WRONG = [None, usage_counts(-5, -1), usage_counts(1, 1, total=99), usage_counts(2**53, 2**53)]


@pytest.mark.parametrize("counts", WRONG)
@pytest.mark.parametrize("name", [name for name in PROTOCOLS if name != "tgi"])
def test_wrong_usage_is_told_as_scripted(
    fakes: dict[str, fake_upstream], name: str, counts: usage_counts | None
) -> None:
    fakes[name].script("counted", behaviour(usage=counts))
    got = ask(fakes[name], "counted")
    assert got.status == 200
    named = (
        [b"input_tokens", b"prompt_tokens", b"okenCount", b"putTokens"]
        if counts is None
        else [b"%d" % counts.prompt, b"%d" % counts.completion]
    )
    assert any(figure in got.body for figure in named) == (counts is not None), got.body


def test_latencies_are_repeatable() -> None:
    for make in (lambda: latency.uniform(0.1, 0.2, 7), lambda: latency.lognormal(0.1, 0.5, 7, 0.4)):
        first, again = make(), make()
        drawn = [first.next_s() for _ in range(50)]
        assert drawn == [again.next_s() for _ in range(50)]
        assert len(set(drawn)) > 25 and 0 < min(drawn) < max(drawn) <= 0.4


def test_a_slow_answer_takes_its_time(fakes: dict[str, fake_upstream]) -> None:
    fakes["cohere"].script("slow", behaviour(latency=latency.fixed(0.1), pause=latency.fixed(0.01), text="a b c"))
    begun = time.monotonic()
    assert ask(fakes["cohere"], "slow", stream=True).status == 200
    assert time.monotonic() - begun > 0.15


def test_chance_decides_by_its_seed(fakes: dict[str, fake_upstream]) -> None:
    chances = [chance(0.2, {"status": 503}, "unavailable"), chance(0.1, {"fault": fault.close_before_head}, "closed")]
    seed = random.Random(1).randrange(1000)
    runs = []
    for _ in range(2):
        playbook = unsettled(seed, chances, behaviour(text="fine"))
        runs.append([playbook(None) for _ in range(200)])  # type: ignore[arg-type]
        assert 20 < playbook.counts["unavailable"] < 60 and 5 < playbook.counts["closed"] < 40
    assert runs[0] == runs[1]
    fakes["gemini"].playbook = unsettled(seed, [chance(1.0, {"status": 503}, "always")])
    try:
        assert ask(fakes["gemini"], "unscripted").status == 503
    finally:
        fakes["gemini"].playbook = None
