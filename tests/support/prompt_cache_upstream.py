"""An upstream that keeps prompts as Anthropic and Bedrock do, and bills for it: exact usage for every request.

It holds prompts up to cache marks, reads the longest one at or up to 19 blocks before a mark, and refuses what the real
ones refuse: more than four marks, a longer life behind a shorter one, a mark on thinking. OpenAI's chat format is
answered too, without any prompt cache, for tests of what is sent.
"""

from __future__ import annotations

import copy
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOOKBACK = 19
MARKS_MAX = 4
LIVES_S = {"5m": 300, "1h": 3600}


@dataclass
class block:
    """A piece of a prompt, as both protocols have it: its words without marks, and the life of a mark behind it."""

    text: str
    life: str | None = None

    @property
    def tokens(self) -> int:
        return len(self.text) // 4


@dataclass
class kept_prompt:
    until_s: float
    life: str


@dataclass
class bill:
    fresh: int = 0
    read: int = 0
    written: dict[str, int] = field(default_factory=lambda: {"5m": 0, "1h": 0})


class refused(Exception):
    """What is wrong with a request."""


def plain(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def anthropic_blocks(request: dict) -> list[block]:
    found = []

    def add(pieces: object, place: str) -> None:
        for piece in [{"type": "text", "text": pieces}] if isinstance(pieces, str) else copy.deepcopy(pieces or []):
            mark = piece.pop("cache_control", None)
            if mark and piece.get("type") == "thinking":
                raise refused("thinking cannot be marked")
            found.append(block(place + plain(piece), (mark or {}).get("ttl", "5m") if mark else None))

    add(request.get("tools"), "tools")
    add(request.get("system"), "system")
    for message in request["messages"]:
        add(message["content"], message["role"])
    return found


def bedrock_blocks(request: dict) -> list[block]:
    found: list[block] = []

    def add(pieces: list[dict], place: str) -> None:
        for piece in pieces:
            if "cachePoint" in piece:
                found[-1].life = piece["cachePoint"].get("ttl", "5m")
            else:
                found.append(block(place + plain(piece)))

    add(request.get("toolConfig", {}).get("tools", []), "tools")
    add(request.get("system", []), "system")
    for message in request["messages"]:
        add(message["content"], message["role"])
    return found


class prompt_cache:
    def __init__(self, tokens_min: int) -> None:
        self.tokens_min = tokens_min
        self.now_s = 0.0
        self._held: dict[str, kept_prompt] = {}

    def serve(self, model: str, prompt: list[block]) -> bill:
        marks = [index for index, piece in enumerate(prompt) if piece.life]
        lives = [LIVES_S[prompt[index].life or "5m"] for index in marks]
        if len(marks) > MARKS_MAX:
            raise refused(f"A maximum of {MARKS_MAX} blocks with cache_control may be provided. Found {len(marks)}.")
        if lives != sorted(lives, reverse=True):
            raise refused("a longer life must come before a shorter one")
        names, sizes, name, size = [], [], model, 0
        for piece in prompt:
            name, size = f"{hash((name, piece.text)):x}", size + piece.tokens
            names.append(name)
            sizes.append(size)
        paid = bill()
        before, hit = 0, -1
        for index, each in enumerate(names):
            held = self._held.get(each)
            if held and held.until_s > self.now_s and any(0 <= mark - index <= LOOKBACK for mark in marks):
                before = paid.read = sizes[index]
                held.until_s = self.now_s + LIVES_S[held.life]
                hit = index
        for mark in marks:
            if sizes[mark] >= self.tokens_min and mark > hit:
                life = prompt[mark].life or "5m"
                self._held[names[mark]] = kept_prompt(self.now_s + LIVES_S[life], life)
                paid.written[life] += max(sizes[mark] - before, 0)
                before = max(before, sizes[mark])
        paid.fresh = size - before
        return paid


class prompt_cache_upstream:
    """Answers /v1/messages, /model/…/converse and /v1/chat/completions; keeps what was asked and what was billed."""

    def __init__(self, tokens_min: int = 1024) -> None:
        self.cache = prompt_cache(tokens_min)
        self.bodies: list[bytes] = []
        self.bills: list[bill] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, name="prompt_cache_upstream", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> prompt_cache_upstream:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def answer(self, path: str, raw: bytes) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        request = json.loads(raw)
        with self._lock:
            self.bodies.append(raw)
            number = len(self.bodies)
            try:
                if path.endswith("/chat/completions"):
                    return 200, "application/json", json.dumps(openai_answer(request, number)).encode()
                if "/model/" in path:
                    paid = self.cache.serve(path, bedrock_blocks(request))
                    self.bills.append(paid)
                    return 200, "application/json", json.dumps(bedrock_answer(paid, number)).encode()
                paid = self.cache.serve(request["model"], anthropic_blocks(request))
                self.bills.append(paid)
                message = anthropic_answer(request, paid, number)
            except refused as why:
                error = {"type": "error", "error": {"type": "invalid_request_error", "message": str(why)}}
                return 400, "application/json", json.dumps(error).encode()
        if request.get("stream"):
            return 200, "text/event-stream", anthropic_stream(message)
        return 200, "application/json", json.dumps(message).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        upstream = self

        class handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                status, kind, body = upstream.answer(self.path, raw)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return handler


def words(number: int) -> str:
    return f"Answer {number}."


def anthropic_usage(paid: bill) -> dict:
    return {
        "input_tokens": paid.fresh,
        "cache_read_input_tokens": paid.read,
        "cache_creation_input_tokens": sum(paid.written.values()),
        "cache_creation": {
            "ephemeral_5m_input_tokens": paid.written["5m"],
            "ephemeral_1h_input_tokens": paid.written["1h"],
        },
        "output_tokens": 5,
    }


def anthropic_answer(request: dict, paid: bill, number: int) -> dict:
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": [{"type": "text", "text": words(number)}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": anthropic_usage(paid),
    }


def anthropic_stream(message: dict) -> bytes:
    text = message["content"][0]["text"]
    begun = message | {"content": [], "stop_reason": None, "usage": message["usage"] | {"output_tokens": 1}}
    events = [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def bedrock_answer(paid: bill, number: int) -> dict:
    written = sum(paid.written.values())
    details = [{"ttl": life, "inputTokens": paid.written[life]} for life in ("1h", "5m") if paid.written[life]]
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": words(number)}]}},
        "stopReason": "end_turn",
        "usage": {
            "inputTokens": paid.fresh,
            "outputTokens": 5,
            "totalTokens": paid.fresh + paid.read + written + 5,
            "cacheReadInputTokens": paid.read,
            "cacheWriteInputTokens": written,
            "cacheDetails": details,
        },
        "metrics": {"latencyMs": 1},
    }


def openai_answer(request: dict, number: int) -> dict:
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1,
        "model": request["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": words(number)}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 2000, "completion_tokens": 5, "total_tokens": 2005},
    }
