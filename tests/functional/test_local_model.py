"""The in-process engine behind OpenAI's wire format. Needs the default model files; skipped without them."""

from __future__ import annotations

import json
import math
import time

import pytest
from support.configurations import CHAT, CHAT_MODEL, CONTEXT_TOKENS, EMBEDDING_MODEL
from support.fake_upstream import wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer, build_request

pytestmark = pytest.mark.local_model
NO_STORE = {"Cache-Control": "no-store"}


def chat_body(content: str = "Name the capital of France.", **extra: object) -> dict:
    messages = [{"role": "user", "content": content}]
    return {"model": CHAT_MODEL, "messages": messages, "max_tokens": 16, "temperature": 0, **extra}


def ask(gateway: gateway_process, path: str, body: dict) -> answer:
    got = gateway.call("POST", path, body, NO_STORE, timeout_s=120)
    assert got.status == 200, got.body
    return got


def counts(usage: dict) -> list[int]:
    """What does not depend on who asked before."""
    return [usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]]


def test_chat_answers(local_gateway: gateway_process) -> None:
    got = ask(local_gateway, CHAT, chat_body())
    document = got.json()
    assert document["object"] == "chat.completion"
    assert "Paris" in document["choices"][0]["message"]["content"]
    assert document["choices"][0]["message"]["role"] == "assistant"
    usage = document["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert 0 < usage["completion_tokens"] <= 16
    assert got.header("x-inferenceflow-provider") == "local"
    assert float(got.header("x-inferenceflow-cost") or 0) > 0


def test_stream_is_the_same_answer(local_gateway: gateway_process) -> None:
    plain = ask(local_gateway, CHAT, chat_body())
    stream = ask(local_gateway, CHAT, chat_body(stream=True, stream_options={"include_usage": True}))
    events = [json.loads(data) for data in stream.events()[:-1]]
    assert stream.events()[-1] == "[DONE]"
    assert stream.text() == plain.text()
    assert counts(events[-1]["usage"]) == counts(plain.json()["usage"])
    assert events[-1]["choices"] == []
    assert len(stream.chunks) > 3, "pieces arrive one by one"
    assert float(stream.trailer("x-inferenceflow-cost") or 0) > 0


def test_stream_never_splits_a_character(local_gateway: gateway_process) -> None:
    body = chat_body(
        "Repeat exactly: \u00e9\u00e8\U0001f600\U0001f680\u4f60\u597d",
        stream=True,
        max_tokens=48,
        temperature=1.2,
        seed=3,
    )
    got = ask(local_gateway, CHAT, body)
    for data in got.events()[:-1]:
        for choice in json.loads(data)["choices"]:
            content = choice["delta"].get("content") or ""
            content.encode("utf-8")
            assert "\ufffd" not in content


def test_completion(local_gateway: gateway_process) -> None:
    body = {"model": CHAT_MODEL, "prompt": "One, two, three,", "max_tokens": 8, "temperature": 0}
    plain = ask(local_gateway, "/v1/completions", body)
    assert plain.json()["object"] == "text_completion"
    assert "four" in plain.json()["choices"][0]["text"]
    stream = ask(local_gateway, "/v1/completions", {**body, "stream": True})
    pieces = [json.loads(data)["choices"] for data in stream.events()[:-1]]
    assert "".join(c[0]["text"] for c in pieces if c) == plain.json()["choices"][0]["text"]


def test_embeddings(local_gateway: gateway_process) -> None:
    texts = ["A cat sits on the mat.", "A kitten rests on a rug.", "The stock market fell today."]
    got = ask(local_gateway, "/v1/embeddings", {"model": EMBEDDING_MODEL, "input": texts})
    vectors = [entry["embedding"] for entry in got.json()["data"]]
    assert [entry["index"] for entry in got.json()["data"]] == [0, 1, 2]
    assert [len(vector) for vector in vectors] == [384] * 3
    assert all(abs(math.sqrt(sum(x * x for x in vector)) - 1) < 1e-3 for vector in vectors)

    def cosine(a: list[float], b: list[float]) -> float:
        return sum(x * y for x, y in zip(a, b, strict=True))

    assert cosine(vectors[0], vectors[1]) > 0.5 > cosine(vectors[0], vectors[2])
    assert got.json()["usage"]["prompt_tokens"] > 10


def test_embeddings_in_base64(local_gateway: gateway_process) -> None:
    import base64
    import struct

    body = {"model": EMBEDDING_MODEL, "input": "hello"}
    floats = ask(local_gateway, "/v1/embeddings", body).json()["data"][0]["embedding"]
    coded = ask(local_gateway, "/v1/embeddings", {**body, "encoding_format": "base64"}).json()["data"][0]["embedding"]
    decoded = struct.unpack(f"<{len(floats)}f", base64.b64decode(coded))
    assert max(abs(a - b) for a, b in zip(floats, decoded, strict=True)) < 1e-5


def test_logprobs(local_gateway: gateway_process) -> None:
    got = ask(local_gateway, CHAT, chat_body(logprobs=True, top_logprobs=3, max_tokens=4))
    content = got.json()["choices"][0]["logprobs"]["content"]
    assert len(content) == got.json()["usage"]["completion_tokens"] or len(content) in (3, 4)
    for entry in content:
        assert entry["logprob"] <= 0
        assert len(entry["top_logprobs"]) == 3
        assert entry["logprob"] == pytest.approx(max(top["logprob"] for top in entry["top_logprobs"]), abs=1e-3)


def test_several_choices(local_gateway: gateway_process) -> None:
    got = ask(local_gateway, CHAT, chat_body("Write a word.", n=3, temperature=1.0, seed=7))
    choices = got.json()["choices"]
    assert [choice["index"] for choice in choices] == [0, 1, 2]
    assert len({choice["message"]["content"] for choice in choices}) > 1


def test_seed_repeats(local_gateway: gateway_process) -> None:
    body = chat_body("Tell me a story.", temperature=1.0, seed=11)
    texts = [ask(local_gateway, CHAT, body).text() for _ in range(2)]
    other = ask(local_gateway, CHAT, {**body, "seed": 12}).text()
    assert texts[0] == texts[1] != other


def test_stop_words(local_gateway: gateway_process) -> None:
    body = {"model": CHAT_MODEL, "prompt": "1, 2, 3, 4,", "max_tokens": 32, "temperature": 0, "stop": [" 7"]}
    choice = ask(local_gateway, "/v1/completions", body).json()["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert "6" in choice["text"] and "7" not in choice["text"]


def test_max_tokens_ends_in_length(local_gateway: gateway_process) -> None:
    got = ask(local_gateway, CHAT, chat_body("Tell me a long story.", max_tokens=3))
    assert got.json()["choices"][0]["finish_reason"] == "length"
    assert got.json()["usage"]["completion_tokens"] == 3


def test_json_schema(local_gateway: gateway_process) -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 20}, "population": {"type": "integer"}},
        "required": ["city", "population"],
        "additionalProperties": False,
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "city", "schema": schema, "strict": True}}
    got = ask(local_gateway, CHAT, chat_body("Describe Paris.", response_format=wanted, max_tokens=80))
    if got.json()["choices"][0]["finish_reason"] == "stop":
        document = json.loads(got.text())
        assert set(document) == {"city", "population"}
        assert isinstance(document["population"], int)
    assert got.text().lstrip().startswith("{")


def test_bad_schema_is_400(local_gateway: gateway_process) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "no-such-type"}}}
    got = local_gateway.call("POST", CHAT, chat_body(response_format=wanted))
    assert got.status == 400
    assert got.error["message"]


def test_prompt_that_does_not_fit_names_both_counts(local_gateway: gateway_process) -> None:
    got = local_gateway.call("POST", CHAT, chat_body("word " * 6000))
    assert got.status == 400
    numbers = [int(number) for number in "".join(c if c.isdigit() else " " for c in got.error["message"]).split()]
    assert CONTEXT_TOKENS in numbers and any(6000 <= number < 6200 for number in numbers), got.error["message"]
    assert got.error["code"] == "context_length_exceeded"


def test_reproducible_answers_are_cached(local_gateway: gateway_process) -> None:
    body = chat_body("Which colour is the sky?", max_tokens=64, stop=["."])
    first = local_gateway.call("POST", CHAT, body)
    second = local_gateway.call("POST", CHAT, body)
    assert (first.header("x-inferenceflow-cache"), second.header("x-inferenceflow-cache")) == ("miss", "hit")
    assert second.body == first.body


def free_again(gateway: gateway_process) -> float:
    """Seconds until four requests at once are answered: all sequences of the model are free."""
    started = time.monotonic()
    conns = [gateway.connect(timeout_s=60) for _ in range(4)]
    for i, conn in enumerate(conns):
        conn.send(build_request("POST", CHAT, chat_body(f"Say {i}.", max_tokens=2), NO_STORE))
    for conn in conns:
        assert conn.read_answer().status == 200
        conn.close()
    return time.monotonic() - started


def test_leaving_clients_free_their_sequences(local_gateway: gateway_process) -> None:
    before = free_again(local_gateway)
    conns = [local_gateway.connect() for _ in range(8)]
    long = chat_body("Tell me a very long story.", max_tokens=900, stream=True, temperature=1.0)
    for conn in conns[:4]:
        conn.send(build_request("POST", CHAT, long))
        next(conn.body_pieces(conn.read_head()))
    for conn in conns[4:]:
        conn.send(build_request("POST", CHAT, long))
    for conn in conns:
        conn.close()
    assert free_again(local_gateway) < before * 4 + 2, "abandoned stories still occupy the engine"
    rows = lambda: [row for row in local_gateway.ledger_rows() if row["status"] == 499]  # noqa: E731
    wait_until(lambda: len(rows()) >= 4, what="rows of the clients that left")


def test_inference_surface(local_gateway: gateway_process) -> None:
    body = {
        "prompt": "Name the capital of France.",
        "max_tokens": 12,
        "temperature": 0,
        "user_id": "u1",
        "metadata": {"k": "v"},
    }
    document = ask(local_gateway, "/v1/inference", body).json()
    wanted = {
        "response",
        "provider",
        "model",
        "latency",
        "tokens_used",
        "cost",
        "cache_hit",
        "request_id",
        "created_at",
        "metadata",
    }
    assert wanted <= set(document)
    assert "Paris" in document["response"]
    assert document["metadata"] == {"k": "v"}


def test_generate_surface(local_gateway: gateway_process) -> None:
    body = {"prompt": "One, two, three,", "max_length": 8, "temperature": 0}
    assert "four" in ask(local_gateway, "/v1/generate", body).json()["generated_text"]
    stream = ask(local_gateway, "/v1/generate", {**body, "stream": True})
    assert (stream.header("content-type") or "").startswith("text/event-stream")
    assert len(stream.events()) > 2


def test_models_lists_local_ones(local_gateway: gateway_process) -> None:
    names = {entry["id"] for entry in local_gateway.call("GET", "/v1/models").json()["data"]}
    assert {CHAT_MODEL, EMBEDDING_MODEL} <= names
