"""The column of the local engine: what stands for each case where nothing can be scripted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from support.configurations import CHAT_MODEL, local_config, model_file
from support.sdk_clients.wish import outcome, wish
from support.sdk_matrix.cases import PERSON, case

ABSENT, FULL = "local-without-a-file", "local-with-a-full-queue"
NEVER = {"bad key", "stream breaks", "stream fails"}  # there is no key, and nothing lies between
# What the engine says where a provider says something else.
STATUS = {"429": 503, "429, streamed": 503, "500": 503}
WORDS = {"400": "context", "429": "busy", "429, streamed": "busy", "500": ABSENT, "no such model": "no-such-model"}


def is_there() -> bool:
    """Whether the default models' files are there."""
    return model_file("SmolLM2-135M-Instruct*.gguf") is not None and model_file("all-MiniLM-L6-v2*.gguf") is not None


def models() -> list[dict]:
    """The default models, one that lets nobody wait, and one whose file is missing."""
    found = local_config()["local"]["models"]
    full = {**found[0], "name": FULL, "queue_max": 0, "context_tokens": 256, "sequences_max": 1}
    return [*found, full, {"name": ABSENT, "file": "absent.gguf", "kind": "chat", "context_tokens": 256}]


def wish_of(column: case) -> wish:
    name = {"429": FULL, "429, streamed": FULL, "500": ABSENT, "no such model": "no-such-model"}.get(
        column.name, CHAT_MODEL
    )
    prompt = "word " * 6000 if column.name == "400" else "Name the capital of France."
    return replace(column.want, model=name, prompt=prompt, tokens_max=24, temperature=0.0)


def column_of(column: case) -> case:
    """The case with what the engine says instead of a provider."""
    how = replace(column.how, retry_after="")
    return replace(column, how=how, status=STATUS.get(column.name, column.status), words=WORDS.get(column.name, ""))


def check_answer(column: case, got: Sequence[outcome]) -> None:
    last = got[-1]
    assert not last.error, f"{last.error} {last.status}: {last.message}"
    assert last.input_tokens > 0 and last.output_tokens > 0, "no usage"
    if column.want.schema:
        said = json.loads(last.text)
        assert {name: type(value) for name, value in said.items()} == {
            name: type(value) for name, value in PERSON.items()
        }
    else:
        assert "Paris" in last.text, last.text
    if column.want.stream:
        assert last.pieces > 1, f"the stream came in {last.pieces} pieces"
