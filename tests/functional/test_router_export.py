"""inferenceflow router export: what the ledger knows of good and bad answers, as training lines."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from support.configurations import CHAT, base_config, merge
from support.fake_upstream import fake_upstream
from support.gateway_process import binary, clean_environment, gateway_process


def export(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(binary()), "router", "export", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=cwd, env=clean_environment())


def judge(gateway: gateway_process, path: str, body: dict, **said: object) -> None:
    got = gateway.call("POST", path, body)
    assert got.status == 200, got.body
    said = {"request_id": got.header("x-request-id"), **said}
    assert gateway.call("POST", "/v1/feedback", said).status == 200


def chat(model: str, content: str) -> dict:
    return {"model": model, "messages": [{"role": "user", "content": content}]}


@pytest.fixture
def judged(start_gateway, upstream: fake_upstream) -> gateway_process:
    """A running gateway that keeps requests, some of them judged."""
    gateway = start_gateway(merge(base_config(upstream), {"ledger": {"requests": True}}))
    judge(gateway, CHAT, chat("fake/one", "What is 2+2?"), label="good")
    judge(gateway, CHAT, chat("fake/one", "What is 2+2?"), score=0.5)
    judge(gateway, "/infer", {"prompt": "Why?", "model": "fake/two"}, label="wrong")
    anthropic = {"model": "fake/two", "max_tokens": 5, "system": "s", "messages": [{"role": "user", "content": "u"}]}
    judge(gateway, "/v1/messages", anthropic, score=1)
    judge(gateway, CHAT, chat("fake/one", "odd"), label="odd")
    judge(gateway, "/v1/completions", {"model": "fake/one", "prompt": "x"}, score=1)
    gateway.call("POST", CHAT, chat("fake/one", "never judged"))
    return gateway


def test_lines_are_what_was_judged(judged: gateway_process, tmp_path: Path) -> None:
    out = tmp_path / "train.jsonl"
    done = export("--ledger", str(judged.folder / "ledger.sqlite"), "--out", str(out))
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(line["prompt"], line["scores"]) for line in lines] == [
        ("What is 2+2?", {"one": 0.75}),
        ("Why?", {"two": 0}),
        ("u", {"two": 1}),
    ]
    assert lines[2]["context"] == "s"
    assert all(line["turns"] == 1 and line["group"] for line in lines)
    assert all(tokens > 0 for line in lines for tokens in line["output_tokens"].values())
    assert "6 judged requests: 4 with 3 prompts written" in done.stderr
    assert "1 have labels without a score" in done.stderr
    assert "1 are embeddings or text completions" in done.stderr
    assert done.stdout == ""
    assert not list(tmp_path.glob("*.writing"))


def test_standard_output_and_the_configurations_ledger(judged: gateway_process) -> None:
    done = export("-c", str(judged.folder / "config.yaml"), "--qualified", cwd=judged.folder)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["scores"] == {"fake/one": 0.75}


def test_nothing_to_write_is_a_failure_and_leaves_the_file(start_gateway, upstream: fake_upstream, tmp_path: Path) -> None:
    gateway = start_gateway(base_config(upstream))
    judge(gateway, CHAT, chat("fake/one", "not kept"), score=1)
    out = tmp_path / "train.jsonl"
    out.write_text("before\n")
    done = export("--ledger", str(gateway.folder / "ledger.sqlite"), "--out", str(out))
    assert done.returncode == 1
    assert "1 were not kept: set ledger.requests" in done.stderr
    assert "nothing to train on" in done.stderr
    assert out.read_text() == "before\n"
    assert [each.name for each in tmp_path.iterdir()] == ["train.jsonl"]


def test_wrong_options_are_told(tmp_path: Path) -> None:
    (tmp_path / "no-ledger").write_text("x" * 5_000)
    for arguments, reason in (
        (["--ledger", str(tmp_path / "absent")], "absent"),
        (["--ledger", str(tmp_path / "no-ledger")], "not a database"),
    ):
        done = export(*arguments)
        assert done.returncode == 1, done.stderr
        assert reason in done.stderr
    done = export("--ledger", "x", "--since", "soon")
    assert (done.returncode, "--since soon" in done.stderr) == (2, True)
    done = export("-c", str(tmp_path / "absent.yaml"))
    assert (done.returncode, "absent.yaml" in done.stderr) == (2, True)


def test_a_folder_that_cannot_be_written_is_told(judged: gateway_process, tmp_path: Path) -> None:
    done = export("--ledger", str(judged.folder / "ledger.sqlite"), "--out", str(tmp_path / "no" / "train.jsonl"))
    assert done.returncode == 2
    assert "cannot create" in done.stderr
