"""Routes that learn from feedback, keep a budget, and trust answers as judged ones have taught."""

from __future__ import annotations

import json
import math
import random
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.fake_upstream import fake_upstream
from support.gateway_process import binary, gateway_process
from support.routing_setup import CHEAP_FIRST, STRONG, WEAK, ask, chat, config, cost_of, served_by
from support.upstream_script import behaviour, usage_counts

starter = Callable[..., gateway_process]
USAGE = usage_counts(prompt=1000, completion=100)


@pytest.fixture
def fake() -> Iterator[fake_upstream]:
    with fake_upstream() as one:
        yield one


def say(gateway: gateway_process, request_id: str, score: float) -> int:
    return gateway.call("POST", "/v1/feedback", {"request_id": request_id, "score": score}).status


def test_feedback_moves_a_route_away_from_a_model_that_fails(start_gateway: starter, fake: fake_upstream) -> None:
    routing = {"strategy": "cost_optimal", "quality_min": 0.9, "learn": {"enabled": True, "explore_percent": 5}}
    gateway = start_gateway(config(fake, routing, {STRONG: {"quality": 0.9}, WEAK: {"quality": 0.9}}))
    served: list[str] = []
    for number in range(160):
        got = ask(gateway, chat(f"question {number}"), x_request_id=f"r{number}")
        served.append(served_by(got) or "")
        assert say(gateway, f"r{number}", 1.0 if served[-1] == STRONG else 0.0) in (200, 201, 202)
    assert WEAK in served[:3], "it begins with the cheaper one"
    last = Counter(served[-60:])
    assert last[STRONG] > last[WEAK], served


def quality_of(gateway: gateway_process, model: str) -> float:
    (found,) = (one for one in gateway.call("POST", "/v1/route", chat()).json()["candidates"] if one["model"] == model)
    return found["quality"]


def test_feedback_is_held_against_what_was_predicted(start_gateway: starter, fake: fake_upstream) -> None:
    routing = {"strategy": "cost_optimal", "quality_min": 0.1, "learn": {"enabled": True, "explore_percent": 0}}
    gateway = start_gateway(config(fake, routing, {STRONG: {"quality": 0.9}, WEAK: {"quality": 0.5}}))

    def hear(score: float, times: int, named: str) -> str:
        heard = 0
        for number in range(3 * times):
            if heard < times and served_by(ask(gateway, x_request_id=f"{named}{number}")) == WEAK:  # now and then the other is tried
                assert say(gateway, f"{named}{number}", score) == 200
                heard, last = heard + 1, f"{named}{number}"
        assert heard == times
        return last

    hear(0.5, 30, "as_predicted")
    assert quality_of(gateway, WEAK) == pytest.approx(0.5, abs=0.01)
    last = hear(1.0, 60, "better")
    assert quality_of(gateway, WEAK) > 0.77
    known = quality_of(gateway, WEAK)
    for _ in range(40):
        assert say(gateway, last, 1.0) == 200
    assert quality_of(gateway, WEAK) == pytest.approx(known, abs=1e-6), "the same word again says nothing new"


@pytest.mark.parametrize(
    "tried",
    [
        {"learn": {"enabled": True, "explore_percent": 50}},
        {"other": {"strategy": "cost_optimal", "quality_min": 0.99, "serve_percent": 50}},
    ],
    ids=["exploration", "canary"],
)
def test_inside_tool_loops_nothing_is_tried_out(start_gateway: starter, fake: fake_upstream, tried: dict) -> None:
    gateway = start_gateway(config(fake, {"strategy": "cost_optimal", **tried}))
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    agent = [
        {"role": "user", "content": "Do it."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "done"},
    ]
    assert {served_by(ask(gateway, chat(messages=agent))) for _ in range(30)} == {WEAK}
    plain = Counter(served_by(ask(gateway)) for _ in range(60))
    assert plain[STRONG] > 0, "elsewhere it is tried"
    if "learn" in tried:
        assert gateway.gauge("inferenceflow_routing_explored_total") == plain[STRONG]


def test_a_budget_is_kept_and_told(start_gateway: starter, fake: fake_upstream) -> None:
    fake.script(STRONG, behaviour(usage=USAGE))
    fake.script(WEAK, behaviour(usage=USAGE))
    budget = 10 * cost_of(STRONG)
    routing = {"strategy": "in_order", "learn": {"enabled": False}, "budget": {"usd": round(budget, 6), "period_s": "100d"}}
    gateway = start_gateway(config(fake, {**routing, "strategy": "cost_optimal", "quality_min": 0.99}))
    body = chat("word " * 800, max_tokens=100)
    got = [ask(gateway, body) for _ in range(400)]
    by = Counter(answer.header("x-inferenceflow-model") for answer in got if answer.status == 200)
    assert by[STRONG] >= 5
    refused = [answer for answer in got if answer.status != 200]
    assert refused, by
    assert refused[-1].status == 429
    assert "budget" in refused[-1].json()["error"]["message"]
    assert 0 < int(refused[-1].header("retry-after") or 0) <= 100 * 24 * 3600
    spent = sum(float(answer.header("x-inferenceflow-cost") or 0) for answer in got)
    assert spent <= budget * 1.01


def judged_answers(path: Path, count: int, seed: int = 3) -> None:
    """The less sure of its tokens, the more often wrong: hardly ever, up to eight of ten."""
    draw = random.Random(seed)
    with path.open("w") as out:
        for _ in range(count):
            logprob = -2 * draw.random()
            wrong = draw.random() < 0.8 * (1 - math.exp(2 * logprob)) ** 2
            signals = {"logprob_mean": logprob, "logprob_min": logprob}
            out.write(json.dumps({"signals": signals, "wrong": int(wrong)}) + "\n")


def trust_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(binary()), "router", "trust", *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_judged_answers_set_the_threshold(start_gateway: starter, fake: fake_upstream, tmp_path: Path) -> None:
    judged_answers(tmp_path / "judged.jsonl", 3000)
    made = trust_command(str(tmp_path / "judged.jsonl"), "--out", str(tmp_path / "answers.trust"))
    assert made.returncode == 0, made.stderr
    assert "learned from 1500 answers" in made.stdout
    escalation = {"enabled": True, "file": str(tmp_path / "answers.trust"), "risk_max": 0.05}
    gateway = start_gateway(config(fake, {"strategy": "in_order", "escalation": escalation}, CHEAP_FIRST))
    fake.script(WEAK, behaviour(text="sure of it", logprob=-0.01))
    assert served_by(ask(gateway)) == WEAK
    fake.script(WEAK, behaviour(text="not at all", logprob=-1.9))
    assert served_by(ask(gateway)) == STRONG


def test_a_guarantee_is_refused_without_enough_answers(start_gateway: starter, fake: fake_upstream, tmp_path: Path) -> None:
    judged_answers(tmp_path / "judged.jsonl", 600)
    made = trust_command(str(tmp_path / "judged.jsonl"), "--out", str(tmp_path / "answers.trust"))
    assert made.returncode == 0, made.stderr
    assert "500" in made.stdout, "says why there is no threshold"
    escalation = {"enabled": True, "file": str(tmp_path / "answers.trust")}
    with pytest.raises(RuntimeError, match="500"):
        start_gateway(config(fake, {"strategy": "in_order", "escalation": escalation}, CHEAP_FIRST))


def test_a_trust_file_without_its_calibration_is_refused(start_gateway: starter, fake: fake_upstream, tmp_path: Path) -> None:
    judged_answers(tmp_path / "judged.jsonl", 1200)
    trust_command(str(tmp_path / "judged.jsonl"), "--out", str(tmp_path / "answers.trust"))
    (tmp_path / "answers.trust.calibration").unlink()
    escalation = {"enabled": True, "file": str(tmp_path / "answers.trust")}
    with pytest.raises(RuntimeError, match=r"answers\.trust\.calibration"):
        start_gateway(config(fake, {"strategy": "in_order", "escalation": escalation}, CHEAP_FIRST))


def test_halves_are_drawn_at_random_and_all_lines_are_in_one(tmp_path: Path) -> None:
    lines = [json.dumps({"signals": {"logprob_mean": -1}, "wrong": number % 2}) for number in range(1201)]
    (tmp_path / "judged.jsonl").write_text("\n".join(lines))
    made = trust_command(str(tmp_path / "judged.jsonl"), "--out", str(tmp_path / "answers.trust"))
    assert made.returncode == 0, made.stderr
    assert "learned from 601 answers" in made.stdout
    assert len((tmp_path / "answers.trust.calibration").read_text().splitlines()) == 600


def test_no_trust_is_left_beside_a_calibration_that_could_not_be_written(tmp_path: Path) -> None:
    judged_answers(tmp_path / "judged.jsonl", 600)
    (tmp_path / "answers.trust").write_text("of other answers")
    (tmp_path / "answers.trust.calibration.writing").mkdir()
    made = trust_command(str(tmp_path / "judged.jsonl"), "--out", str(tmp_path / "answers.trust"))
    assert made.returncode == 1, made.stderr
    assert not (tmp_path / "answers.trust").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "0 labelled answers"),
        ("{}\n", "line 1"),
        ('{"signals": {}, "wrong": 2}\n', "line 1"),
        ('{"signals": {"margin": 0.5}, "wrong": 0}\n' * 200, "wrong"),
    ],
    ids=["empty", "no_signals", "no_label", "never_wrong"],
)
def test_answers_that_teach_nothing_are_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "judged.jsonl").write_text(text)
    made = trust_command(str(tmp_path / "judged.jsonl"), "--out", str(tmp_path / "answers.trust"))
    assert made.returncode == 2, made.stdout
    assert why in made.stderr
    assert not (tmp_path / "answers.trust").exists()


def test_a_damaged_trust_file_stops_the_start(start_gateway: starter, fake: fake_upstream, tmp_path: Path) -> None:
    (tmp_path / "answers.trust").write_bytes(b"not such a file")
    escalation = {"enabled": True, "file": str(tmp_path / "answers.trust")}
    with pytest.raises(RuntimeError, match=r"escalation\.file"):
        start_gateway(config(fake, {"strategy": "in_order", "escalation": escalation}, CHEAP_FIRST))


def test_a_decision_without_a_call(start_gateway: starter, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, {"strategy": "cost_optimal"}))
    got = gateway.call("POST", "/v1/route", chat("Which one?"))
    assert got.status == 200
    decision = got.json()
    assert decision["chosen"]["model"] == WEAK
    assert [(one["model"], one["verdict"]) for one in decision["candidates"]] == [(STRONG, "dearer"), (WEAK, "chosen")]
    assert not fake.calls(STRONG)
    assert not fake.calls(WEAK)
    assert gateway.call("POST", "/v1/route", chat("x") | {"model": "absent"}).status == 404
    assert gateway.call("POST", "/v1/route", {"model": "auto"}).status == 400
    assert gateway.call("GET", "/v1/route").status == 405
    assert not gateway.ledger_rows(), "nothing was asked of any model"


def test_what_a_request_allows(start_gateway: starter, fake: fake_upstream) -> None:
    models = {STRONG: {"quality": 0.9, "tags": ["eu"]}, WEAK: {"quality": 0.9}}
    gateway = start_gateway(config(fake, {"strategy": "cost_optimal"}, models))
    assert served_by(ask(gateway, x_inferenceflow_route_models=f"p/{STRONG}")) == STRONG
    assert served_by(ask(gateway, x_inferenceflow_route_tags="eu")) == STRONG
    assert served_by(ask(gateway)) == WEAK
    assert ask(gateway, x_inferenceflow_budget_usd="0.0000001").status == 400
    assert ask(gateway, x_inferenceflow_route_tags="mars").status == 400
