"""Runs cells: in this process for Python's SDKs, in one Node process for all cells of Node's."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path

from support.gateway_process import REPOSITORY, clean_environment
from support.sdk_clients.python_anthropic import python_anthropic
from support.sdk_clients.python_boto3 import python_boto3
from support.sdk_clients.python_cohere import python_cohere
from support.sdk_clients.python_genai import python_genai
from support.sdk_clients.python_openai_chat import ERRORS, python_openai_chat
from support.sdk_clients.python_openai_responses import python_openai_responses
from support.sdk_clients.wish import made_call, outcome, sdk_client, wish
from support.sdk_matrix.cases import RESULTS

PYTHON = (
    python_openai_chat,
    python_openai_responses,
    python_anthropic,
    python_genai,
    python_cohere,
    python_boto3,
)
NODE = {  # name: what it raises by status
    "node openai, chat": ERRORS,
    "node openai, responses": ERRORS,
    "node anthropic": {**ERRORS, 529: "OverloadedError"},
}
CLIENTS = (*(kind.name for kind in PYTHON), *NODE)
NODE_TIMEOUT_S = 120


def errors_of(client: str) -> dict[int, str]:
    """The exception classes that the SDK must raise."""
    return NODE.get(client) or next(kind.errors for kind in PYTHON if kind.name == client)


def talk(client: sdk_client, want: wish) -> list[outcome]:
    """Asks; answers calls with the tools' results and asks again."""
    first = client.ask(want)
    if not first.calls:
        return [first]
    answers = tuple((call.id, call.name, RESULTS[call.name]) for call in first.calls)
    return [first, client.ask(replace(want, history=((first.native, answers),)))]


class node_absent(Exception):
    """Node or its packages are not installed."""


def node_modules() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("INFERENCEFLOW_HOME") or cache / "inferenceflow") / "test-node"
    if not (folder / "node_modules/@anthropic-ai/sdk").is_dir():
        raise node_absent(f"{folder} does not hold the SDKs: scripts/test_env.sh installs them")
    return folder


def talk_in_node(url: str, jobs: Sequence[tuple[str, wish]]) -> list[list[outcome]]:
    """All jobs, (client, wish), one after another in one process; the outcomes of each, in the same order."""
    given = []
    for client, want in jobs:
        spelled = {**asdict(want), "picture": base64.b64encode(want.picture).decode()}
        given.append({"client": client, "want": spelled, "results": RESULTS})
    done = subprocess.run(
        ["node", str(REPOSITORY / "tests/node/sdk_matrix.mjs"), url],
        input=json.dumps(given).encode(),
        capture_output=True,
        timeout=NODE_TIMEOUT_S,
        check=False,
        env=clean_environment({"IFLOW_NODE_MODULES": str(node_modules())}),
    )
    if done.returncode != 0:
        raise RuntimeError(f"node ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
    return [[_outcome(one) for one in job] for job in json.loads(done.stdout)]


def _outcome(document: dict) -> outcome:
    calls = [made_call(call["id"], call["name"], call["arguments"]) for call in document["calls"]]
    known = {entry.name for entry in fields(outcome)}
    return outcome(**{**{name: value for name, value in document.items() if name in known}, "calls": calls})
