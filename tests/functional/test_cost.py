"""What each answer cost and saved: headers, trailers, ledger rows and sums."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from support.configurations import CHAT, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer, build_request
from support.upstream_script import behaviour, fault, usage_counts

MILLION = Decimal(1_000_000)
PRICED = "test-priced-model"
PRICES = {
    "format": "inferenceflow-prices-1",
    "source": "tests",
    "commit": "none",
    "date": "2026-01-01",
    "licence": "none",
    "providers": [
        {
            "id": "fake",
            "name": "Fake",
            "sources": [],
            "api": [],
            "models": [{"id": PRICED, "input": "2", "cached_input": "0.5", "output": "8"}],
        }
    ],
}


@pytest.fixture(scope="module")
def priced(upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gateway_process]:
    """A gateway that knows the price of one model of the fake provider."""
    folder: Path = tmp_path_factory.mktemp("priced")
    (folder / "prices.json").write_text(json.dumps(PRICES))
    config = merge(base_config(upstream), {"cost": {"prices_file": "prices.json"}})
    with gateway_process(config, {"FAKE_PROVIDER_KEY": "k"}, folder) as process:
        yield process


def chat(content: str, **extra: object) -> dict:
    return {"model": f"fake/{PRICED}", "messages": [{"role": "user", "content": content}], **extra}


def row_of(gateway: gateway_process, got: answer) -> dict:
    """The ledger row of an answer, waited for because group commits come later."""
    found: list[dict] = []

    def there() -> bool:
        found[:] = [row for row in gateway.ledger_rows() if row["request_id"] == got.header("x-request-id")]
        return bool(found)

    wait_until(there, what="the ledger row")
    assert len(found) == 1
    return found[0]


def test_cost_header_is_exact(priced: gateway_process) -> None:
    got = priced.call("POST", CHAT, chat("exact"))
    assert got.header("x-inferenceflow-cost") == "0.000078000"
    assert got.header("x-inferenceflow-saved") == "0.000000000"
    assert got.header("x-inferenceflow-provider") == "fake"
    assert (got.header("x-inferenceflow-model") or "").endswith(PRICED)
    row = row_of(priced, got)
    assert (row["status"], row["provider"], row["cache"]) == (200, "fake", "bypass")
    assert (row["cost_nano_usd"], row["direct_nano_usd"]) == (78_000, 78_000)


def test_nothing_is_billed_twice(priced: gateway_process, upstream: fake_upstream) -> None:
    upstream.script(PRICED, behaviour(usage=usage_counts(prompt=100, completion=20, cached=40, reasoning=5)))
    got = priced.call("POST", CHAT, chat("parts"))
    upstream.script(PRICED, behaviour())
    expected = (60 * Decimal(2) + 40 * Decimal("0.5") + 20 * Decimal(8)) / MILLION
    assert Decimal(got.header("x-inferenceflow-cost") or "-1") == expected


@pytest.mark.parametrize("asked", [True, False])
def test_stream_cost_comes_as_trailer(priced: gateway_process, asked: bool) -> None:
    extra = {"stream_options": {"include_usage": True}} if asked else {}
    got = priced.call("POST", CHAT, chat(f"stream {asked}", stream=True, **extra), {"TE": "trailers"})
    announced = {name.strip().lower() for name in (got.header("trailer") or "").split(",")}
    assert {"x-inferenceflow-cost", "x-inferenceflow-saved"} <= announced
    assert got.trailer("x-inferenceflow-cost") == "0.000078000"
    assert got.trailer("x-inferenceflow-saved") == "0.000000000"
    assert row_of(priced, got)["status"] == 200


def test_hit_saves_what_the_answer_cost(priced: gateway_process) -> None:
    body = chat("saved", temperature=0)
    priced.call("POST", CHAT, body)
    hit = priced.call("POST", CHAT, body)
    assert hit.header("x-inferenceflow-cost") == "0.000000000"
    assert hit.header("x-inferenceflow-saved") == "0.000078000"
    stream = priced.call("POST", CHAT, {**body, "stream": True})
    saved = stream.header("x-inferenceflow-saved") or stream.trailer("x-inferenceflow-saved")
    assert saved == "0.000078000"
    assert row_of(priced, hit)["cache"] == "hit"


def test_model_without_a_price_costs_the_ceiling(gateway: gateway_process, model: model_name) -> None:
    def warnings() -> float:
        lines = gateway.call("GET", "/metrics").body.decode().splitlines()
        found = [line for line in lines if not line.startswith("#") and "unpriced" in line]
        return sum(float(line.rsplit(" ", 1)[1]) for line in found)

    before = warnings()
    got = gateway.call("POST", CHAT, model.chat())
    expected = (11 * Decimal(100) + 7 * Decimal(400)) / MILLION
    assert Decimal(got.header("x-inferenceflow-cost") or "-1") == expected
    assert warnings() > before
    assert row_of(gateway, got)["ceiling_priced"] == 1


def test_built_in_prices_are_known(upstream: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(base_config(upstream, name="openai"))
    body = {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "x"}]}
    got = gateway.call("POST", CHAT, body)
    assert got.status == 200
    expected = (11 * Decimal("0.15") + 7 * Decimal("0.6")) / MILLION
    assert Decimal(got.header("x-inferenceflow-cost") or "-1") == expected


def test_missing_usage_is_estimated_not_free(priced: gateway_process, upstream: fake_upstream) -> None:
    upstream.script_next(PRICED, behaviour(usage=None))
    got = priced.call("POST", CHAT, chat("no usage " * 20))
    assert Decimal(got.header("x-inferenceflow-cost") or "0") > 0


def test_failed_call_costs_nothing_and_has_its_row(priced: gateway_process, upstream: fake_upstream) -> None:
    upstream.script_next(PRICED, behaviour(status=500))
    got = priced.call("POST", CHAT, chat("fails"))
    row = row_of(priced, got)
    assert row["status"] == 500
    assert (got.header("x-inferenceflow-cost") or "0.000000000") == "0.000000000"


def test_disconnect_is_billed_for_what_was_delivered(priced: gateway_process, upstream: fake_upstream) -> None:
    upstream.gate.close()
    upstream.script_next(PRICED, behaviour(hold_after_events=4))
    headers = {"x-request-id": "left-early-1"}
    with priced.connect() as conn:
        conn.send(build_request("POST", CHAT, chat("leave early " * 30, stream=True), headers))
        got = conn.read_head()
        pieces = conn.body_pieces(got)
        body = b""
        while body.count(b"\n\n") < 4:
            body += next(pieces)
    row = row_of(priced, got)
    upstream.gate.open()
    assert row["status"] == 499
    assert 3 <= row["output"] <= 7, "what was delivered, no more"
    assert row["cost_nano_usd"] > 0


def test_broken_stream_is_billed_for_what_was_delivered(priced: gateway_process, upstream: fake_upstream) -> None:
    upstream.script_next(PRICED, behaviour(fault=fault.close_mid_stream))
    got = priced.call("POST", CHAT, chat("breaks " * 30, stream=True))
    row = row_of(priced, got)
    assert row["error_kind"]
    assert row["cost_nano_usd"] > 0


def test_every_request_has_exactly_one_row(priced: gateway_process) -> None:
    answers = [priced.call("POST", CHAT, chat("rows", temperature=0)) for _ in range(3)]
    rows = [row_of(priced, got) for got in answers]
    assert [row["cache"] for row in rows] == ["miss", "hit", "hit"]


def test_reused_request_id_is_still_billed(priced: gateway_process) -> None:
    """Ids come from clients, who may send one twice: each request has its row all the same."""
    for i in range(2):
        assert priced.call("POST", CHAT, chat(f"again {i}"), {"x-request-id": "used-twice"}).status == 200
    wait_until(
        lambda: [row["request_id"] for row in priced.ledger_rows()].count("used-twice") == 2, what="a row for each"
    )


def cost_lines(gateway: gateway_process, query: str) -> list[dict]:
    got = gateway.call("GET", f"/v1/metrics/cost?{query}")
    assert got.status == 200, got.body
    return got.json()["rows"]


def test_sums_by_group(upstream: fake_upstream, start_gateway, model: model_name, other_model: model_name) -> None:
    gateway = start_gateway(base_config(upstream))
    for name, tenant, user in ((model, "acme", "ann"), (model, "acme", "bob"), (other_model, "globex", "ann")):
        headers = {"x-inferenceflow-tenant": tenant, "x-inferenceflow-user": user}
        assert gateway.call("POST", CHAT, name.chat(user), headers).status == 200
    wait_until(lambda: len(gateway.ledger_rows()) == 3, what="three rows")
    for group, expected in {
        "route": sorted([2, 1]),
        "model": sorted([2, 1]),
        "provider": [3],
        "user": sorted([2, 1]),
        "tenant": sorted([2, 1]),
    }.items():
        assert sorted(line["requests"] for line in cost_lines(gateway, f"group_by={group}")) == expected, group
    assert sum(line["requests"] for line in cost_lines(gateway, "group_by=hour")) == 3
    assert sum(line["requests"] for line in cost_lines(gateway, "group_by=day")) == 3
    assert sum(line["requests"] for line in cost_lines(gateway, "group_by=user&tenant=acme")) == 2
    assert gateway.call("GET", "/v1/metrics/cost?group_by=colour").status == 400
    misspelt = gateway.call("GET", "/v1/metrics/cost?tennant=acme")
    assert misspelt.status == 400
    assert misspelt.json()["error"]["param"] == "tennant"


def test_user_of_the_body_wins(priced: gateway_process) -> None:
    got = priced.call("POST", CHAT, chat("whose", user="body-user"), {"x-inferenceflow-user": "header-user"})
    assert "body-user" in row_of(priced, got).values()


@pytest.mark.parametrize("name", ["x-inferenceflow-tenant", "x-inferenceflow-user"])
def test_invalid_identity_is_refused(gateway: gateway_process, model: model_name, name: str) -> None:
    got = gateway.call("POST", CHAT, model.chat(), {name: "x" * 300})
    assert got.status == 400
    assert name in got.error["message"]


def test_identity_headers_can_be_distrusted(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"server": {"trust_identity_headers": False}}))
    got = gateway.call("POST", CHAT, model.chat(), {"x-inferenceflow-tenant": "acme", "x-inferenceflow-user": "eve"})
    row = row_of(gateway, got)
    assert row["tenant"] == "default"
    assert "eve" not in row.values()


@pytest.mark.parametrize("path", ["/v1/metrics/summary", "/v1/metrics/cache"])
def test_summaries_move(gateway: gateway_process, model: model_name, path: str) -> None:
    before = gateway.call("GET", path).json()
    for _ in range(2):
        gateway.call("POST", CHAT, model.chat(temperature=0))
    assert gateway.call("GET", path).json() != before
