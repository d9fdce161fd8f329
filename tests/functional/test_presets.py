"""Presets of providers: what a host gets that a preset or a dialect stands for."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from support.configurations import CHAT, base_config
from support.fake_upstream import fake_upstream
from support.gateway_process import REPOSITORY, binary, gateway_process

MESSAGES = "/v1/messages"


@pytest.fixture
def preset_gateway(
    upstream: fake_upstream, start_gateway: Callable[..., gateway_process], tmp_path
) -> Callable[..., gateway_process]:
    def start(preset: str, **extra: object) -> gateway_process:
        config = base_config(None)
        entry = {"name": "host", "preset": preset, "base_url": upstream.url, "any_model": True, **extra}
        config["providers"] = [entry]
        keys = ("GROQ_API_KEY", "MISTRAL_API_KEY", "AZURE_OPENAI_API_KEY")
        return start_gateway(config, {key: f"sk-of-{key}" for key in keys})

    return start


def chat_body(model: str, **extra: object) -> dict:
    return {"model": model, "messages": [{"role": "user", "content": "hi"}], "max_tokens": 9, **extra}


def test_readme_shows_the_table() -> None:
    table = subprocess.run([str(binary()), "presets"], capture_output=True, text=True, timeout=30, check=True).stdout
    assert "| `groq` | `https://api.groq.com/openai/v1` | openai | `GROQ_API_KEY` | groq |" in table
    assert table in (REPOSITORY / "README.md").read_text()


def test_presets_has_help() -> None:
    done = subprocess.run([str(binary()), "presets", "--help"], capture_output=True, text=True, timeout=30, check=True)
    assert "presets_file" in done.stdout


def test_a_preset_brings_its_key(preset_gateway, upstream: fake_upstream) -> None:
    gateway = preset_gateway("groq")
    assert gateway.call("POST", CHAT, chat_body("host/preset-key")).status == 200
    assert upstream.calls("preset-key")[-1].header("authorization") == "Bearer sk-of-GROQ_API_KEY"


def test_azure_takes_its_key_in_a_header_of_its_own(preset_gateway, upstream: fake_upstream) -> None:
    gateway = preset_gateway("azure")
    assert gateway.call("POST", CHAT, chat_body("host/preset-azure")).status == 200
    seen = upstream.calls("preset-azure")[-1]
    assert seen.header("api-key") == "sk-of-AZURE_OPENAI_API_KEY"
    assert seen.header("authorization") is None


def test_mistral_is_never_asked_for_stream_options(preset_gateway, upstream: fake_upstream) -> None:
    gateway = preset_gateway("mistral")
    body = chat_body("host/preset-mistral", stream=True)
    assert gateway.call("POST", CHAT, body).status == 200
    assert "stream_options" not in upstream.calls("preset-mistral")[-1].json()
    assert gateway.call("POST", MESSAGES, body).status == 200
    seen = upstream.calls("preset-mistral")[-1].json()
    assert "stream_options" not in seen
    assert seen["max_tokens"] == 9, "translated in the host's dialect"


def test_a_dialect_without_a_preset(preset_gateway, upstream: fake_upstream) -> None:
    gateway = preset_gateway("groq", dialect="vllm")
    body = chat_body("host/preset-dialect", top_k=3)
    assert gateway.call("POST", MESSAGES, body).status == 200
    assert upstream.calls("preset-dialect")[-1].json()["top_k"] == 3


def test_what_a_host_does_not_take_is_named(preset_gateway, upstream: fake_upstream) -> None:
    gateway = preset_gateway("groq")
    got = gateway.call("POST", MESSAGES, chat_body("host/preset-dropped", top_k=3))
    assert got.status == 200
    assert "top_k" in (got.header("x-inferenceflow-dropped") or "")
    assert "top_k" not in upstream.calls("preset-dropped")[-1].json()


def test_prices_go_by_the_preset(preset_gateway) -> None:
    """The address is the fake's, the name nobody's: only the preset says whose prices hold."""
    gateway = preset_gateway("groq")
    got = gateway.call("POST", CHAT, chat_body("host/llama-3.1-8b-instant"))
    assert got.status == 200
    # 11 tokens in at 0.05, 7 out at 0.08 dollars per million
    assert got.header("x-inferenceflow-cost") == "0.000001110"
