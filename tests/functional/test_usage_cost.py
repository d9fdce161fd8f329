"""Usage and cost of every provider's answers, end to end: the answer, the headers, the ledger's row.

What each block means is written down in support/usage_cases.py; what it costs at the built-in prices is
usage_cost_golden.json, made anew by `UPDATE_GOLDEN=1 pytest functional/test_usage_cost.py`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from support import usage_bodies
from support.configurations import base_config, merge
from support.fake_upstream import fake_upstream, wait_until
from support.fakes.protocols import PROTOCOLS, base_url
from support.fakes.recorded import recorded, take
from support.gateway_process import REPOSITORY, gateway_process
from support.plain_requests import body_of, path_of
from support.raw_http import answer
from support.usage_bodies import TEXT, WORDS
from support.usage_cases import CASES, block, honest_case, parts, usage_case

GOLDEN = Path(__file__).with_name("usage_cost_golden.json")
PRICES = REPOSITORY / "data/prices.json"
MILLION = Decimal(1_000_000)
PROMPT_TOKENS = 4  # "Say something.", four bytes a token
PROVIDERS = {case.provider: case.protocol for case in CASES}


class studio:
    """A gateway before recorded providers."""

    def __init__(self, gateway: gateway_process, providers: dict[str, recorded]) -> None:
        self.gateway = gateway
        self._providers = providers

    def ask(self, case: usage_case, how: take, client: str) -> answer:
        self._providers[case.protocol].put(case.model, how)
        name, streamed = public_name(case), bool(how.events)
        body = body_of(client, name, streamed)
        if client == "openai" and streamed:
            body["stream_options"] = {"include_usage": True}
        return self.gateway.call("POST", path_of(client, name, streamed), body, {"TE": "trailers"})

    def row_of(self, got: answer) -> dict:
        def rows() -> list[dict]:
            return [row for row in self.gateway.ledger_rows() if row["request_id"] == got.header("x-request-id")]

        wait_until(lambda: bool(rows()), what="the ledger's row")
        (row,) = rows()
        return row


def public_name(case: usage_case) -> str:
    return f"{case.provider}.{case.model.replace('/', '.').replace(':', '.')}"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[studio]:
    shapes = {name: recorded(kind()) for name, kind in PROTOCOLS.items()}
    fakes = {name: fake_upstream(speaks=shape) for name, shape in shapes.items()}
    for fake in fakes.values():
        fake.__enter__()
    config = merge(base_config(None), {"ledger": {"durability": "sync"}})  # a row is there when its answer is
    for provider, protocol in PROVIDERS.items():
        models = {case.model: public_name(case) for case in CASES if case.provider == provider}
        config["providers"].append(
            {
                "name": provider,
                "protocol": protocol,
                "base_url": base_url(fakes[protocol]),
                "models": [{"name": name, "upstream_name": model} for model, name in models.items()],
            }
        )
    try:
        with gateway_process(config, {}, tmp_path_factory.mktemp("studio")) as gateway:
            yield studio(gateway, shapes)
    finally:
        for fake in fakes.values():
            fake.__exit__()


def parts_of(row: dict) -> parts:
    return parts(*(row[name] for name in ("fresh_input", "cached_input", "cache_write", "output", "reasoning")))


def cost_told(got: answer) -> Decimal:
    """US dollars, from the head of a document or from behind a stream."""
    told = got.header("x-inferenceflow-cost") or got.trailer("x-inferenceflow-cost")
    assert told is not None, got.headers
    return Decimal(told)


def priced(case: usage_case) -> int:
    """Nano-dollars by the built-in table, computed here once more."""
    provider = "openai" if case.provider == "openai-responses" else case.provider
    table = json.loads(PRICES.read_text(), parse_float=Decimal)
    models = next(entry["models"] for entry in table["providers"] if entry["id"] == provider)
    (entry,) = [model for model in models if model["id"] == TABLE_NAMES.get(case.model, case.model)]
    means = case.means
    prompt = means.fresh + means.cached + means.written
    price = entry
    for tier in entry.get("tiers", []):
        price = tier if prompt > tier["above"] else price
    fallback = price["input"]
    dollars = (
        means.fresh * Decimal(price["input"])
        + means.cached * Decimal(price.get("cached_input", fallback))
        + (means.written - case.hour) * Decimal(price.get("cache_write", fallback))
        + case.hour * Decimal(price.get("cache_write_hour", price.get("cache_write", fallback)))
        + (means.output + means.reasoning) * Decimal(price["output"])
    ) / MILLION
    return int((dollars * 10**9).quantize(Decimal(1), ROUND_HALF_UP))


TABLE_NAMES = {
    "claude-sonnet-4-5-20250929": "claude-sonnet-4-5",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0": "regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "command-a-03-2025": "command-a",
}


def said_usage(client: str, got: answer) -> dict:
    """The usage block that a client finds."""
    if client == "anthropic":
        found: dict = {}
        for document in documents_of(got):
            found.update(document.get("message", document).get("usage") or {})
        return found
    return next(document["usage"] for document in reversed(documents_of(got)) if document.get("usage"))


def documents_of(got: answer) -> list[dict]:
    if not (got.header("content-type") or "").startswith("text/event-stream"):
        return [got.json()]
    return [json.loads(data) for data in got.events() if data != "[DONE]"]


def check_translated(client: str, got: answer, means: parts) -> None:
    said = said_usage(client, got)
    if client == "anthropic":
        cache = (said["cache_read_input_tokens"], said["cache_creation_input_tokens"])
        assert (said["input_tokens"], *cache) == (means.fresh, means.cached, means.written)
        assert said["output_tokens"] == means.output + means.reasoning
        return
    assert said["prompt_tokens"] == means.fresh + means.cached + means.written
    assert said["completion_tokens"] == means.output + means.reasoning
    assert said["prompt_tokens_details"]["cached_tokens"] == means.cached
    assert said["completion_tokens_details"]["reasoning_tokens"] == means.reasoning


def forms_of(case: usage_case) -> list[tuple[str, take]]:
    whole = ("document", usage_bodies.document(case.protocol, case.usage))
    streamed = ("stream", usage_bodies.stream(case.protocol, case.usage, case.early))
    return [form for form in (whole, streamed) if case.form in ("both", form[0])]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_usage_and_cost(stage: studio, case: usage_case) -> None:
    golden = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    wanted = {"provider": case.provider, "model": case.model, "tokens": vars(case.means), "cost_nano_usd": priced(case)}
    if os.environ.get("UPDATE_GOLDEN"):
        golden[case.name] = wanted
        GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")
    assert golden.get(case.name) == wanted, "the golden file differs from meaning × price"
    nano = golden[case.name]["cost_nano_usd"]
    for form, how in forms_of(case):
        clients = [client for client in (case.protocol, "openai", "anthropic") if client != "tgi"]
        for client in dict.fromkeys(clients):
            got = stage.ask(case, how, client)
            assert got.status == 200, (form, client, got.body)
            row = stage.row_of(got)
            assert parts_of(row) == case.means, (form, client)
            assert (row["estimated"], row["ceiling_priced"]) == (0, 0), (form, client)
            assert row["cost_nano_usd"] == nano, (form, client)
            assert cost_told(got) * 10**9 == nano, (form, client)
            if client != case.protocol:
                check_translated(client, got, case.means)
            elif form == "document":
                assert got.body == how.document
            else:
                assert got.body == b"".join(how.events)


def test_the_golden_file_holds_nothing_else() -> None:
    assert set(json.loads(GOLDEN.read_text())) == {case.name for case in CASES}


def estimated_output(streamed: bool) -> int:
    return max(len(WORDS) if streamed else 0, -(-len(TEXT.encode()) // 4))


BIG = 2**53 + 1
BESIDE = ("anthropic", "bedrock")  # cached tokens stand beside the prompt's there, not within


def lies_of(protocol: str) -> list[tuple[str, object, parts | None, int]]:
    """Name, block, what is billed (None: all is estimated; an output of -1 is), and whether the row says so."""
    cached = parts(10, 50, 0, 7) if protocol in BESIDE else parts(0, 10, 0, 7)
    lies: list[tuple[str, object, parts | None, int]] = [
        ("missing", None, None, 1),
        ("negative", block(protocol, -5, -1, -3, -9), None, 1),
        ("negative output", block(protocol, 11, -1, 0, 10), parts(11, output=-1), 1),
        ("more than any", block(protocol, BIG, 7, 0, BIG + 7), None, 1),
        ("output of 2**64", block(protocol, 11, 2**64, 0, 2**64), None, 1),
        ("more cached than there is", block(protocol, 10, 7, 50, 17), cached, 0),
        ("contradictory total", block(protocol, 11, 7, 0, 99), parts(11, output=7), 0),
        ("words", block(protocol, "11", "seven", "x", "y"), None, 1),
        ("fractions", block(protocol, 11.0, 7.9, 0.0, 18.9), parts(11, output=7), 0),
        ("no counts", {}, None, 1),
    ]
    return lies


@pytest.mark.parametrize("streamed", [False, True], ids=["document", "stream"])
@pytest.mark.parametrize("protocol", [name for name in PROTOCOLS if name != "tgi"])
def test_usage_that_lies(stage: studio, protocol: str, streamed: bool) -> None:
    case = honest_case(protocol)
    for name, usage, billed, estimated in lies_of(protocol):
        how = usage_bodies.stream(protocol, usage) if streamed else usage_bodies.document(protocol, usage)
        got = stage.ask(case, how, protocol)
        assert got.status == 200, (name, got.body)
        row = stage.row_of(got)
        guessed = estimated_output(streamed)
        wanted = billed or parts(PROMPT_TOKENS, output=guessed)
        wanted = parts(**{**vars(wanted), "output": guessed}) if wanted.output < 0 else wanted
        assert (parts_of(row), row["estimated"]) == (wanted, estimated), name
        assert row["cost_nano_usd"] > 0 and cost_told(got) * 10**9 == row["cost_nano_usd"], name


@pytest.mark.parametrize("protocol", ["openai", "anthropic", "gemini", "bedrock"])
def test_a_count_from_the_beginning_alone(stage: studio, protocol: str) -> None:
    """The prompt's count holds; the output is at least what was delivered."""
    case = honest_case(protocol)
    for counted, output, estimated in ((1, estimated_output(True), 1), (500, 500, 0)):
        got = stage.ask(case, usage_bodies.stream(protocol, None, block(protocol, 11, counted, 0, 12)), protocol)
        assert got.status == 200, got.body
        row = stage.row_of(got)
        assert (parts_of(row), row["estimated"]) == (parts(11, output=output), estimated), counted


@pytest.mark.parametrize("streamed", [False, True], ids=["document", "stream"])
def test_tgi_without_counts(stage: studio, streamed: bool) -> None:
    case = honest_case("tgi")
    for usage in (None, {"generated_tokens": BIG, "input_length": 3}, {"generated_tokens": "x", "input_length": []}):
        how = usage_bodies.stream("tgi", usage) if streamed else usage_bodies.document("tgi", usage)
        got = stage.ask(case, how, "openai")
        assert got.status == 200, (usage, got.body)
        row = stage.row_of(got)
        assert row["estimated"] == 1 and 0 < row["output"] <= estimated_output(streamed), (usage, row)
