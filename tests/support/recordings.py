"""Recorded exchanges with providers (bench/wire/README.md) as requests for a gateway and takes for a fake provider."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from support.fakes.recorded import take

NAME = "wire_formats/recorded_http.jsonl.gz"
ENDS = {
    "/messages": "anthropic",
    ":generateContent": "gemini",
    ":streamGenerateContent": "gemini",
    "/v2/chat": "cohere",
    "/converse": "bedrock",
    "/converse-stream": "bedrock",
    "/chat/completions": "openai",
    "/responses": "openai_responses",
}


@dataclass(frozen=True)
class exchange:
    """One row that is a chat in one of the protocols."""

    line: int
    provider: str
    protocol: str
    place: str
    status: int
    request: dict
    streamed: bool
    body: bytes

    @property
    def take(self) -> take:
        return take(events=(self.body,)) if self.streamed else take(document=self.body)

    @property
    def wants_usage(self) -> bool:
        """Whether an OpenAI client asked for the event with the usage."""
        options = self.request.get("stream_options")
        return isinstance(options, dict) and options.get("include_usage") is True


def read_exchanges(folder: Path) -> Iterator[exchange]:
    """Chat rows. Malformed ones were named by eval_wire; Gemini's streams as JSON arrays are left out, since the gateway
    serves its streams as events only."""
    with gzip.open(folder / NAME, "rt") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                protocol = _protocol_of(row)
                if protocol:
                    yield _exchange(number, row, protocol)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue


def _protocol_of(row: dict) -> str:
    path = urlsplit(row["url"]).path
    if row["method"].upper() != "POST" or not isinstance(row["request"], dict) or "/threads/" in path:
        return ""
    return next((protocol for end, protocol in ENDS.items() if path.endswith(end)), "")


def _exchange(number: int, row: dict, protocol: str) -> exchange:
    kind, said = row["body_kind"], row["response"]
    streamed = kind in ("sse", "eventstream_base64") and row["status"] == 200
    if isinstance(said, list):
        raise ValueError("a stream as a JSON array")
    if kind == "json":
        body = json.dumps(said, ensure_ascii=False).encode()
    else:
        body = base64.b64decode(said) if kind == "eventstream_base64" else said.encode()
    place = f"{row['file']} row {row['i']} (line {number})"
    return exchange(number, row["provider"], protocol, place, row["status"], row["request"], streamed, body)
