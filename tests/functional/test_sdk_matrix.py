"""Every official SDK against every backend protocol, case by case: the matrix of docs/matrix.md."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from support.configurations import PROVIDER_KEY, base_config, merge
from support.fake_upstream import fake_upstream, wait_until
from support.fakes.protocols import PROTOCOLS, base_url, fake_providers
from support.gateway_process import gateway_process
from support.sdk_clients.wish import outcome
from support.sdk_matrix import cases, local
from support.sdk_matrix.cases import CASES, REFUSED, case
from support.sdk_matrix.runner import CLIENTS, NODE, PYTHON, errors_of, node_absent, talk, talk_in_node
from support.sdk_matrix.table import AGAIN, GOLDEN, golden_cells, matrix

BACKENDS = (*PROTOCOLS, "local")
BAD_KEY = "bad key"
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))


def providers_of(name: str, fake: fake_upstream) -> Iterator[dict]:
    """One for all cells, and one for each client's cell of a bad key: a key that was refused sits out."""
    shared = [column for column in CASES if column.name != BAD_KEY]
    yield provider_of(
        name, name, fake, [cases.upstream_name(column, client) for column in shared for client in CLIENTS]
    )
    locked = next(column for column in CASES if column.name == BAD_KEY)
    for number, client in enumerate(CLIENTS):
        yield provider_of(f"{name}-locked-{number}", name, fake, [cases.upstream_name(locked, client)])


def provider_of(title: str, name: str, fake: fake_upstream, upstream: list[str]) -> dict:
    models = [{"name": f"{model}-over-{name}", "upstream_name": model} for model in upstream]
    return {
        "name": title,
        "protocol": name,
        "base_url": base_url(fake),
        "api_key_env": "FAKE_PROVIDER_KEY",
        "models": models,
    }


@dataclass
class arena:
    """One gateway before all fakes, and what Node's SDKs did there."""

    gateway: gateway_process
    fakes: dict[str, fake_upstream]
    clients: dict[str, object]
    has_local: bool
    in_node: dict[tuple[str, str, str], list[outcome]] = field(default_factory=dict)

    def talk(self, client: str, backend: str, column: case) -> list[outcome]:
        if client not in NODE:
            return talk(self.clients[client], wish_of(column, client, backend))  # type: ignore[arg-type]
        if not self.in_node:
            there = [name for name in BACKENDS if name != "local" or self.has_local]
            cells = [(name, over, one) for name in NODE for over in there for one in CASES if runs(over, one)]
            jobs = [(name, wish_of(one, name, over)) for name, over, one in cells]
            found = talk_in_node(self.gateway.url, jobs)
            self.in_node = {(n, b, c.name): one for (n, b, c), one in zip(cells, found, strict=True)}
        return self.in_node[client, backend, column.name]


def runs(backend: str, column: case) -> bool:
    return backend != "local" or column.name not in local.NEVER


def wish_of(column: case, client: str, backend: str) -> cases.wish:
    return local.wish_of(column) if backend == "local" else cases.wish_of(column, client, backend)


@pytest.fixture(scope="module")
def everything() -> Iterator[arena]:
    with fake_providers() as fakes:
        config = merge(base_config(None), {"cache": {"enabled": False}})  # every cell is to reach its backend
        if local.is_there():
            config["local"] = {"enabled": True, "threads": 2, "models": local.models()}
        config["providers"] = [one for name, fake in fakes.items() for one in providers_of(name, fake)]
        for fake in fakes.values():
            for column in CASES:
                for client in CLIENTS:
                    fake.script(cases.upstream_name(column, client), column.how)
        with gateway_process(config, {"FAKE_PROVIDER_KEY": PROVIDER_KEY}) as process:
            yield arena(process, fakes, {kind.name: kind(process.url) for kind in PYTHON}, local.is_there())


def judge(ring: arena, client: str, backend: str, column: case) -> str:
    """The cell's result; an AssertionError says what is wrong."""
    got = ring.talk(client, backend, column)
    errors = errors_of(client)
    refused = REFUSED.get((column.name, backend))
    hidden = [f"127.0.0.1:{fake.port}" for fake in ring.fakes.values()]
    if refused:
        cases.check_error(case(column.name, column.how, column.want, 400, refused), got[-1], errors, hidden)
        assert backend == "local" or not ring.fakes[backend].calls(cases.upstream_name(column, client))
        return f"refused ({refused})"
    if backend == "local":
        meant = local.column_of(column)
        if meant.status == 200:
            local.check_answer(meant, got)
            return "yes"
        cases.check_error(meant, got[-1], errors, hidden)
        return "yes" if meant.status == column.status else f"yes ({got[-1].status})"
    if column.status == 200:
        cases.check_answer(column, got, backend)
        seen = ring.fakes[backend].calls(cases.upstream_name(column, client))
        want = cases.wish_of(column, client, backend)
        cases.check_arrival(column, want, seen, backend)
    else:
        cases.check_error(column, got[-1], errors, hidden)
    return "yes"


@pytest.mark.parametrize("column", CASES, ids=[column.name for column in CASES])
@pytest.mark.parametrize("backend", [*PROTOCOLS, pytest.param("local", marks=pytest.mark.local_model)])
@pytest.mark.parametrize("client", CLIENTS)
def test_cell(everything: arena, sdk_matrix: matrix, client: str, backend: str, column: case) -> None:
    if backend == "local" and not everything.has_local:
        pytest.skip("default model files are absent: run `make models` (scripts/fetch_models.sh) first")
    try:
        result = judge(everything, client, backend, column) if runs(backend, column) else "n/a"
    except node_absent as why:
        pytest.skip(str(why))
    except AssertionError as why:
        sdk_matrix.note(client, backend, column.name, f"FAILED: {why}".split("\n", 1)[0])
        raise
    sdk_matrix.note(client, backend, column.name, result)
    if not UPDATE:
        committed = golden_cells().get((client, backend, column.name))
        assert result == committed, f"{GOLDEN.name} says {committed!r}; if this is wanted: {AGAIN}"


def test_every_call_is_in_the_ledger(everything: arena, sdk_matrix: matrix) -> None:
    """What the cells above asked: billed by the provider's own counts, or at no cost where there was no answer."""
    if sdk_matrix.missing():
        pytest.skip("only part of the matrix was run")
    gateway = everything.gateway
    wait_until(lambda: gateway.gauge("inferenceflow_ledger_queue") == 0, what="the ledger's queue is empty")
    rows = defaultdict(list)
    for row in gateway.ledger_rows():
        rows[row["model_requested"]].append(row)
    for client in CLIENTS:
        for backend in PROTOCOLS:
            for column in CASES:
                name = wish_of(column, client, backend).model
                assert rows[name], f"{name} is not in the ledger"
                for row in rows[name]:
                    check_bill(column, (column.name, backend) in REFUSED, row)


def check_bill(column: case, refused: bool, row: dict) -> None:
    given = row["fresh_input"] + row["cached_input"] + row["cache_write"]
    made = row["output"] + row["reasoning"]
    if column.status == cases.BROKEN:
        assert row["error_kind"] and made > 0, f"{dict(row)}"
    elif refused or column.status != 200:
        assert row["status"] >= 400 and row["cost_nano_usd"] == 0, f"{dict(row)}"
    else:
        counts = (row["status"], given, made, row["estimated"])
        said = 499 if row["status"] == 499 and column.want.stream else 200  # some leave before the stream's last bytes
        assert counts == (said, cases.USAGE.prompt, cases.USAGE.completion, 0), f"{dict(row)}"


def test_table(sdk_matrix: matrix, request: pytest.FixtureRequest) -> None:
    """The committed table is what the cells of this run say, all of them."""
    if sdk_matrix.missing():
        pytest.skip("only part of the matrix was run")
    if UPDATE:
        GOLDEN.write_text(sdk_matrix.markdown())
    assert sdk_matrix.markdown() == GOLDEN.read_text(), f"the table is out of date; if this is wanted: {AGAIN}"
