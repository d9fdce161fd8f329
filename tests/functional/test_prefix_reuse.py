"""Prompts that begin alike, at a local model: computed once, shown in usage, and billed at their price."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from support.configurations import CHAT, CHAT_MODEL, base_config, local_config, merge
from support.fake_upstream import fake_upstream
from support.gateway_process import gateway_process
from support.raw_http import answer

pytestmark = pytest.mark.local_model
HOUSE = " ".join(f"Rule {i}: guests leave their shoes at the door and speak softly." for i in range(1, 41))
PRICES = {"input_usd_per_mtok": 4, "cached_input_usd_per_mtok": 1, "output_usd_per_mtok": 8}


def start(upstream: fake_upstream, start_gateway, **model: object) -> gateway_process:
    local = local_config(context_tokens=2048)
    local["local"]["models"][0] |= {"price": PRICES, **model}
    return start_gateway(merge(base_config(upstream), local))


def ask(gateway: gateway_process, question: str, tenant: str = "one", **extra: object) -> answer:
    messages = [{"role": "system", "content": HOUSE}, {"role": "user", "content": question}]
    body = {"model": CHAT_MODEL, "messages": messages, "max_tokens": 8, "temperature": 0, **extra}
    headers = {"Cache-Control": "no-store", "x-inferenceflow-tenant": tenant}
    got = gateway.call("POST", CHAT, body, headers, timeout_s=120)
    assert got.status == 200, got.body
    return got


def reused(got: answer) -> int:
    return got.json()["usage"]["prompt_tokens_details"]["cached_tokens"]


def test_a_system_prompt_is_computed_once(upstream: fake_upstream, start_gateway) -> None:
    gateway = start(upstream, start_gateway)
    assert reused(ask(gateway, "What is the capital of France?")) == 0
    second = ask(gateway, "What is two plus two?")
    usage = second.json()["usage"]
    assert usage["prompt_tokens"] - 64 < reused(second) < usage["prompt_tokens"]
    fresh = usage["prompt_tokens"] - reused(second)
    micro_usd = 4 * fresh + 1 * reused(second) + 8 * usage["completion_tokens"]
    assert Decimal(second.header("x-inferenceflow-cost") or 0) == Decimal(micro_usd) / 1_000_000
    hits = gateway.gauge("inferenceflow_engine_prefix_hit_tokens_total", CHAT_MODEL)
    assert hits == reused(second)


def test_tenants_share_only_where_configured(upstream: fake_upstream, start_gateway) -> None:
    apart = start(upstream, start_gateway)
    assert reused(ask(apart, "What is the capital of France?", tenant="one")) == 0
    assert reused(ask(apart, "What is two plus two?", tenant="two")) == 0
    assert reused(ask(apart, "What is two plus two?", tenant="one")) > 500
    together = start(upstream, start_gateway, share_prefixes=True)
    assert reused(ask(together, "What is the capital of France?", tenant="one")) == 0
    assert reused(ask(together, "What is two plus two?", tenant="two")) > 500


def test_switched_off(upstream: fake_upstream, start_gateway) -> None:
    gateway = start(upstream, start_gateway, prefixes_max=0)
    assert reused(ask(gateway, "What is two plus two?")) == 0
    assert reused(ask(gateway, "What is two plus two?")) == 0


def test_a_stream_tells_it_too(upstream: fake_upstream, start_gateway) -> None:
    gateway = start(upstream, start_gateway)
    ask(gateway, "What is the capital of France?")
    stream = ask(gateway, "Name a colour.", stream=True, stream_options={"include_usage": True})
    assert json.loads(stream.events()[-2])["usage"]["prompt_tokens_details"]["cached_tokens"] > 500
