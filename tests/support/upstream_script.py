"""What a fake upstream does with a request, and what it saw: the vocabulary of its scripts."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field, fields
from email.utils import formatdate
from enum import StrEnum
from typing import TYPE_CHECKING

from support.latency import latency
from support.openai_bodies import usage_counts

if TYPE_CHECKING:
    from support.fakes.asked import asked


class fault(StrEnum):
    """One way to misbehave. Everything not named here is done by the plain fields of `behaviour`."""

    none = "none"
    reset_before_head = "reset_before_head"
    close_before_head = "close_before_head"
    close_mid_head = "close_mid_head"
    close_mid_body = "close_mid_body"
    close_mid_stream = "close_mid_stream"
    reset_mid_stream = "reset_mid_stream"
    end_without_done = "end_without_done"
    stall_head = "stall_head"
    stall_body = "stall_body"
    stall_stream = "stall_stream"
    garbage = "garbage"
    garbage_json = "garbage_json"
    garbage_event = "garbage_event"
    flood_head = "flood_head"
    flood_body = "flood_body"
    flood_event = "flood_event"
    both_lengths = "both_lengths"
    short_length = "short_length"
    bad_chunk = "bad_chunk"
    slow_drip = "slow_drip"
    error_event = "error_event"
    close_after = "close_after"
    gzip = "gzip"
    informational = "informational"
    reset_mid_body = "reset_mid_body"
    truncated_json = "truncated_json"
    empty_body = "empty_body"
    wrong_content_type = "wrong_content_type"
    reordered_events = "reordered_events"
    repeated_event = "repeated_event"


class refused(Exception):
    """A request that the provider answers with an error, since it breaks the protocol's rules."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class wanted_call:
    """A tool call that the model makes."""

    name: str
    arguments: dict[str, object]


def http_date(in_s: float) -> str:
    """A moment `in_s` from now as `Retry-After` may say it."""
    return formatdate(time.time() + in_s, usegmt=True)


@dataclass(frozen=True)
class behaviour:
    """How to answer one request. Times in seconds.

    With `calls` the model calls these tools at once; when their results come back it says `text`. With `reasoning` it
    thinks first. `own_error` takes the provider's own words for the status instead of `error_message`.
    """

    fault: fault = fault.none
    status: int = 200
    text: str = "Bonjour from the fake upstream, it is \u00e9t\u00e9."
    calls: tuple[wanted_call, ...] = ()
    reasoning: str = ""
    finish_reason: str = "stop"
    logprob: float | None = None  # of every token, where the request asks for them
    usage: usage_counts | None = field(default_factory=usage_counts)
    error_message: str = "the fake upstream was told to fail"
    error_type: str = "server_error"
    own_error: bool = False
    retry_after: str = ""
    chunked: bool = False
    head_delay_s: float = 0.0
    chunk_delay_s: float = 0.0
    latency: latency | None = None  # before the head, beside head_delay_s
    pause: latency | None = None  # after each event, beside chunk_delay_s
    fault_at_event: int = 3  # how many events of a stream go out before a fault within it
    hold_head: bool = False
    hold_after_events: int = -1
    end_cut_bytes: int = 0  # missing at the end of a stream's last event: 2 leave its blank line out
    extra_headers: tuple[tuple[str, str], ...] = ()

    def calls_for(self, meaning: asked) -> tuple[wanted_call, ...]:
        """The calls to make now: none when their results are there."""
        return () if meaning.ends_with_results else self.calls

    @staticmethod
    def from_json(document: dict[str, object]) -> behaviour:
        known = {entry.name for entry in fields(behaviour)}
        unknown = set(document) - known
        if unknown:
            raise ValueError(f"unknown behaviour fields: {sorted(unknown)}")
        values = dict(document)
        if "fault" in values:
            values["fault"] = fault(str(values["fault"]))
        if isinstance(values.get("calls"), list):
            values["calls"] = tuple(wanted_call(**call) for call in values["calls"])  # type: ignore[arg-type]
        if isinstance(values.get("usage"), dict):
            values["usage"] = usage_counts(**values["usage"])  # type: ignore[arg-type]
        return behaviour(**values)  # type: ignore[arg-type]


@dataclass
class seen_request:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int
    arrived_at: float = field(default_factory=time.monotonic)
    answered: bool = False
    peer_closed: bool = False
    events_sent: int = 0
    sent: bytearray = field(default_factory=bytearray)
    named_model: str = ""  # where the protocol names it outside of the body
    asked: asked | None = None  # what it means; by protocols that are checked
    refusal: refused | None = None  # why the provider does not take it
    how: behaviour | None = None  # what was scripted for it

    @property
    def sent_body(self) -> bytes:
        """The body of the answer as far as it was sent, without framing."""
        return bytes(self.sent)

    def header(self, name: str) -> str | None:
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None

    def header_names(self) -> set[str]:
        return {key.lower() for key, _ in self.headers}

    def json(self) -> dict[str, object]:
        return json.loads(self.body)

    @property
    def model(self) -> str:
        if self.named_model:
            return self.named_model
        try:
            return str(self.json().get("model", ""))
        except (ValueError, AttributeError):
            return ""


class gate:
    """Holds answers back until a test lets them go; `open()` is safe from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._event = asyncio.Event()

    async def passed(self) -> None:
        await self._event.wait()

    def open(self) -> None:
        self._loop.call_soon_threadsafe(self._event.set)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._event.clear)
