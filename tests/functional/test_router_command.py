"""`inferenceflow router train|show`: from scored prompts to a router file."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest
from support.gateway_process import binary, clean_environment

DONE, FAILED, REFUSED = 0, 1, 2


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(binary()), "router", *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        cwd=folder,
        env=clean_environment({"INFERENCEFLOW_HOME": str(folder)}),
    )


def rows(count: int, seed: int = 1) -> list[dict]:
    """The small model fails on algebra; vectors tell the topic."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        topic = chance.choice(["algebra", "poetry"])
        small = 0.2 if topic == "algebra" else 0.9
        made.append(
            {
                "prompt": f"{topic} {chance.choice(['one', 'two', 'three'])} {chance.choice(['red', 'green', 'blue'])}",
                "scores": {"large": float(chance.random() < 0.9), "small": float(chance.random() < small)},
                "vector": [1.0 if topic == "algebra" else 0.0, 1.0 if topic == "poetry" else 0.0, chance.random()],
                "group": str(number),
            }
        )
    return made


def write(folder: Path, lines: list) -> str:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    (folder / "scored.jsonl").write_text(text)
    return "scored.jsonl"


def test_trains_shows_and_replaces(tmp_path: Path) -> None:
    given = rows(300)
    del given[5]["scores"]["small"]
    name = write(tmp_path, [*given, "no json", {"prompt": "x"}])
    trained = run(tmp_path, "train", name, "--vectors", "file", "--space", "mine:3", "--out", "made.bin")
    assert trained.returncode == DONE, trained.stderr
    assert "300 rows of 302 lines, 2 models, vectors of 3" in trained.stdout
    assert "1 scores are missing" in trained.stdout
    assert "1 broken lines were left out" in trained.stdout
    assert "line 301" in trained.stdout
    assert "1 lines without scores" in trained.stdout
    assert "best single" in trained.stdout
    assert "kNN" in trained.stdout
    assert "chosen" in trained.stdout
    assert "training" in trained.stderr
    shown = run(tmp_path, "show", "made.bin")
    assert shown.returncode == DONE
    assert shown.stdout in trained.stdout
    before = (tmp_path / "made.bin").read_bytes()
    refused = run(tmp_path, "train", write(tmp_path, []), "--out", "made.bin")
    assert refused.returncode == REFUSED
    assert (tmp_path / "made.bin").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.bin", "scored.jsonl"]


def test_without_vectors_and_without_a_model_the_text_is_enough(tmp_path: Path) -> None:
    bare = [{key: value for key, value in row.items() if key != "vector"} for row in rows(200)]
    trained = run(tmp_path, "train", write(tmp_path, bare))
    assert trained.returncode == DONE, trained.stderr
    assert "no local embedding model is there" in trained.stdout
    assert "kNN" not in trained.stdout
    assert (tmp_path / "router.bin").exists()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "empty"),
        (rows(10), "at least 50"),
        ([{**row, "scores": {"a": 1, "b": 1}} for row in rows(100)], "all scores are the same"),
        ([{**row, "group": "g"} for row in rows(100)], "groups"),
        (["?"] * 5 + rows(2), "cannot be read"),
        ([{**row, "scores": {"a": 7}} for row in rows(60)], "scores of a is 7"),
    ],
)
def test_refuses_what_cannot_be_learned_from(tmp_path: Path, lines: list, said: str) -> None:
    refused = run(tmp_path, "train", write(tmp_path, lines), "--vectors", "none")
    assert refused.returncode == REFUSED
    assert said in refused.stderr
    assert not (tmp_path / "router.bin").exists()


def test_refuses_missing_files_and_models_that_were_asked_for(tmp_path: Path) -> None:
    assert run(tmp_path, "train", "none.jsonl").returncode == REFUSED
    assert run(tmp_path, "show", "none.bin").returncode == REFUSED
    name = write(tmp_path, [{key: value for key, value in row.items() if key != "vector"} for row in rows(60)])
    assert run(tmp_path, "train", name, "--vectors", "local").returncode == REFUSED
    assert run(tmp_path, "train", name, "--vectors", "file").returncode == REFUSED
    missing = run(tmp_path, "train", name, "--vectors", "none", "--out", "no/folder/router.bin")
    assert missing.returncode == FAILED
    assert "no/folder" in missing.stderr


def test_names_a_damaged_router(tmp_path: Path) -> None:
    assert run(tmp_path, "train", write(tmp_path, rows(100)), "--vectors", "none").returncode == DONE
    file = tmp_path / "router.bin"
    whole = file.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:-1] + bytes([whole[-1] ^ 1]), b"", b"PK\x03\x04" * 9):
        file.write_bytes(damaged)
        shown = run(tmp_path, "show", "router.bin")
        assert shown.returncode == REFUSED
        assert "router.bin" in shown.stderr
        assert "router train" in shown.stderr
