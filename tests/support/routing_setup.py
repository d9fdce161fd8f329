"""A route over a strong and a weak model at OpenAI's prices, behind one fake upstream."""

from __future__ import annotations

from support.configurations import CHAT, base_config, merge
from support.fake_upstream import fake_upstream
from support.gateway_process import gateway_process
from support.raw_http import answer
from support.upstream_script import usage_counts

STRONG, WEAK = "gpt-4o", "gpt-4o-mini"  # at OpenAI's prices: 2.50/10 and 0.15/0.60 USD a million
PRICES = {STRONG: (2.5, 10.0), WEAK: (0.15, 0.6)}
USAGE = usage_counts(prompt=1000, completion=100)
SURE, UNSURE = -0.001, -1.2


def config(upstream: fake_upstream, routing: dict, models: dict[str, dict] | None = None) -> dict:
    """Route `auto`: the strong model first, then the weak one, unless `models` says otherwise."""
    told = models or {STRONG: {"quality": 0.9, "tier": "large"}, WEAK: {"quality": 0.88, "tier": "small"}}
    provider = {
        "name": "p",
        "base_url": upstream.url,
        "price_provider": "openai",
        "models": [{"name": name, **traits} for name, traits in told.items()],
    }
    route = {"model": "auto", "targets": [f"p/{name}" for name in told], "routing": routing}
    return merge(base_config(None), {"providers": [provider], "routes": [route]})


def chat(content: str = "Say something.", **extra: object) -> dict:
    return {"model": "auto", "messages": [{"role": "user", "content": content}], **extra}


def ask(gateway: gateway_process, body: dict | None = None, **headers: str) -> answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return gateway.call("POST", CHAT, body or chat(), named)


def served_by(got: answer) -> str | None:
    assert got.status == 200, got.body
    return got.header("x-inferenceflow-model")


def cost_of(model: str, times: int = 1) -> float:
    inward, outward = PRICES[model]
    return times * (inward * 1000 + outward * 100) / 1e6


COST = {"strategy": "cost_optimal"}
ESCALATE = {"strategy": "in_order", "escalation": {"enabled": True, "confidence_min": 0.8}}
CHEAP_FIRST = {WEAK: {"tier": "small"}, STRONG: {"tier": "large"}}
