"""The official OpenAI SDK for Node, run as a program of its own (tests/node/openai_sdk.mjs)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.configurations import CHAT_MODEL, EMBEDDING_MODEL, model_name
from support.fake_upstream import fake_upstream
from support.gateway_process import REPOSITORY, clean_environment, gateway_process
from support.upstream_script import behaviour


@pytest.fixture(scope="module")
def node_modules() -> Path:
    """Where the SDK is installed: $INFERENCEFLOW_HOME/test-node."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(os.environ.get("INFERENCEFLOW_HOME") or cache / "inferenceflow")
    folder = home / "test-node"
    if shutil.which("node") is None or not (folder / "node_modules/openai").is_dir():
        pytest.skip("node or its openai package is absent: `make test` installs both")
    return folder


def run_checks(gateway: gateway_process, node_modules: Path, *names: str) -> list[str]:
    script = REPOSITORY / "tests/node/openai_sdk.mjs"
    done = subprocess.run(
        ["node", str(script), f"{gateway.url}/v1", *names],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=clean_environment({"IFLOW_NODE_MODULES": str(node_modules)}),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split()


def test_against_an_upstream(
    gateway: gateway_process, upstream: fake_upstream, node_modules: Path, model: model_name, other_model: model_name
) -> None:
    upstream.script(other_model.upstream, behaviour(status=429))
    passed = run_checks(gateway, node_modules, model.client, model.client, other_model.client)
    assert len(passed) == 8


@pytest.mark.local_model
def test_against_the_local_model(local_gateway: gateway_process, node_modules: Path) -> None:
    passed = run_checks(local_gateway, node_modules, CHAT_MODEL, EMBEDDING_MODEL, "-")
    assert len(passed) == 7
