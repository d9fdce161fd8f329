"""Request logs as they lie about in companies: seeded, of any length, in the formats that `inferenceflow replay` reads.

As a program: `python -m support.request_log 100000 big.jsonl` (from tests/) writes the log of the throughput measurement.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

START_S = 1_772_000_000  # 2026-02-25
MODELS = (("gpt-4o", "openai"), ("gpt-4o-mini", "openai"), ("gpt-4.1", "openai"))
_WORDS = (
    "invoice refund delivery contract router summary translate python query table customer order password reset "
    "shipment policy warranty deadline meeting notes quarterly revenue forecast error timeout latency database index"
).split()


def _sentence(random_: random.Random, words: int) -> str:
    return " ".join(random_.choice(_WORDS) for _ in range(words))


def requests(count: int, seed: int = 1) -> Iterator[dict]:
    """Plain facts of each request: at_s, user, model, body, answer, tokens, latency_s. A fifth are repetitions, a fifth
    turns of conversations, some come twice at once."""
    random_ = random.Random(seed)
    popular = [_sentence(random_, 12) for _ in range(200)]
    system = "You are a careful assistant. " + _sentence(random_, 120)
    chats: dict[int, list[dict]] = {}
    at = float(START_S)
    for number in range(count):
        at += random_.expovariate(2.0)
        model, provider = MODELS[min(int(random_.random() ** 2 * 3), 2)]
        kind = random_.random()
        user = f"user-{random_.randrange(400)}"
        if kind < 0.25:
            messages = [{"role": "user", "content": popular[min(int(random_.paretovariate(1.1)) - 1, 199)]}]
        elif kind < 0.45:
            chat = chats.setdefault(random_.randrange(50), [{"role": "system", "content": system}])
            if len(chat) > 15:
                del chat[1:]
            chat.append({"role": "user", "content": _sentence(random_, 20)})
            messages = [dict(message) for message in chat]
            chat.append({"role": "assistant", "content": _sentence(random_, 60)})
        else:
            messages = [{"role": "user", "content": f"{number}: " + _sentence(random_, 40)}]
        answer = _sentence(random_, random_.randrange(10, 120))
        text = sum(len(message["content"]) for message in messages)
        yield {
            "number": number,
            "at_s": at,
            "user": user,
            "model": model,
            "provider": provider,
            "body": {"model": model, "temperature": 0, "messages": messages},
            "answer": answer,
            "input_tokens": text // 4 + 8,
            "output_tokens": len(answer) // 4 + 1,
            "latency_s": random_.uniform(0.4, 4.0),
        }


def openai_line(fact: dict) -> dict:
    return {
        "id": f"req-{fact['number']}",
        "timestamp": fact["at_s"],
        "latency_ms": int(fact["latency_s"] * 1000),
        "user": fact["user"],
        "path": "/v1/chat/completions",
        "request": fact["body"],
        "response": {
            "model": fact["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": fact["answer"]}}],
            "usage": {"prompt_tokens": fact["input_tokens"], "completion_tokens": fact["output_tokens"]},
        },
    }


def litellm_row(fact: dict, with_prompts: bool = True) -> dict:
    def iso(seconds: float) -> str:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat().replace("+00:00", "Z")

    return {
        "request_id": f"chatcmpl-{fact['number']}",
        "call_type": "acompletion",
        "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
        "spend": 0.0,
        "total_tokens": fact["input_tokens"] + fact["output_tokens"],
        "prompt_tokens": fact["input_tokens"],
        "completion_tokens": fact["output_tokens"],
        "startTime": iso(fact["at_s"]),
        "endTime": iso(fact["at_s"] + fact["latency_s"]),
        "completionStartTime": iso(fact["at_s"] + fact["latency_s"] / 3),
        "model": fact["model"],
        "model_group": fact["model"],
        "custom_llm_provider": fact["provider"],
        "api_base": "https://api.openai.com/v1",
        "user": fact["user"],
        "metadata": {"usage_object": {"prompt_tokens_details": {"cached_tokens": 0}}},
        "cache_hit": "False",
        "cache_key": "",
        "request_tags": [],
        "end_user": fact["user"],
        "messages": {},
        "response": {"choices": [{"message": {"content": fact["answer"]}}]} if with_prompts else {},
        "proxy_server_request": fact["body"] if with_prompts else {},
        "status": "success",
    }


def as_csv(rows: list[dict]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    for row in rows:
        writer.writerow({key: json.dumps(value) if isinstance(value, dict | list) else value for key, value in row.items()})
    return out.getvalue()


def write_openai_log(path: Path, count: int, seed: int = 1) -> None:
    with path.open("w") as out:
        for fact in requests(count, seed):
            out.write(json.dumps(openai_line(fact)) + "\n")


if __name__ == "__main__":
    write_openai_log(Path(sys.argv[2]), int(sys.argv[1]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
