"""What each call to a fake provider gets: decided by the request's id, so that who judges the run knows it too."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass

from support.openai_bodies import usage_counts
from support.upstream_script import behaviour, fault, seen_request

EITHER = (
    ("429", {"status": 429}),
    ("429 with Retry-After", {"status": 429, "retry_after": "1"}),
    ("529", {"status": 529}),
    ("500", {"status": 500}),
    ("503", {"status": 503}),
    ("reset before the head", {"fault": fault.reset_before_head}),
    ("closed before the head", {"fault": fault.close_before_head}),
    ("head that stalls", {"fault": fault.stall_head}),
    ("not HTTP", {"fault": fault.garbage}),
)
DOCUMENTS = (
    ("malformed document", {"fault": fault.garbage_json}),
    ("truncated document", {"fault": fault.truncated_json}),
    ("empty body", {"fault": fault.empty_body}),
    ("closed within the body", {"fault": fault.close_mid_body}),
    ("reset within the body", {"fault": fault.reset_mid_body}),
    ("body that stalls", {"fault": fault.stall_body}),
)
STREAMS = (
    ("reset within the stream", {"fault": fault.reset_mid_stream}),
    ("closed within the stream", {"fault": fault.close_mid_stream}),
    ("stream that stalls", {"fault": fault.stall_stream}),
    ("malformed event", {"fault": fault.garbage_event}),
    ("error event", {"fault": fault.error_event}),
    ("broken framing", {"fault": fault.bad_chunk}),
)
EVENTS_BEFORE_FAULT_MAX = 6


@dataclass
class call_seen:
    """One call that came to a provider, and what it was given."""

    request: seen_request
    name: str  # of the fault; empty if none
    usage: usage_counts
    text: str


def id_of(request: seen_request) -> str:
    return request.header("x-request-id") or ""


class misfortune:
    """One provider's playbook. Each call has its own words and counts, so a bill can be traced to one call."""

    def __init__(self, provider: str, share: float, seed: int) -> None:
        self.provider = provider
        self._share = share
        self._seed = seed
        self._lock = threading.Lock()
        self._recent: list[seen_request] = []
        self.calls: dict[str, list[call_seen]] = {}
        self.faults: dict[str, int] = {}

    def _dice(self, request_id: str, attempt: int) -> random.Random:
        return random.Random(f"{self._seed}/{self.provider}/{request_id}/{attempt}")

    def is_healthy(self, request_id: str) -> bool:
        """True if this provider answers that request at the first call."""
        return self._dice(request_id, 0).random() >= self._share

    def __call__(self, request: seen_request) -> behaviour:
        request_id = id_of(request)
        with self._lock:
            before = self.calls.setdefault(request_id, [])
            dice = self._dice(request_id, len(before))
            name, what = "", {}
            if dice.random() < self._share:
                streamed = request.asked is not None and request.asked.stream
                name, what = dice.choice(EITHER + (STREAMS if streamed else DOCUMENTS))
                self.faults[name] = self.faults.get(name, 0) + 1
            usage = usage_counts(prompt=dice.randint(20, 900), completion=dice.randint(5, 300))
            text = f"{self.provider} answers {request_id} at call {len(before) + 1}, " + "word " * dice.randint(4, 12)
            before.append(call_seen(request, name, usage, text.strip()))
            self._recent.append(request)
        return behaviour(
            text=text.strip(),
            usage=usage,
            head_delay_s=dice.uniform(0, 0.02),
            fault_at_event=dice.randint(0, EVENTS_BEFORE_FAULT_MAX),
            **what,
        )

    def forget_bytes(self) -> None:
        """Lets go of what ended calls asked and were sent, but for whether anything was sent: a run is long."""
        with self._lock:
            ended = [request for request in self._recent if request.answered or request.peer_closed]
            self._recent = [request for request in self._recent if not (request.answered or request.peer_closed)]
        for request in ended:
            request.body, request.headers, request.asked = b"", [], None
            request.sent = request.sent[:1]
