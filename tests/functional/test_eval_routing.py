"""`make eval-routing` in a small form: prompts whose scores follow a rule, the real embedding model, the real trainer."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
from pathlib import Path

import pytest
from support.gateway_process import binary

HOME = Path(os.environ.get("INFERENCEFLOW_HOME") or Path.home() / ".cache/inferenceflow")
MODEL = HOME / "models/all-MiniLM-L6-v2.Q8_0.gguf"

pytestmark = pytest.mark.local_model


def evaluate(data: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    program = binary().parents[2] / "bench/routing/eval_routing"
    if not program.exists():
        pytest.skip(f"{program} is built with the release preset only")
    if not MODEL.exists():
        pytest.skip(f"{MODEL} is not there; make models fetches it")
    command = [str(program), "--data", str(data), "--model", str(MODEL), "--report", str(folder / "report.json")]
    command += ["--vectors", str(folder / "vectors"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_a_rule_is_found_and_reported(tmp_path: Path) -> None:
    chance = random.Random(1)
    (tmp_path / "routing").mkdir()
    with gzip.open(tmp_path / "routing/routellm_gsm8k.jsonl.gz", "wt") as out:
        for number in range(240):
            hard = chance.random() < 0.5
            topic = "the integral of a polynomial" if hard else "a pet and its owner"
            word = "".join(chance.choices("abcdefgh", k=7))  # else it would be a copy, and copies stay together
            row = {
                "id": number,
                "prompt": f"Case {number}, about {topic}: what of {word}?",
                "weak_ok": chance.random() < (0.2 if hard else 0.9),
                "strong_ok": chance.random() < 0.9,
                "contaminated": number < 20,
            }
            out.write(json.dumps(row) + "\n")
    done = evaluate(tmp_path, tmp_path, "--sets", "routellm_gsm8k,routellm_mmlu")
    assert done.returncode == 1, done.stderr
    assert "routellm_mmlu.jsonl.gz is missing" in done.stderr
    assert "220 rows" in done.stdout
    rows = json.loads((tmp_path / "report.json").read_text())
    assert all(row.keys() == {"set", "method", "metric", "value", "ci95"} for row in rows)
    apgr = {row["method"]: row for row in rows if row["metric"] == "apgr"}
    assert apgr["router, text only"]["value"] > 0.65 > apgr["random"]["value"]
    assert apgr["router, vectors"]["ci95"][0] <= apgr["router, vectors"]["value"] <= apgr["router, vectors"]["ci95"][1]
    assert "# routellm_gsm8k | router, vectors" in (tmp_path / "report.dat").read_text()


def test_says_what_is_missing(tmp_path: Path) -> None:
    done = evaluate(tmp_path, tmp_path)
    assert done.returncode == 2
    assert "routing is not there" in done.stderr
    (tmp_path / "routing").mkdir()
    (tmp_path / "routing/routellm_mmlu.jsonl.gz").write_bytes(gzip.compress(b'{"prompt": "x"}\n'))
    done = evaluate(tmp_path, tmp_path)
    assert done.returncode == 2
    assert "routellm_mmlu.jsonl.gz:1" in done.stderr
