"""OpenAI's protocol as the plain fake upstream speaks it: every body is taken, the answers are spelled oddly."""

from __future__ import annotations

from collections.abc import Iterator

from support import openai_bodies
from support.fakes.shape import body_of, shape
from support.upstream_script import behaviour, seen_request


class openai_plain(shape):
    """Nothing is checked: what the tests send is part of what they test."""

    name = "openai"

    def __init__(self) -> None:
        self.models: list[str] = ["fake-model"]

    def check(self, request: seen_request) -> None:
        return None

    def wants_stream(self, request: seen_request) -> bool:
        return bool(request.model) and super().wants_stream(request)

    def document(self, request: seen_request, how: behaviour, number: int) -> bytes:
        if request.target.endswith("/models"):
            return openai_bodies.models(self.models)
        model = request.model
        if request.target.endswith("/embeddings"):
            given = request.json().get("input")
            return openai_bodies.embeddings(model, len(given) if isinstance(given, list) else 1, how.usage)
        if request.target.endswith("/chat/completions"):
            sure = how.logprob if body_of(request).get("logprobs") is True else None
            return openai_bodies.chat(f"chatcmpl-fake{number}", model, how.text, how.finish_reason, how.usage, sure)
        return openai_bodies.completion(f"cmpl-fake{number}", model, how.text, how.finish_reason, how.usage)

    def events(self, request: seen_request, how: behaviour, number: int) -> Iterator[bytes]:
        options = body_of(request).get("stream_options")
        asked = isinstance(options, dict) and options.get("include_usage") is True
        usage = how.usage if asked else None
        model = request.model
        if request.target.endswith("/chat/completions"):
            sure = how.logprob if body_of(request).get("logprobs") is True else None
            return openai_bodies.chat_events(f"chatcmpl-fake{number}", model, how.text, how.finish_reason, usage, sure)
        return openai_bodies.completion_events(f"cmpl-fake{number}", model, how.text, how.finish_reason, usage)

    def error(self, status: int, message: str, how: behaviour) -> tuple[bytes, list[tuple[str, str]]]:
        return openai_bodies.error(message, how.error_type), []

    def error_event(self, message: str, how: behaviour) -> bytes:
        return openai_bodies.event({"error": {"message": message, "type": how.error_type, "code": None}})
