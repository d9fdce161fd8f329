"""Escalation for clients and upstreams of every protocol: who answers, what is paid, what the head says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.configurations import base_config, merge
from support.fake_upstream import fake_upstream
from support.fakes.protocols import base_url, fake_providers
from support.gateway_process import gateway_process
from support.plain_requests import body_of, path_of
from support.raw_http import answer
from support.routing_setup import STRONG, USAGE, WEAK, cost_of
from support.upstream_script import behaviour

PROTOCOLS = ("openai", "openai_responses", "anthropic", "gemini", "cohere", "bedrock")
DECLINES = "I'm sorry, but I can't."
ESCALATES = {"strategy": "in_order", "escalation": {"enabled": True, "confidence_min": 0.1}}


def provider(name: str, fake: fake_upstream) -> dict:
    models = [
        {"name": f"{name}-weak", "upstream_name": WEAK, "tier": "small"},
        {"name": f"{name}-strong", "upstream_name": STRONG, "tier": "large"},
    ]
    region = {"region": "us-east-1"} if name == "bedrock" else {}
    key = {"api_key_env": "FAKE_PROVIDER_KEY", "price_provider": "openai"}
    return {"name": name, "protocol": name, "base_url": base_url(fake), "models": models, **key, **region}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[gateway_process]:
    with fake_providers() as fakes:
        for name in PROTOCOLS:
            fakes[name].script(WEAK, behaviour(text=DECLINES, usage=USAGE))
            fakes[name].script(STRONG, behaviour(text="four", usage=USAGE))
        routes = [
            {"model": f"over-{name}", "targets": [f"{name}/{name}-weak", f"{name}/{name}-strong"], "routing": ESCALATES}
            for name in PROTOCOLS
        ]
        providers = [provider(name, fakes[name]) for name in PROTOCOLS]
        settings = merge(base_config(None), {"providers": providers, "routes": routes})
        with gateway_process(settings, {"FAKE_PROVIDER_KEY": "key"}, tmp_path_factory.mktemp("gateway")) as process:
            yield process


def ask(gateway: gateway_process, client: str, backend: str, stream: bool) -> answer:
    model = f"over-{backend}"
    got = gateway.call("POST", path_of(client, model, stream), body_of(client, model, stream))
    assert got.status == 200, got.body
    return got


@pytest.mark.parametrize("stream", [False, True], ids=["document", "stream"])
@pytest.mark.parametrize("backend", PROTOCOLS)
@pytest.mark.parametrize("client", PROTOCOLS)
def test_what_is_declined_is_asked_of_the_better_model(
    gateway: gateway_process, client: str, backend: str, stream: bool
) -> None:
    got = ask(gateway, client, backend, stream)
    assert got.header("x-inferenceflow-model") == STRONG
    assert got.header("x-inferenceflow-tier") == "large"
    assert got.header("x-inferenceflow-escalations") == "1"
    assert (got.header("x-inferenceflow-route") or "").endswith("escalations=1")
    cost = got.trailer("x-inferenceflow-cost") if stream else got.header("x-inferenceflow-cost")
    assert float(cost or 0) == pytest.approx(cost_of(WEAK) + cost_of(STRONG))
