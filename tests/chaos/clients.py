"""Clients of a chaos run: each asks one thing after the other, in changing protocols, and notes what became of it."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass

import speech
from support.raw_http import answer, closed_by_peer, connection

ROUTES = ("chat-a", "chat-b", "chat-c")
CLIENT_TIMEOUT_S = 60.0


@dataclass
class outcome:
    """answered: whole and right. broke: content came, then an error event. refused: an error status, or an error event
    before any content. torn: the answer ended without its end and without an error. wrong: somebody else's words."""

    request_id: str
    client: str
    streamed: bool
    kind: str
    status: int = 0
    text: str = ""
    detail: str = ""
    seconds: float = 0.0


class crowd:
    """All clients, and what they saw."""

    def __init__(self, port: int, seed: int, pause_s: float) -> None:
        self._port = port
        self._seed = seed
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.outcomes: list[outcome] = []
        self.counts: Counter[str] = Counter()
        self._threads: list[threading.Thread] = []

    def start(self, clients: int) -> None:
        for number in range(clients):
            thread = threading.Thread(target=self._run, args=(number,), name=f"client-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(CLIENT_TIMEOUT_S + 5)

    def _run(self, number: int) -> None:
        dice = random.Random(f"{self._seed}/client/{number}")
        conn: connection | None = None
        count = 0
        while not self._stop.is_set():
            client = dice.choice(speech.PROTOCOLS)
            seen, conn = self.ask(conn, client, dice.choice(ROUTES), dice.random() < 0.6, f"chaos-{number}-{count}")
            count += 1
            with self._lock:
                self.outcomes.append(seen)
                self.counts[seen.kind] += 1
            self._stop.wait(dice.uniform(0, 2 * self._pause_s))
        if conn is not None:
            conn.close()

    def ask(self, conn: connection | None, client: str, model: str, streamed: bool, request_id: str) -> tuple[outcome, connection | None]:
        """One request on `conn`, or on a new connection where there is none or it has been closed."""
        began = time.monotonic()
        seen = outcome(request_id, client, streamed, "torn")
        body = speech.body_of(client, model, streamed, f"Say something about {request_id}.")
        target = speech.target_of(client, model, streamed)
        try:
            conn = conn or connection(self._port, timeout_s=CLIENT_TIMEOUT_S)
            judge(seen, conn.request("POST", target, body, {"x-request-id": request_id}))
        except (OSError, closed_by_peer, AssertionError) as why:
            seen.detail = f"{type(why).__name__}: {why}"[:200]
            if conn is not None:
                conn.close()
            conn = None
        except (ValueError, KeyError, IndexError, TypeError) as why:
            seen.kind, seen.detail = "wrong", f"{type(why).__name__}: {why}"[:200]
        seen.seconds = time.monotonic() - began
        if conn is not None and seen.status >= 400:
            conn.close()  # some errors close; asking again on a new connection is always right
            conn = None
        return seen, conn


def judge(seen: outcome, got: answer) -> None:
    seen.status = got.status
    if got.status != 200:
        seen.kind, seen.detail = "refused", got.body.decode(errors="replace")[:200]
        return
    found = speech.stream(seen.client, got) if seen.streamed else speech.document(seen.client, got)
    seen.text = found.text
    if found.told:
        seen.kind = "broke" if found.text else "refused"
        seen.detail = got.body[-200:].decode(errors="replace")
    elif not found.whole:
        seen.kind, seen.detail = "torn", got.body[-200:].decode(errors="replace")
    else:
        seen.kind = "answered" if f"answers {seen.request_id} at call " in found.text else "wrong"
