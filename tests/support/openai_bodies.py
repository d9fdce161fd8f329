"""Answers in OpenAI's wire format, spelled so that anybody who re-serialises them is found out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class usage_counts:
    """Token counts that an answer reports. `prompt` holds the cached and written ones, `completion` the reasoning.

    `total` lets an answer contradict itself; None is the sum.
    """

    prompt: int = 11
    completion: int = 7
    cached: int = 0
    reasoning: int = 0
    written: int = 0
    total: int | None = None

    @property
    def sum(self) -> int:
        return self.prompt + self.completion if self.total is None else self.total

    def document(self) -> dict[str, object]:
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.sum,
            "prompt_tokens_details": {"cached_tokens": self.cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning, "audio_tokens": 0},
        }


def _odd_json(document: object) -> bytes:
    """Valid JSON with two-space indent, a tab, escapes and a trailing newline: no serialiser would write it alike."""
    text = json.dumps(document, indent=2, ensure_ascii=True)
    return (text[:-1] + '\t, "x_fake": 1.50e+00 , "x_caf\\u00e9" : "\\/"}\n').encode()


def token_logprobs(text: str, logprob: float | None) -> dict[str, object] | None:
    """Each piece a token of this probability, and one other that could have stood there."""
    if logprob is None:
        return None
    other = math.log(max(1 - math.exp(logprob), 1e-9))

    def token(piece: str) -> dict[str, object]:
        first = {"token": piece, "logprob": logprob, "bytes": list(piece.encode())}
        return {**first, "top_logprobs": [first, {"token": "\u2026", "logprob": other, "bytes": None}]}

    return {"content": [token(piece) for piece in pieces(text)], "refusal": None}


def chat(answer_id: str, model: str, text: str, finish: str, usage: usage_counts | None, logprob: float | None = None) -> bytes:
    document: dict[str, object] = {
        "id": answer_id,
        "object": "chat.completion",
        "created": 1_755_000_000,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None, "annotations": []},
                "logprobs": token_logprobs(text, logprob),
                "finish_reason": finish,
            }
        ],
        "service_tier": "default",
        "system_fingerprint": "fp_fake",
    }
    if usage is not None:
        document["usage"] = usage.document()
    return _odd_json(document)


def completion(answer_id: str, model: str, text: str, finish: str, usage: usage_counts | None) -> bytes:
    document: dict[str, object] = {
        "id": answer_id,
        "object": "text_completion",
        "created": 1_755_000_000,
        "model": model,
        "choices": [{"text": text, "index": 0, "logprobs": None, "finish_reason": finish}],
    }
    if usage is not None:
        document["usage"] = usage.document()
    return _odd_json(document)


def embeddings(model: str, inputs: int, usage: usage_counts | None) -> bytes:
    rows = [{"object": "embedding", "index": i, "embedding": [0.25, -0.5, 0.125 + i]} for i in range(inputs)]
    document: dict[str, object] = {"object": "list", "data": rows, "model": model}
    if usage is not None:
        document["usage"] = {"prompt_tokens": usage.prompt, "total_tokens": usage.prompt}
    return _odd_json(document)


def models(names: list[str]) -> bytes:
    rows = [{"id": name, "object": "model", "created": 1_755_000_000, "owned_by": "fake"} for name in names]
    return json.dumps({"object": "list", "data": rows}).encode()


def error(message: str, kind: str, code: str | None = None, param: str | None = None) -> bytes:
    return json.dumps({"error": {"message": message, "type": kind, "param": param, "code": code}}, indent=4).encode()


def event(document: object) -> bytes:
    return b"data: " + json.dumps(document, separators=(", ", ":")).encode() + b"\n\n"


def pieces(text: str) -> list[str]:
    """The text word by word, as a model would deliver it."""
    words = text.split(" ")
    return [word if i == 0 else " " + word for i, word in enumerate(words)]


def chat_events(
    answer_id: str, model: str, text: str, finish: str, usage: usage_counts | None, logprob: float | None = None
) -> Iterator[bytes]:
    """The event stream of one chat answer, `[DONE]` included; `usage` None leaves the usage event out."""

    def chunk(delta: dict[str, object], reason: str | None, piece: str = "") -> dict[str, object]:
        tokens = token_logprobs(piece, logprob) if piece else None
        base: dict[str, object] = {
            "id": answer_id,
            "object": "chat.completion.chunk",
            "created": 1_755_000_000,
            "model": model,
            "service_tier": "default",
            "system_fingerprint": "fp_fake",
            "choices": [{"index": 0, "delta": delta, "logprobs": tokens, "finish_reason": reason}],
        }
        if usage is not None:
            base["usage"] = None
        return base

    yield event(chunk({"role": "assistant", "content": "", "refusal": None}, None))
    for piece in pieces(text):
        yield event(chunk({"content": piece}, None, piece))
    yield event(chunk({}, finish))
    if usage is not None:
        last = chunk({}, None)
        last["choices"] = []
        last["usage"] = usage.document()
        yield event(last)
    yield b"data: [DONE]\n\n"


def completion_events(answer_id: str, model: str, text: str, finish: str, usage: usage_counts | None) -> Iterator[bytes]:
    """The event stream of one completion answer."""
    base = {"id": answer_id, "object": "text_completion", "created": 1_755_000_000}
    for piece in pieces(text):
        choice = {"text": piece, "index": 0, "logprobs": None, "finish_reason": None}
        yield event({**base, "choices": [choice], "model": model})
    choice = {"text": "", "index": 0, "logprobs": None, "finish_reason": finish}
    yield event({**base, "choices": [choice], "model": model})
    if usage is not None:
        yield event({**base, "choices": [], "model": model, "usage": usage.document()})
    yield b"data: [DONE]\n\n"
