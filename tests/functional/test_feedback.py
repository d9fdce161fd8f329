"""POST /v1/feedback and GET /v1/requests/{id}: what is said of an answer, and what is known of a request."""

from __future__ import annotations

import json
import sqlite3
import threading

import pytest
from support.configurations import CHAT, PROVIDER_KEY, base_config, merge, model_name
from support.fake_upstream import fake_upstream
from support.gateway_process import gateway_process
from support.raw_http import answer

FEEDBACK = "/v1/feedback"
EXPLANATION = {
    "route": "auto",
    "strategy": "balanced",
    "chosen": {"provider": "fake", "model": "m", "tier": None},
    "why": None,
    "candidates": [{"provider": "fake", "model": "m", "verdict": "chosen"}],
}


def ask(gateway: gateway_process, model: model_name, tenant: str = "default") -> str:
    """Asks something; the request's id."""
    body = {"model": model.client, "messages": [{"role": "user", "content": "x"}]}
    got = gateway.call("POST", CHAT, body, headers={"x-inferenceflow-tenant": tenant})
    assert got.status == 200, got.body
    return got.header("x-request-id") or ""


def say(gateway: gateway_process, tenant: str = "default", user: str = "", **body: object) -> answer:
    headers = {"x-inferenceflow-tenant": tenant} | ({"x-inferenceflow-user": user} if user else {})
    return gateway.call("POST", FEEDBACK, body, headers=headers)


def report(gateway: gateway_process, request_id: str, tenant: str = "default") -> answer:
    return gateway.call("GET", f"/v1/requests/{request_id}", headers={"x-inferenceflow-tenant": tenant})


def test_feedback_is_kept_with_its_request(gateway: gateway_process, model: model_name) -> None:
    request_id = ask(gateway, model)
    got = say(gateway, request_id=request_id, label="good", user="ann", comment="short and right")
    assert got.status == 200, got.body
    document = got.json()
    assert (document["object"], document["request_id"], document["repeated"]) == ("feedback", request_id, False)
    entry = document["entry"]
    assert (entry["source"], entry["score"], entry["label"]) == ("ann", 1, "good")
    known = report(gateway, request_id)
    assert known.status == 200, known.body
    assert known.json()["feedback"] == [entry]
    assert entry["comment"] == "short and right"


def test_feedback_follows_its_answer_at_once(gateway: gateway_process, model: model_name) -> None:
    for _ in range(10):
        assert say(gateway, request_id=ask(gateway, model), score=0.5).status == 200


def test_saying_it_again_changes_nothing_and_another_word_is_kept(gateway: gateway_process, model: model_name) -> None:
    request_id = ask(gateway, model)
    said = [say(gateway, request_id=request_id, score=score).json()["repeated"] for score in (1, 1, 0, 0, 1)]
    assert said == [False, True, False, True, False]
    assert [entry["score"] for entry in report(gateway, request_id).json()["feedback"]] == [1, 0, 1]


def test_the_same_word_at_once_is_one(gateway: gateway_process, model: model_name) -> None:
    request_id = ask(gateway, model)
    answers: list[answer] = []
    callers = [
        threading.Thread(target=lambda: answers.append(say(gateway, request_id=request_id, score=1))) for _ in range(8)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(got.json()["repeated"] for got in answers) == [False] + [True] * 7
    assert len(report(gateway, request_id).json()["feedback"]) == 1


def test_one_request_does_not_take_everything(gateway: gateway_process, model: model_name) -> None:
    request_id = ask(gateway, model)
    answers = [say(gateway, request_id=request_id, score=number / 100) for number in range(17)]
    assert [got.status for got in answers] == [200] * 16 + [409]
    assert answers[-1].error["param"] == "request_id"


def test_unknown_request_and_another_tenants_are_404(gateway: gateway_process, model: model_name) -> None:
    request_id = ask(gateway, model)
    for got in (
        say(gateway, request_id="no-such-request", score=1),
        say(gateway, tenant="other", request_id=request_id, score=1),
        report(gateway, "no-such-request"),
        report(gateway, request_id, tenant="other"),
        report(gateway, "a%20b"),
        report(gateway, "a" * 200),
    ):
        assert got.status == 404, got.body
        assert got.error["message"].startswith("No such request object")
    assert report(gateway, request_id).json()["feedback"] == []


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ("{", None),
        ("[1]", None),
        ('{"score":1}', "request_id"),
        ('{"request_id":"a b","score":1}', "request_id"),
        ('{"request_id":"a"}', "score"),
        ('{"request_id":"a","score":1,"label":"good"}', "score"),
        ('{"request_id":"a","score":NaN}', None),
        ('{"request_id":"a","score":2}', "score"),
        ('{"request_id":"a","score":"good"}', "score"),
        ('{"request_id":"a","label":"\\u0000"}', "label"),
    ],
)
def test_what_is_wrong_is_named(gateway: gateway_process, body: str, param: str | None) -> None:
    got = gateway.call("POST", FEEDBACK, body.encode())
    assert got.status == 400, got.body
    assert got.error["type"] == "invalid_request_error"
    assert got.error["param"] == param
    assert got.error["message"]


def test_huge_is_413_and_other_content_415(gateway: gateway_process) -> None:
    got = say(gateway, request_id="a", score=1, comment="x" * 20_000)
    assert got.status == 413, got.body
    assert "16384" in got.error["message"]
    headers = {"content-type": "image/png"}
    assert gateway.call("POST", FEEDBACK, b"{}", headers=headers).status == 415
    assert gateway.call("GET", FEEDBACK).status == 405
    assert gateway.call("POST", "/v1/requests/a", b"{}").status == 405


def test_a_ledger_that_cannot_write_is_503_and_nothing_is_counted_twice(
    start_gateway, upstream: fake_upstream, model: model_name
) -> None:
    gateway = start_gateway(base_config(upstream))
    request_id = ask(gateway, model)
    report(gateway, request_id)
    with sqlite3.connect(gateway.folder / "ledger.sqlite", isolation_level=None) as lock:
        lock.execute("BEGIN IMMEDIATE")
        got = say(gateway, request_id=request_id, score=1)
        assert got.status == 503, got.body
        assert got.header("retry-after") == "1"
        lock.execute("ROLLBACK")
    assert say(gateway, request_id=request_id, score=1).status == 200
    assert len(report(gateway, request_id).json()["feedback"]) == 1


def test_old_requests_are_closed(start_gateway, upstream: fake_upstream, model: model_name) -> None:
    gateway = start_gateway(base_config(upstream))
    request_id = ask(gateway, model)
    report(gateway, request_id)
    _copy_row(gateway, request_id, {"request_id": "'old'", "entry_id": "entry_id - (31 * 86400000 << 22)"})
    got = say(gateway, request_id="old", score=1)
    assert got.status == 409, got.body
    assert "30 days" in got.error["message"]


def _copy_row(gateway: gateway_process, request_id: str, changed: dict[str, str]) -> int:
    """A row like that of `request_id` with other values, as SQL; its entry_id."""
    with sqlite3.connect(gateway.folder / "ledger.sqlite") as database:
        names = [row[1] for row in database.execute("PRAGMA table_info(ledger)")]
        values = ", ".join(changed.get(name, name) for name in names)
        database.execute(
            f"INSERT INTO ledger ({', '.join(names)}) SELECT {values} FROM ledger WHERE request_id = ?", [request_id]
        )
        return database.execute("SELECT entry_id FROM ledger WHERE rowid = last_insert_rowid()").fetchone()[0]


def test_report_says_what_it_cost(gateway: gateway_process, model: model_name) -> None:
    body = {"model": model.client, "messages": [{"role": "user", "content": "report"}]}
    got = gateway.call("POST", CHAT, body, headers={"x-inferenceflow-user": "ann", "x-request-id": f"r-{model.client}"})
    document = report(gateway, f"r-{model.client}").json()
    assert document["object"] == "request"
    assert (document["surface"], document["user"], document["status"]) == ("chat", "ann", 200)
    assert document["model_requested"] == model.client
    assert f"{document['cost_usd']:.9f}" == got.header("x-inferenceflow-cost")
    assert document["tokens"]["total"] == 18
    assert document["routing"] is None and document["error"] is None
    assert document["latency_ms"] > 0


def test_report_explains_a_decision(start_gateway, upstream: fake_upstream, model: model_name) -> None:
    gateway = start_gateway(base_config(upstream))
    request_id = ask(gateway, model)
    report(gateway, request_id)
    routed = {
        "request_id": "'routed'",
        "entry_id": "entry_id + (1000 << 22)",
        "role": "'main'",
        "strategy": "'balanced'",
        "tier": "'small'",
        "chosen": "'fake/m'",
        "propensity": "0.5",
        "explored": "1",
        "quality": "0.9",
        "escalations": "2",
        "complexity": "0.25",
    }
    entry = _copy_row(gateway, request_id, routed)
    without = report(gateway, "routed").json()["routing"]
    assert (without["candidates"], without["chosen"]["model"], without["propensity"]) == (None, "m", 0.5)
    with sqlite3.connect(gateway.folder / "ledger.sqlite") as database:
        text = json.dumps(EXPLANATION).encode()
        database.execute("INSERT INTO decisions VALUES (?, ?, ?, ?)", [entry, text, len(text), len(text)])
    assert say(gateway, request_id="routed", label="bad").status == 200
    routing = report(gateway, "routed").json()["routing"]
    assert routing["candidates"] == EXPLANATION["candidates"]
    assert (routing["role"], routing["tier"], routing["escalations"], routing["feedback"]) == ("main", "small", 2, 0)
    assert (routing["predicted_quality"], routing["confidence"]) == (0.9, None)


def test_identity_headers_that_are_not_trusted_split_nobody(
    start_gateway, upstream: fake_upstream, model: model_name
) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"server": {"trust_identity_headers": False}}))
    request_id = ask(gateway, model, tenant="a")
    assert say(gateway, tenant="b", request_id=request_id, score=1).status == 200


def test_feedback_survives_a_crash(start_gateway, upstream: fake_upstream, model: model_name, tmp_path) -> None:
    gateway = gateway_process(base_config(upstream), {"FAKE_PROVIDER_KEY": PROVIDER_KEY}, tmp_path).start()
    request_id = ask(gateway, model)
    assert say(gateway, request_id=request_id, score=1).status == 200
    gateway.kill()
    with gateway_process(base_config(upstream), {"FAKE_PROVIDER_KEY": PROVIDER_KEY}, tmp_path) as again:
        assert len(report(again, request_id).json()["feedback"]) == 1


def test_feedback_is_counted(start_gateway, upstream: fake_upstream, model: model_name) -> None:
    gateway = start_gateway(base_config(upstream))
    request_id = ask(gateway, model)
    for _ in range(2):
        say(gateway, request_id=request_id, score=1)
    assert gateway.gauge("inferenceflow_feedback_total") == 1
