"""Backends of every protocol that refuse, break, stall or lie: what clients are told, what is billed, what leaks.

Each backend is asked by a client of its own protocol and by one of another, which goes through the translation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from support.client_errors import error_in_document, read_stream, stream_end
from support.configurations import PROVIDER_KEY, base_config, merge
from support.fake_upstream import fake_upstream, wait_until
from support.fakes.protocols import PROTOCOLS, base_url, fake_providers
from support.gateway_process import gateway_process
from support.openai_bodies import usage_counts
from support.plain_requests import body_of, path_of
from support.raw_http import answer
from support.upstream_script import behaviour, fault

TEXT = "one two three four five six seven eight nine ten"
ACCOUNT = "org-Nb6cUw2xTelling"
PRIVATE = f"the scale tips for {ACCOUNT} at https://billing.provider.example/a with {PROVIDER_KEY} today"
WORDS = "the scale tips for"
PROMPT_TOKENS = 4
HALF_AN_ANSWER = 60  # tokens that no part of TEXT is worth
CLIENTS = {name: (name, "anthropic" if name == "openai" else "openai") for name in PROTOCOLS}
CLIENTS["tgi"] = ("openai", "gemini")
CLIENTS["gemini"] = ("gemini", "bedrock")
CLIENTS["cohere"] = ("cohere", "openai_responses")
CLIENTS["anthropic"] = ("anthropic", "cohere")
PAIRS = [(backend, client) for backend, clients in CLIENTS.items() for client in clients]
SPARES = 16  # entries of the same backend: a refusal of a key is for the next calls with that key too
ONE_SEND = {  # every fault is met by every request: no other send, no memory of the one before
    "retry": {"attempts_max": 1},
    "breaker": {"consecutive_failures": 0, "calls_min": 100000},
    "health": {"probe": "never", "call_failures": 0},
}
BOTH_FORMS = pytest.mark.parametrize("streamed", [False, True], ids=["document", "stream"])
EVERY_PAIR = pytest.mark.parametrize(("backend", "client"), PAIRS, ids=[f"{c}-to-{b}" for b, c in PAIRS])


@dataclass
class outcome:
    got: answer
    row: dict
    seen: int  # requests that reached the backend


class stage:
    """One gateway before a fake of each protocol. Every request has a model of its own."""

    def __init__(self, gateway: gateway_process, fakes: dict[str, fake_upstream]) -> None:
        self.gateway = gateway
        self.fakes = fakes
        self._used = 0
        self._spares = {backend: iter(range(SPARES)) for backend in fakes}

    def ask(
        self, backend: str, client: str, streamed: bool, how: behaviour, own_key: bool = False
    ) -> outcome:
        """`own_key` for an answer that is about the key: nobody else calls with it."""
        self._used += 1
        model, fake = f"m{self._used}", self.fakes[backend]
        before = len(fake.requests)
        if backend == "tgi":
            fake.playbook = lambda _: how
        fake.script(model, how)
        name = f"{backend}-{next(self._spares[backend])}/{model}" if own_key else f"{backend}/{model}"
        headers = {"TE": "trailers"}
        got = self.gateway.call("POST", path_of(client, name, streamed), body_of(client, name, streamed), headers)
        return outcome(got, self.row_of(got), len(fake.requests) - before)

    def row_of(self, got: answer) -> dict:
        def rows() -> list[dict]:
            return [row for row in self.gateway.ledger_rows() if row["request_id"] == got.header("x-request-id")]

        wait_until(lambda: bool(rows()), what="the ledger's row")
        (row,) = rows()
        return row


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stage]:
    with ExitStack() as held:
        fakes = held.enter_context(fake_providers())
        sync = {"durability": "sync"}  # a row is there when its answer is
        config = merge(base_config(None), {"ledger": sync, "resilience": ONE_SEND})
        for backend, fake in fakes.items():
            for name in (backend, *(f"{backend}-{spare}" for spare in range(SPARES))):
                config["providers"].append(
                    {
                        "name": name,
                        "protocol": backend,
                        "base_url": base_url(fake),
                        "api_key_env": "FAKE_PROVIDER_KEY",
                        "first_byte_timeout_ms": 500,
                        "idle_timeout_ms": 500,
                        "any_model": True,
                    }
                )
        environment = {"FAKE_PROVIDER_KEY": PROVIDER_KEY}
        gateway = held.enter_context(gateway_process(config, environment, tmp_path_factory.mktemp("theatre")))
        yield stage(gateway, fakes)


@pytest.fixture(scope="module", autouse=True)
def nothing_leaks(theatre: stage) -> Iterator[None]:
    """Descriptors of the gateway: what it opens for a call that fails, it closes."""
    for backend, clients in CLIENTS.items():
        theatre.ask(backend, clients[0], False, behaviour(text=TEXT))

    def open_now() -> int:
        for fake in theatre.fakes.values():
            fake.drop_idle_connections()
        theatre.gateway.turn_loops()
        return theatre.gateway.descriptors()

    before = open_now()
    yield
    wait_until(lambda: open_now() <= before, timeout_s=20, what=f"descriptors are back at {before}")
    assert theatre.gateway.active_requests() == 0


def check_private(theatre: stage, backend: str, got: answer) -> None:
    told = got.body.decode("utf-8", "replace") + json.dumps(got.headers + got.trailers)
    for secret in (PROVIDER_KEY, ACCOUNT, "billing.provider.example", f":{theatre.fakes[backend].port}", "127.0.0.1"):
        assert secret not in told, secret


def check_refused(theatre: stage, backend: str, client: str, done: outcome, status_class: int) -> str:
    """An error before the first byte. Returns its message."""
    assert done.got.status // 100 == status_class, done.got.body
    message = error_in_document(client, done.got).message
    assert message
    check_private(theatre, backend, done.got)
    assert done.row["status"] == done.got.status
    assert done.row["error_kind"]
    assert (done.row["cost_nano_usd"], done.row["output"]) == (0, 0), "nothing was delivered"
    return message


REFUSALS = [
    (429, "7", 4, "rate_limited"),
    (429, "", 4, "rate_limited"),
    (529, "", 5, ""),
    (503, "5", 5, ""),
    (500, "", 5, ""),
    (400, "", 4, "invalid_request"),
    (404, "", 4, ""),
]


@pytest.mark.parametrize(("status", "retry_after", "status_class", "kind"), REFUSALS)
@BOTH_FORMS
@EVERY_PAIR
def test_a_providers_refusal(
    theatre: stage, backend: str, client: str, streamed: bool, status: int, retry_after: str, status_class: int, kind: str
) -> None:
    how = behaviour(status=status, error_message=PRIVATE, retry_after=retry_after)
    done = theatre.ask(backend, client, streamed, how, own_key=status == 429)
    message = check_refused(theatre, backend, client, done, status_class)
    assert WORDS in message
    told = [value for name, value in done.got.headers if name.lower() == "retry-after"]
    # A key that is limited sits out for a second: the gateway says so where the provider did not.
    assert told == ([retry_after] if retry_after else ["1"] if status == 429 else [])
    if kind:
        assert done.row["error_kind"] == kind
    if status == 429:
        assert done.got.status == 429


@pytest.mark.parametrize("status", [401, 403])
@EVERY_PAIR
def test_a_key_that_the_provider_refuses(theatre: stage, backend: str, client: str, status: int) -> None:
    """It is the gateway's key, not the caller's: the words are the gateway's, the provider's repeat the key."""
    done = theatre.ask(backend, client, False, behaviour(status=status, own_error=True), own_key=True)
    assert done.got.status >= 400
    message = error_in_document(client, done.got).message
    assert "key" in message
    check_private(theatre, backend, done.got)
    assert (done.row["cost_nano_usd"], done.row["error_kind"] != "") == (0, True)


@pytest.mark.parametrize(
    ("how", "status", "kind"),
    [
        (fault.reset_before_head, 502, "upstream_failed"),
        (fault.close_before_head, 502, "upstream_failed"),
        (fault.stall_head, 504, "upstream_timeout"),
    ],
)
@BOTH_FORMS
@EVERY_PAIR
def test_no_answer(
    theatre: stage, backend: str, client: str, streamed: bool, how: fault, status: int, kind: str
) -> None:
    done = theatre.ask(backend, client, streamed, behaviour(fault=how))
    in_aws_words = {502: 500, 504: 408}  # InternalServerException, ModelTimeoutException
    wanted = in_aws_words[status] if client == "bedrock" else status
    check_refused(theatre, backend, client, done, wanted // 100)
    assert (done.got.status, done.row["error_kind"]) == (wanted, kind)


BROKEN_DOCUMENTS = [
    (fault.reset_mid_body, "upstream_failed"),
    (fault.close_mid_body, "upstream_failed"),
    (fault.truncated_json, "upstream_failed"),
    (fault.empty_body, "upstream_failed"),
    (fault.garbage_json, "upstream_failed"),
    (fault.stall_body, "upstream_timeout"),
]


@pytest.mark.parametrize(("how", "kind"), BROKEN_DOCUMENTS)
@EVERY_PAIR
def test_a_broken_document(theatre: stage, backend: str, client: str, how: fault, kind: str) -> None:
    done = theatre.ask(backend, client, False, behaviour(fault=how, text=TEXT))
    late = kind == "upstream_timeout" and client == "bedrock"  # AWS' ModelTimeoutException is a 408
    check_refused(theatre, backend, client, done, 4 if late else 5)
    assert done.row["error_kind"] == kind


BROKEN_STREAMS = [
    (fault.reset_mid_stream, "upstream_failed"),
    (fault.close_mid_stream, "upstream_failed"),
    (fault.stall_stream, "upstream_timeout"),
]


@pytest.mark.parametrize(("how", "kind"), BROKEN_STREAMS)
@EVERY_PAIR
def test_a_stream_that_dies(theatre: stage, backend: str, client: str, how: fault, kind: str) -> None:
    """An error in the client's protocol ends it; what was delivered is billed, and no more."""
    done = theatre.ask(backend, client, True, behaviour(fault=how, text=TEXT, fault_at_event=6))
    end = read_stream(client, done.got)
    assert done.got.status == 200
    assert end.error is not None and end.error.message and not end.whole, done.got.body
    assert TEXT.startswith(end.text) and end.text != TEXT
    check_private(theatre, backend, done.got)
    assert done.row["error_kind"] == kind
    check_partial_bill(backend, done.row, end)
    assert done.seen == 1, "no request is sent twice after a byte of its answer was delivered"


def check_partial_bill(backend: str, row: dict, end: stream_end) -> None:
    delivered = -(-len(end.text) // 4)
    assert row["cost_nano_usd"] > 0
    if backend == "gemini":  # counts up in every chunk, as the fake does: what it reports stands
        assert row["fresh_input"] == 11
        return
    assert delivered <= row["output"] < HALF_AN_ANSWER
    assert row["estimated"] == 1
    assert row["fresh_input"] == (11 if backend == "anthropic" else PROMPT_TOKENS)


@EVERY_PAIR
def test_an_error_within_a_stream(theatre: stage, backend: str, client: str) -> None:
    how = behaviour(fault=fault.error_event, text=TEXT, fault_at_event=6, error_message=PRIVATE)
    done = theatre.ask(backend, client, True, how)
    end = read_stream(client, done.got)
    assert end.error is not None and WORDS in end.error.message, done.got.body
    written_here = client == "openai_responses" and client != backend  # `error`, twice within, and `response.failed`
    assert done.got.body.count(WORDS.encode()) == (3 if written_here else 1), "it is told once"
    assert not end.whole and end.text != TEXT
    check_private(theatre, backend, done.got)
    assert done.row["error_kind"], done.row
    assert done.row["cost_nano_usd"] > 0


@pytest.mark.parametrize("how", [fault.garbage_event, fault.reordered_events, fault.repeated_event])
@EVERY_PAIR
def test_events_that_are_wrong(theatre: stage, backend: str, client: str, how: fault) -> None:
    """Either an error is told, or the stream is whole and billed in full: never a torn answer that looks whole."""
    done = theatre.ask(backend, client, True, behaviour(fault=how, text=TEXT, fault_at_event=5))
    if done.got.status == 502:  # all of it came in one read: nothing had been delivered
        check_refused(theatre, backend, client, done, 5)
        return
    assert done.got.status == 200
    end = read_stream(client, done.got)
    assert end.whole != (end.error is not None), done.got.body
    if end.whole:
        assert sorted(set(end.text.split())) == sorted(TEXT.split()), "no word is lost"
        assert done.row["output"] == 7
    else:
        assert done.row["error_kind"] == "upstream_failed", done.row


@BOTH_FORMS
@EVERY_PAIR
def test_a_wrong_content_type(theatre: stage, backend: str, client: str, streamed: bool) -> None:
    """What is inside decides: a good answer under a wrong name is an answer; nothing is torn."""
    done = theatre.ask(backend, client, streamed, behaviour(fault=fault.wrong_content_type, text=TEXT))
    if done.got.status == 200:
        assert TEXT in (read_stream(client, done.got).text if streamed else said(client, done.got))
        assert done.row["cost_nano_usd"] > 0
    else:
        check_refused(theatre, backend, client, done, 5)


def said(client: str, got: answer) -> str:
    assert (got.header("content-type") or "").startswith("application/json"), got.headers
    return json.dumps(got.json())


@BOTH_FORMS
@EVERY_PAIR
def test_a_slow_drip(theatre: stage, backend: str, client: str, streamed: bool) -> None:
    done = theatre.ask(backend, client, streamed, behaviour(fault=fault.slow_drip, text="one two"))
    assert done.got.status == 200, done.got.body
    if streamed:
        end = read_stream(client, done.got)
        assert end.whole and end.text == "one two"
    else:
        assert "one two" in said(client, done.got)
    assert (done.row["error_kind"], done.row["output"]) == ("", 7)


@pytest.mark.parametrize(
    ("counts", "billed"),
    [
        (None, (PROMPT_TOKENS, -1)),
        (usage_counts(-5, -1), (PROMPT_TOKENS, -1)),
        (usage_counts(2**53, 2**53), (PROMPT_TOKENS, -1)),
        (usage_counts(11, 7, total=99), (11, 7)),
    ],
    ids=["none", "negative", "huge", "contradictory"],
)
@pytest.mark.parametrize("backend", [name for name in PROTOCOLS if name != "tgi"])
def test_wrong_usage(theatre: stage, backend: str, counts: usage_counts | None, billed: tuple[int, int]) -> None:
    for streamed in (False, True):
        done = theatre.ask(backend, CLIENTS[backend][1], streamed, behaviour(usage=counts, text=TEXT))
        assert done.got.status == 200, done.got.body
        guessed = max(-(-len(TEXT) // 4), len(TEXT.split()) if streamed else 0)
        wanted = (billed[0], guessed if billed[1] < 0 else billed[1])
        assert (done.row["fresh_input"], done.row["output"]) == wanted, (streamed, done.row)
        assert done.row["estimated"] == (1 if billed[1] < 0 else 0)
