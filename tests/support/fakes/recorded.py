"""A provider that says what it was told to say, byte for byte: recorded answers, and answers with chosen usage blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from support.fakes.shape import shape
from support.upstream_script import behaviour, seen_request


@dataclass(frozen=True)
class take:
    """One answer: a document, or a stream in the pieces that it is sent in."""

    document: bytes = b""
    events: tuple[bytes, ...] = ()


class recorded(shape):
    """Speaks `voice`'s protocol and checks nothing. Each model has its own take; a request for another one fails."""

    def __init__(self, voice: shape) -> None:
        self._voice = voice
        self.name = voice.name
        self.document_type = voice.document_type
        self.stream_type = voice.stream_type
        self._takes: dict[str, take] = {}

    def put(self, model: str, how: take) -> None:
        """This is said to requests for `model` from now on; and to those of protocols that name none."""
        self._takes[model] = self._takes[""] = how

    def model_of(self, request: seen_request) -> str:
        return self._voice.model_of(request)

    def wants_stream(self, request: seen_request) -> bool:
        return bool(self._takes[request.model].events)

    def check(self, request: seen_request) -> None:
        return None

    def document(self, request: seen_request, how: behaviour, number: int) -> bytes:
        return self._takes[request.model].document

    def events(self, request: seen_request, how: behaviour, number: int) -> Iterator[bytes]:
        yield from self._takes[request.model].events

    def error(self, status: int, message: str, how: behaviour) -> tuple[bytes, list[tuple[str, str]]]:
        """The script's `error_message` is the whole document here."""
        return message.encode(), []

    def error_event(self, message: str, how: behaviour) -> bytes:
        return self._voice.error_event(message, how)
