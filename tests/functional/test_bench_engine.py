"""`make bench-engine` in a small form: what must hold on any machine, however slow. The real model, one compute thread."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from support.gateway_process import binary

HOME = Path(os.environ.get("INFERENCEFLOW_HOME") or Path.home() / ".cache/inferenceflow")
MODEL = HOME / "models/SmolLM2-135M-Instruct.Q4_1.gguf"
OPTIONS = ("ROUNDS", "SECONDS", "THREADS", "MODEL", "ONLY", "SOAK", "SEED", "TOKEN_GAP_MS", "PREFIXES_MAX", "LLAMA_TOOL")

pytestmark = pytest.mark.local_model


def bench(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    program = binary().parents[2] / "bench/serving/bench_engine"
    if not program.exists():
        pytest.skip(f"{program} is built with the release preset only")
    kept = {name: value for name, value in os.environ.items() if name not in OPTIONS}
    return subprocess.run(
        [str(program), *options], capture_output=True, text=True, check=False, timeout=140, env={**kept, **environment}
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str], dict]:
    if not MODEL.exists():
        pytest.skip(f"{MODEL} is not there; make models fetches it")
    report = tmp_path_factory.mktemp("bench_engine") / "report.json"
    done = bench("--tiny", "--report", str(report), ROUNDS="1", SECONDS="1", THREADS="1", MODEL=str(MODEL))
    assert done.returncode in (0, 1), done.stderr
    return report, done, json.loads(report.read_text())


def test_nothing_is_wrong(measured: tuple[Path, subprocess.CompletedProcess[str], dict]) -> None:
    _, done, report = measured
    assert report["wrong"] == []
    assert done.returncode == 0
    assert "llama" not in done.stderr, "the library's own log lines are dropped"


def test_greedy_texts_are_the_same_in_company(measured: tuple[Path, subprocess.CompletedProcess[str], dict]) -> None:
    compared = measured[2]["greedy_batched_and_alone"]
    assert compared["small_steps"]["tokens_compared"] > 100, "of 16 texts of 24 at most"
    assert compared["small_steps"]["equal_share"] == 1
    assert compared["small_steps"]["logprob_difference_max_nats"] == 0
    assert compared["large_steps"]["margin_max_nats"] <= compared["margin_bound_nats"]
    assert all("prompt" in one and one["token"] >= 0 for one in compared["large_steps"]["differences"])


def test_a_flooding_tenant_takes_no_more_than_the_bound(
    measured: tuple[Path, subprocess.CompletedProcess[str], dict],
) -> None:
    report = measured[2]
    assert 0 < report["fairness_gap_tokens"] <= report["fairness_bound_tokens"]
    assert all(tokens > 0 for tokens in report["fairness_served_tokens"].values())


def test_report_and_plot_data_are_complete(
    measured: tuple[Path, subprocess.CompletedProcess[str], dict],
) -> None:
    path, done, report = measured
    assert [row["concurrency"] for row in report["throughput"]] == [1, 4]
    for row in report["throughput"]:
        assert row["tokens_per_s"] > 0
        assert row["ratio_to_naive"] > 0
        assert "ratio_to_llama_cpp" not in row, "there was no tool to compare with"
    for key in ("express_p95_flood_over_unloaded", "no_lanes_p95_flood_over_unloaded", "prefix_ttft_cold_over_warm"):
        assert report[key] > 0
    assert report["setting"]["threads"] == 1, "options come from the environment, too"
    blocks = [block for block in path.with_suffix(".dat").read_text().split("\n\n\n") if block]
    assert [block.splitlines()[0] for block in blocks][:3] == [
        "# express, nothing else",
        "# express, batch flood",
        "# no lanes: first come, first served",
    ]
    assert "latency per lane" in done.stdout


def test_what_cannot_be_measured_is_told(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    absent = bench("--report", str(report), "--model", str(tmp_path / "no.gguf"))
    assert absent.returncode == 2
    assert "make models" in absent.stderr
    if MODEL.exists():
        tool = bench("--report", str(report), "--tiny", "--rounds", "1", "--only", "throughput", LLAMA_TOOL="/no/such/tool")
        assert tool.returncode == 2
        assert "/no/such/tool" in tool.stderr
    assert not report.exists()


def test_unknown_measurements_are_refused(tmp_path: Path) -> None:
    done = bench("--only", "throughput,speed", "--report", str(tmp_path / "report.json"))
    assert done.returncode == 2
    assert "speed" in done.stderr
    assert "fairness" in done.stderr, "it names those that there are"
