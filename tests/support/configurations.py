"""Configurations of gateways under test, and the model names that tests use."""

from __future__ import annotations

import copy
import itertools
import os
from pathlib import Path

import pytest

from support.fake_upstream import fake_upstream

PROVIDER_KEY = "sk-provider-key-that-must-never-leave"
CHAT_MODEL = "SmolLM2-135M-Instruct"
EMBEDDING_MODEL = "all-MiniLM-L6-v2"
CONTEXT_TOKENS = 4096  # shared by the sequences of the model: four long answers fit
CHAT = "/v1/chat/completions"

# Whoever tests one call wants to see that call alone: nothing is sent again, nothing sits out.
ONE_CALL = {
    "retry": {"attempts_max": 1},
    "breaker": {"consecutive_failures": 0, "calls_min": 100_000},
    "health": {"call_failures": 0},
    "keys": {"limited_time_ms": 1},
}

_numbers = itertools.count(1)


def model_file(pattern: str) -> Path | None:
    """A default model's file under $INFERENCEFLOW_HOME, or None."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(os.environ.get("INFERENCEFLOW_HOME") or cache / "inferenceflow")
    return next(iter(sorted((home / "models").glob(pattern))), None)


def merge(base: dict, extra: dict) -> dict:
    """`extra` laid over `base`, mappings merged, everything else replaced."""
    merged = copy.deepcopy(base)
    for key, value in extra.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def provider(upstream: fake_upstream, **extra: object) -> dict:
    """The configuration of a provider that stands for `upstream`."""
    return {
        "name": "fake",
        "base_url": upstream.url,
        "api_key_env": "FAKE_PROVIDER_KEY",
        "any_model": True,
        "models": ["plain-model", {"name": "alias-model", "upstream_name": "real-name-upstream"}],
        **extra,
    }


def base_config(upstream: fake_upstream | None, **provider_extra: object) -> dict:
    """A whole configuration without local models. File names are relative to the gateway's own folder."""
    return {
        "server": {"host": "127.0.0.1", "port": 0, "loops": 2},
        "log": {"level": "debug"},
        "local": {"enabled": False},
        "providers": [provider(upstream, **provider_extra)] if upstream else [],
        "cost": {"ceiling": {"input_usd_per_mtok": 100, "output_usd_per_mtok": 400}},
        "ledger": {"path": "ledger.sqlite"},
        "resilience": ONE_CALL,
    }


def local_config(context_tokens: int = CONTEXT_TOKENS) -> dict:
    """Both default models. Skips the test when their files are absent."""
    chat, embedding = model_file("SmolLM2-135M-Instruct*.gguf"), model_file("all-MiniLM-L6-v2*.gguf")
    if chat is None or embedding is None:
        pytest.skip("default model files are absent: run `make models` (scripts/fetch_models.sh) first")
    models = [
        {"name": CHAT_MODEL, "file": str(chat), "kind": "chat", "context_tokens": context_tokens, "sequences_max": 4},
        {"name": EMBEDDING_MODEL, "file": str(embedding), "kind": "embedding"},
    ]
    return {"local": {"enabled": True, "threads": 2, "models": models}}


class model_name:
    """A model of the fake provider that no other test uses: as clients name it, and as the upstream sees it."""

    def __init__(self) -> None:
        self.upstream = f"test-model-{next(_numbers)}"
        self.client = f"fake/{self.upstream}"

    def chat(self, content: str = "Say something.", **extra: object) -> dict:
        return {"model": self.client, "messages": [{"role": "user", "content": content}], **extra}
