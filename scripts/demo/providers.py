"""The two providers of the demo: they speak Anthropic's and OpenAI's recorded formats, keep prompts as Anthropic does, sell
batches, and are right or wrong as the workload says."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from support.fakes.anthropic import anthropic
from support.fakes.anthropic_batches import anthropic_batches
from support.fakes.batch_api import line
from support.openai_bodies import usage_counts
from support.prompt_cache_upstream import anthropic_blocks, prompt_cache
from support.upstream_script import behaviour, seen_request
from workload import question

TOKENS_KEPT_MIN = 1_024
BURST_DELAY_S = 0.15  # long enough that those who ask at once ask while the first call runs


@dataclass(frozen=True)
class kept_usage(usage_counts):
    """With what was written for an hour told apart."""

    written_hour: int = 0


class knowledge:
    """What is asked, by its text."""

    def __init__(self) -> None:
        self._known: dict[str, question] = {}
        self.slow: set[str] = set()

    def learn(self, asked: question) -> None:
        self._known[asked.text] = asked

    def of(self, text: str) -> question:
        return self._known[text]


def last_user_text(body: dict) -> str:
    content = [message["content"] for message in body["messages"] if message["role"] == "user"][-1]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def tokens(text: str) -> int:
    return len(text) // 4


class openai_playbook:
    """Scripts a fake of OpenAI's chat."""

    def __init__(self, knows: knowledge, model: str) -> None:
        self._knows = knows
        self._model = model

    def __call__(self, request: seen_request) -> behaviour:
        body = request.json()
        text = self._knows.of(last_user_text(body)).answer_of(self._model)
        prompt = tokens("".join(message["content"] for message in body["messages"]))
        return behaviour(text=text, usage=usage_counts(prompt=prompt + 8, completion=tokens(text)))


class anthropic_playbook:
    """Scripts a fake of Anthropic's Messages, prompt cache included."""

    def __init__(self, knows: knowledge, model: str) -> None:
        self._knows = knows
        self._model = model
        self._lock = threading.Lock()
        self._cache = prompt_cache(TOKENS_KEPT_MIN)

    def __call__(self, request: seen_request) -> behaviour:
        if not request.target.endswith("/messages"):
            return behaviour()  # about batches
        body = request.json()
        asked = last_user_text(body)
        text = self._knows.of(asked).answer_of(self._model)
        with self._lock:
            paid = self._cache.serve(self._model, anthropic_blocks(body))
        written = sum(paid.written.values())
        usage = kept_usage(
            prompt=paid.fresh + paid.read + written,
            completion=tokens(text),
            cached=paid.read,
            written=written,
            written_hour=paid.written["1h"],
        )
        return behaviour(text=text, usage=usage, head_delay_s=BURST_DELAY_S if asked in self._knows.slow else 0.0)


class keeping_anthropic(anthropic):
    @staticmethod
    def _usage(how: behaviour) -> dict:
        counts = how.usage
        usage = anthropic._usage(replace(how))
        if isinstance(counts, kept_usage):
            usage["cache_creation"] = {
                "ephemeral_5m_input_tokens": counts.written - counts.written_hour,
                "ephemeral_1h_input_tokens": counts.written_hour,
            }
        return usage


class keeping_anthropic_batches(anthropic_batches):
    """Lines of a batch are answered by the playbook, too."""

    def __init__(self, playbook: anthropic_playbook) -> None:
        super().__init__()
        self.inner = keeping_anthropic()
        self._playbook = playbook

    def _generate(self, entry: line, key: seen_request) -> None:
        asked = seen_request("POST", entry.path, key.headers, json.dumps(entry.body).encode(), key.connection)
        self.how = replace(self._playbook(asked), head_delay_s=0.0)
        super()._generate(entry, key)
