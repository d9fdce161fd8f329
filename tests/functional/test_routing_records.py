"""What is kept, told and learned of a routed request: GET /v1/requests/{id}, POST /infer, POST /v1/feedback."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.configurations import CHAT, base_config, merge
from support.fake_upstream import fake_upstream
from support.gateway_process import binary, clean_environment, gateway_process
from support.raw_http import answer
from support.upstream_script import behaviour, usage_counts

STRONG, WEAK = "gpt-4o", "gpt-4o-mini"
COST = {"strategy": "cost_optimal"}
ESCALATE = {"strategy": "in_order", "escalation": {"enabled": True, "confidence_min": 0.8}}
SURE, UNSURE = -0.001, -1.2


@pytest.fixture
def fake() -> Iterator[fake_upstream]:
    with fake_upstream() as one:
        yield one


def config(upstream: fake_upstream, routing: dict) -> dict:
    models = [
        {"name": WEAK, "quality": 0.88, "tier": "small", "tags": ["eu"]},
        {"name": STRONG, "quality": 0.9, "tier": "large"},
    ]
    provider = {"name": "p", "base_url": upstream.url, "price_provider": "openai", "models": models}
    route = {"model": "auto", "targets": [f"p/{WEAK}", f"p/{STRONG}"], "routing": routing}
    return merge(base_config(None), {"providers": [provider], "routes": [route], "ledger": {"requests": True}})


def chat(content: str = "Say something.") -> dict:
    return {"model": "auto", "messages": [{"role": "user", "content": content}]}


def report(gateway: gateway_process, got: answer) -> dict:
    found = gateway.call("GET", f"/v1/requests/{got.header('x-request-id')}")
    assert found.status == 200, found.body
    return found.json()


def test_a_report_names_all_candidates_and_why_each_lost(start_gateway, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, COST))
    routing = report(gateway, gateway.call("POST", CHAT, chat()))["routing"]
    assert (routing["route"], routing["strategy"], routing["role"]) == ("auto", "cost_optimal", "main")
    assert routing["chosen"] == {"provider": "p", "model": WEAK, "tier": "small"}
    by_model = {each["model"]: each for each in routing["candidates"]}
    assert by_model[WEAK]["verdict"] == "chosen"
    assert by_model[STRONG]["verdict"] == "dearer"
    assert by_model[WEAK]["cost_usd"] < by_model[STRONG]["cost_usd"]
    assert by_model[WEAK]["score"] < by_model[STRONG]["score"]
    assert (routing["propensity"], routing["explored"]) == (1, False)
    assert 0 <= routing["complexity"] <= 1
    assert routing["feedback"] is None


def test_a_report_shows_an_escalation(start_gateway, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text="perhaps", logprob=UNSURE))
    fake.script(STRONG, behaviour(text="four", logprob=SURE))
    gateway = start_gateway(config(fake, ESCALATE))
    got = gateway.call("POST", CHAT, chat())
    document = report(gateway, got)
    assert document["model"] == STRONG
    assert (document["routing"]["escalations"], document["routing"]["tier"]) == (1, "large")
    assert document["routing"]["chosen"]["model"] == WEAK


def test_a_route_without_a_choice_has_none_to_report(start_gateway, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, {}))
    assert report(gateway, gateway.call("POST", CHAT, chat()))["routing"] is None


def test_a_shadow_is_neither_reported_nor_judged(start_gateway, fake: fake_upstream) -> None:
    other = {"strategy": "cost_optimal", "quality_min": 0.5, "send_percent": 100}
    gateway = start_gateway(config(fake, {**COST, "quality_min": 0.99, "other": other}))
    got = gateway.call("POST", CHAT, chat())
    gateway.rows_of("auto", 2)
    assert report(gateway, got)["model"] == STRONG == got.header("x-inferenceflow-model")
    said = {"request_id": got.header("x-request-id"), "label": "good"}
    assert gateway.call("POST", "/v1/feedback", said).status == 200
    done = export(gateway)
    assert json.loads(done.stdout)["scores"] == {STRONG: 1}


def test_a_canary_is_reported_with_the_complexity_of_its_prompt(start_gateway, fake: fake_upstream) -> None:
    other = {"strategy": "cost_optimal", "quality_min": 0.5, "serve_percent": 100}
    gateway = start_gateway(config(fake, {**COST, "quality_min": 0.99, "other": other}))
    routing = report(gateway, gateway.call("POST", CHAT, chat("Prove that sum k^3 = (n(n+1)/2)^2. `def f(x): x**2` " * 9)))["routing"]
    assert routing["role"] == "canary"
    assert routing["complexity"] == routing["other"]["complexity"] > 0


def export(gateway: gateway_process) -> subprocess.CompletedProcess[str]:
    ledger: Path = gateway.folder / "ledger.sqlite"
    command = [str(binary()), "router", "export", "--ledger", str(ledger)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=clean_environment())


def test_infer_tells_tier_confidence_and_escalations(start_gateway, fake: fake_upstream) -> None:
    fake.script(WEAK, behaviour(text="four", logprob=SURE))
    fake.script(STRONG, behaviour(text="4", logprob=SURE))
    gateway = start_gateway(config(fake, ESCALATE))
    document = gateway.call("POST", "/infer", {"prompt": "What is 2+2?"}).json()
    assert (document["response"], document["model"], document["tier"]) == ("four", WEAK, "small")
    assert document["escalations"] == 0
    assert document["confidence"] > 0.8
    fake.script(WEAK, behaviour(text="perhaps", logprob=UNSURE))
    document = gateway.call("POST", "/infer", {"prompt": "What is 3+1?"}).json()
    assert (document["response"], document["tier"], document["escalations"]) == ("4", "large", 1)


def test_infer_escalates_below_the_confidence_it_asks_for(start_gateway, fake: fake_upstream) -> None:
    gateway = start_gateway(config(fake, {"strategy": "in_order", "escalation": {"enabled": True}}))
    fake.script(WEAK, behaviour(text="perhaps", logprob=-0.3))
    body = {"prompt": "What is 2+2?", "min_confidence": 0.99}
    assert gateway.call("POST", "/infer", body).json()["model"] == STRONG
    assert gateway.call("POST", "/infer", {**body, "min_confidence": 0.01}).json()["model"] == WEAK


def test_a_budget_leaves_out_what_is_too_dear(start_gateway, fake: fake_upstream) -> None:
    for model in (STRONG, WEAK):
        fake.script(model, behaviour(usage=usage_counts(prompt=10, completion=100)))
    gateway = start_gateway(config(fake, {**COST, "quality_min": 0.99}))
    body = {"prompt": "What is 2+2?", "max_tokens": 100}
    first = gateway.call("POST", "/infer", body)
    assert first.json()["model"] == STRONG
    gateway.call("POST", "/infer", body)  # lengths of answers are known from now on
    costs = [each["cost_usd"] for each in report(gateway, gateway.call("POST", "/infer", body))["routing"]["candidates"]]
    budget = sum(costs) / 2
    assert gateway.call("POST", "/infer", {**body, "budget": budget}).json()["model"] == WEAK
    got = gateway.call("POST", CHAT, {**chat(), "max_tokens": 100}, {"x-inferenceflow-budget-usd": f"{budget:.9f}"})
    assert got.header("x-inferenceflow-model") == WEAK
    got = gateway.call("POST", "/infer", {**body, "budget": 1e-9})
    assert got.status == 400, got.body
    assert STRONG in got.error["message"] and WEAK in got.error["message"]


@pytest.mark.parametrize(("wish", "model"), [({"models": [STRONG]}, STRONG), ({"tags": ["eu"]}, WEAK)])
def test_models_and_tags_are_kept_to(start_gateway, fake: fake_upstream, wish: dict, model: str) -> None:
    usual = STRONG if model == WEAK else WEAK
    gateway = start_gateway(config(fake, {**COST, "quality_min": 0.99 if usual == STRONG else 0.5}))
    assert gateway.call("POST", "/infer", {"prompt": "x"}).json()["model"] == usual
    assert gateway.call("POST", "/infer", {"prompt": "x", **wish}).json()["model"] == model
    nobody = gateway.call("POST", "/infer", {"prompt": "x", **{key: ["absent"] for key in wish}})
    assert nobody.status == 400, nobody.body
