"""`make eval-cache` in a small form: a few hundred questions of our own, the real embedding model, the real decisions."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from pathlib import Path

import pytest
from support.gateway_process import binary

OWN_SETS = Path(__file__).parents[1] / "data"
HOME = Path(os.environ.get("INFERENCEFLOW_HOME") or Path.home() / ".cache/inferenceflow")
MODEL = HOME / "models/all-MiniLM-L6-v2.Q8_0.gguf"
COLUMNS = {"set", "mode", "requests", "hits", "wrong", "error", "error_ci95", "saved_usd"}

pytestmark = pytest.mark.local_model


def evaluate(
    data: Path, folder: Path, *options: str, model: Path = MODEL
) -> tuple[subprocess.CompletedProcess[str], dict]:
    """Runs the program; its report and its vectors lie in `folder`."""
    program = binary().parents[2] / "bench/semantic/eval_cache"
    if not program.exists():
        pytest.skip(f"{program} is built with the release preset only")
    if not MODEL.exists():
        pytest.skip(f"{MODEL} is not there; make models fetches it")
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    command = [str(program), "--data", str(data), "--model", str(model), "--report", str(report)]
    command += ["--vectors", str(folder / "vectors"), "--repetitive", "3000", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return done, json.loads(report.read_text()) if report.exists() else {}


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, dict]:
    folder = tmp_path_factory.mktemp("eval_cache")
    done, report = evaluate(OWN_SETS, folder, "--seed", "5")
    assert done.returncode == 0, done.stderr
    return folder, done.stdout, report


def row_of(report: dict, name: str, mode: str, bound: float) -> dict:
    [row] = [
        row
        for row in report["rows"]
        if (row["set"], row["mode"], row.get("delta", row.get("threshold"))) == (name, mode, bound)
    ]
    return row


def test_report_has_every_row(evaluated: tuple[Path, str, dict]) -> None:
    _, shown, report = evaluated
    assert report["seed"] == 5
    assert "seed 5" in shown
    sets = {row["set"] for row in report["rows"]}
    assert {"intents", "pairs_adversarial", "paraphrases", "scored", "mix", "repetitive", "near_duplicates"} <= sets
    for row in report["rows"]:
        assert COLUMNS <= set(row)
        assert ("threshold" in row) == row["mode"].startswith("static")
        assert ("delta" in row) == row["mode"].startswith("verified")
        assert 0 <= row["wrong"] <= row["hits"] <= row["requests"]
        assert row["error"] == pytest.approx(row["wrong"] / row["requests"])
        low, high = row["error_ci95"]
        assert 0 <= low <= row["error"] + 1e-9  # the last digits of a bound that is the share itself
        assert row["error"] - 1e-9 <= high <= 1
        assert row["saved_usd"] >= 0
    of_mix = [row for row in report["rows"] if row["set"] == "mix"]
    assert [row["threshold"] for row in of_mix if row["mode"] == "static+veto"] == [n / 100 for n in range(70, 100)]
    assert [row["delta"] for row in of_mix if row["mode"] == "verified"] == [0.005, 0.01, 0.02, 0.05]


def test_summary_judges_every_claim(evaluated: tuple[Path, str, dict]) -> None:
    _, shown, report = evaluated
    outcomes = {claim["claim"]: claim["outcome"] for claim in report["claims"]}
    assert set(outcomes.values()) <= {"PASS", "SHORT", "not measured"}
    [gptcache] = [outcome for claim, outcome in outcomes.items() if "GPTCache" in claim]
    assert gptcache == "not measured", "there is no such set here"
    summary = shown.split("\nsummary\n")[1]
    assert all(claim in summary for claim in outcomes)


def test_error_stays_within_the_bound(evaluated: tuple[Path, str, dict]) -> None:
    verified = [row for row in evaluated[2]["rows"] if row["mode"].startswith("verified")]
    assert [row for row in verified if row["error"] > row["delta"]] == []
    repetitive = row_of(evaluated[2], "repetitive", "verified+veto", 0.02)
    assert repetitive["hits"] > 0.85 * repetitive["requests"]
    assert repetitive["hits"] > repetitive["exact_hits"], "not only the same words again"


def test_a_low_threshold_errs_and_the_veto_keeps_most_of_it_out(evaluated: tuple[Path, str, dict]) -> None:
    plain = row_of(evaluated[2], "near_duplicates:pairs_adversarial", "static", 0.8)
    veto = row_of(evaluated[2], "near_duplicates:pairs_adversarial", "static+veto", 0.8)
    assert plain["wrong"] >= 8
    assert veto["wrong"] <= 1
    assert veto["vetoed"] >= 7


def test_plot_data_has_a_block_for_each_curve(evaluated: tuple[Path, str, dict]) -> None:
    blocks = (evaluated[0] / "report.dat").read_text().split("\n\n\n")
    [curve] = [block for block in blocks if block.startswith("# mix | static\n")]
    assert len(curve.splitlines()) == 31


def test_same_seed_gives_the_same_report(evaluated: tuple[Path, str, dict]) -> None:
    folder, _, before = evaluated
    done, again = evaluate(OWN_SETS, folder, "--seed", "5")
    assert done.returncode == 0, done.stderr
    assert "embedded" not in done.stdout, "vectors are kept between runs"
    assert again == before
    _, other = evaluate(OWN_SETS, folder, "--seed", "6", "--only", "mix")
    assert {row["set"] for row in other["rows"]} == {"mix"}
    mix_before = [row["hits"] for row in before["rows"] if row["set"] == "mix"]
    assert [row["hits"] for row in other["rows"]] != mix_before


def test_a_damaged_vector_file_is_made_anew(evaluated: tuple[Path, str, dict], tmp_path: Path) -> None:
    (tmp_path / "vectors").write_bytes((evaluated[0] / "vectors").read_bytes()[:-1000])
    done, report = evaluate(OWN_SETS, tmp_path, "--seed", "5", "--only", "intents")
    assert done.returncode == 0, done.stderr
    assert "embedded" in done.stdout
    assert report["rows"] == [row for row in evaluated[2]["rows"] if row["set"] == "intents"]


def test_absent_data_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        done, report = evaluate(folder, tmp_path)
        assert done.returncode == 2
        assert report == {}
        assert str(folder) in done.stderr
        assert "bench/semantic/README.md" in done.stderr


@pytest.mark.parametrize(
    "line",
    ["{not json", "[]", '{"a": "x"}', '{"a": "x", "b": "y", "dup": "yes"}', '{"a": "x", "b": "y", "score": null}'],
)
def test_malformed_rows_are_named(tmp_path: Path, line: str) -> None:
    good = json.dumps({"a": "one question", "b": "another", "dup": 0})
    (tmp_path / "own.jsonl.gz").write_bytes(gzip.compress(f"{good}\n{line}\n".encode()))
    done, _ = evaluate(tmp_path, tmp_path)
    assert done.returncode == 2
    assert "own.jsonl.gz:2" in done.stderr


def test_damaged_and_empty_files_are_told(tmp_path: Path) -> None:
    rows = "".join(json.dumps({"text": f"question {n}", "intent": str(n % 3)}) + "\n" for n in range(99))
    (tmp_path / "own.jsonl.gz").write_bytes(gzip.compress(rows.encode())[:-30])
    done, _ = evaluate(tmp_path, tmp_path)
    assert done.returncode == 2
    assert "damaged" in done.stderr
    (tmp_path / "own.jsonl.gz").write_bytes(gzip.compress(b""))
    done, _ = evaluate(tmp_path, tmp_path)
    assert done.returncode == 2
    assert "no question" in done.stderr


def test_an_absent_model_is_told(tmp_path: Path) -> None:
    done, _ = evaluate(OWN_SETS, tmp_path, model=tmp_path / "none.gguf")
    assert done.returncode == 2
    assert "none.gguf" in done.stderr


def test_an_unknown_set_is_told(evaluated: tuple[Path, str, dict]) -> None:
    done, report = evaluate(OWN_SETS, evaluated[0], "--only", "nothing_of_that_name")
    assert done.returncode == 2
    assert "--only" in done.stderr
    assert report == {}
