"""What the batch APIs of providers share: batches with lines, and what a test says becomes of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from support.fakes.asked import asked
from support.fakes.shape import shape
from support.upstream_script import behaviour, refused, seen_request

DONE, REFUSED, FAILED, EXPIRED, CANCELLED, RUNNING = (
    "done",
    "refused",
    "failed",
    "expired",
    "cancelled",
    "running",
)


@dataclass
class line:
    """One request of a batch; `body` is what a normal call would have."""

    name: str
    body: dict
    path: str
    state: str = RUNNING
    answer: bytes = b""
    status: int = 0


@dataclass
class batch:
    id: str
    lines: list[line]
    mark: str = ""
    created_s: float = field(default_factory=time.time)
    polls: int = 0
    ended: bool = False
    cancelling: bool = False
    failed: bool = False


class batch_api(shape):
    """A provider with batches: what is not about them goes to the shape of its normal calls.

    Scripts reach its steps by these model names: batch:submit, batch:upload, batch:list, batch:poll, batch:cancel,
    batch:results and batch:discard. A request has its effect when it is answered: `fault.stall_body` makes a batch that nobody is told of.
    """

    def __init__(self, inner: shape) -> None:
        self.inner = inner
        self.name = inner.name
        self.words_401 = inner.words_401
        self.batches: dict[str, batch] = {}
        self.polls_until_end = 1
        self.fate: Callable[[line], str] = lambda _: DONE  # of each line when its batch ends
        self.how = behaviour()  # of the answers to lines

    # The protocol's own part

    def step_of(self, request: seen_request) -> str:
        """submit, upload, list, poll, cancel, results, discard; empty for other requests."""
        raise NotImplementedError

    def check_step(self, step: str, request: seen_request) -> None:
        """Raises `refused` as the provider would."""
        raise NotImplementedError

    def answer(self, step: str, request: seen_request) -> bytes:
        """Has the effect of the step."""
        raise NotImplementedError

    # What all have in common

    def find(self, id: str) -> batch:
        if id not in self.batches:
            raise refused(404, f"No batch found with id '{id}'.")
        return self.batches[id]

    def add(self, id: str, lines: list[line], mark: str = "") -> batch:
        self.batches[id] = batch(id, lines, mark)
        return self.batches[id]

    def poll(self, one: batch, key: seen_request) -> None:
        """Time goes by."""
        one.polls += 1
        if not one.ended and (one.cancelling or one.polls >= self.polls_until_end):
            self.end(one, key)

    def end(self, one: batch, key: seen_request) -> None:
        for entry in one.lines:
            entry.state = CANCELLED if one.cancelling and self.fate(entry) == RUNNING else self.fate(entry)
            if entry.state in (DONE, RUNNING):
                self._generate(entry, key)
        one.ended = True

    def _generate(self, entry: line, key: seen_request) -> None:
        request = seen_request(
            "POST",
            entry.path,
            key.headers,
            json.dumps(entry.body).encode(),
            key.connection,
        )
        request.named_model = self.inner.model_of(request)
        try:
            request.asked = self.inner.check(request)
            entry.answer = self.inner.document(request, self.how, len(self.batches))
            entry.status, entry.state = 200, DONE
        except refused as why:
            entry.answer = self.inner.error(why.status, why.message, self.how)[0]
            entry.status, entry.state = why.status, REFUSED

    def lines(self) -> list[line]:
        """Of every batch that came, oldest first."""
        return [entry for one in self.batches.values() for entry in one.lines]

    # A shape

    def model_of(self, request: seen_request) -> str:
        step = self.step_of(request)
        return f"batch:{step}" if step else self.inner.model_of(request)

    def wants_stream(self, request: seen_request) -> bool:
        return not self.step_of(request) and self.inner.wants_stream(request)

    def check(self, request: seen_request) -> asked | None:
        step = self.step_of(request)
        if not step:
            return self.inner.check(request)
        self.check_step(step, request)
        return None

    def document(self, request: seen_request, how: behaviour, number: int) -> bytes:
        step = self.step_of(request)
        return self.answer(step, request) if step else self.inner.document(request, how, number)

    def events(self, request: seen_request, how: behaviour, number: int) -> Iterator[bytes]:
        return self.inner.events(request, how, number)

    def error(self, status: int, message: str, how: behaviour) -> tuple[bytes, list[tuple[str, str]]]:
        return self.inner.error(status, message, how)

    def error_event(self, message: str, how: behaviour) -> bytes:
        return self.inner.error_event(message, how)


def path_of(request: seen_request) -> str:
    return urlsplit(request.target).path


def query_of(request: seen_request, name: str) -> str:
    return parse_qs(urlsplit(request.target).query).get(name, [""])[0]


def page(batches: dict[str, batch], after: str, limit: int) -> tuple[list[batch], bool]:
    """Newest first, behind `after`."""
    newest = list(reversed(batches.values()))
    if after:
        newest = newest[[one.id for one in newest].index(after) + 1 :]
    return newest[:limit], len(newest) > limit


def jsonl(documents: list[dict]) -> bytes:
    return "".join(json.dumps(document) + "\n" for document in documents).encode()
