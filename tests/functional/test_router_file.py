"""A router file from training to serving: who answers what, a new file taken over, a bad one left out."""

from __future__ import annotations

import json
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import binary, gateway_process
from support.routing_setup import STRONG, WEAK, ask, chat, config, served_by

starter = Callable[..., gateway_process]
CITIES = ["Paris", "Rome", "Oslo", "Lima", "Cairo", "Delhi", "Quito", "Sofia", "Tunis", "Seoul"]
NAMES = ["merge", "sort", "parse", "filter", "index", "hash", "render", "encode", "split", "reduce"]
EASY, HARD = "easy", "hard"


def question(kind: str, draw: random.Random) -> str:
    if kind == EASY:
        return f"What is the capital of the country around {draw.choice(CITIES)}, in {draw.randrange(1900, 2025)}?"
    name = draw.choice(NAMES)
    return f"Write a function def {name}_{draw.randrange(999)}(items): that does {name} in O(n log n), and prove it."


def training(path: Path, weak_on_hard: float, rows: int = 600, seed: int = 5) -> Path:
    """The strong model is nearly always right, the weak one on easy questions, and now and then on hard ones."""
    draw = random.Random(seed)
    with path.open("w") as out:
        for _ in range(rows):
            kind = draw.choice([EASY, HARD])
            weak = draw.random() < (0.95 if kind == EASY else weak_on_hard)
            scores = {f"p/{STRONG}": int(draw.random() < 0.95), f"p/{WEAK}": int(weak)}
            tokens = {f"p/{STRONG}": 100, f"p/{WEAK}": 100}
            out.write(json.dumps({"prompt": question(kind, draw), "scores": scores, "output_tokens": tokens}) + "\n")
    return path


def train(data: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [str(binary()), "router", "train", str(data), "--out", str(out), "--vectors", "none", *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("router")
    made = train(training(folder / "train.jsonl", weak_on_hard=0.1), folder / "quality.router")
    assert made.returncode == 0, made.stderr
    return folder / "quality.router"


@pytest.fixture
def fake() -> Iterator[fake_upstream]:
    with fake_upstream() as one:
        yield one


def by_kind(gateway: gateway_process, kind: str, count: int = 20) -> list[str | None]:
    draw = random.Random(99)
    return [served_by(ask(gateway, chat(question(kind, draw)))) for _ in range(count)]


def test_each_question_goes_to_the_cheapest_model_that_can_answer_it(start_gateway: starter, fake: fake_upstream, router: Path) -> None:
    models = {STRONG: {}, WEAK: {}}
    gateway = start_gateway(config(fake, {"strategy": "cost_optimal", "file": str(router), "quality_min": 0.9}, models))
    easy, hard = by_kind(gateway, EASY), by_kind(gateway, HARD)
    assert easy.count(WEAK) >= 18, easy
    assert hard.count(STRONG) >= 18, hard
    decision = gateway.call("POST", "/v1/route", chat(question(HARD, random.Random(3)))).json()
    verdicts = {one["model"]: one["verdict"] for one in decision["candidates"]}
    assert verdicts == {STRONG: "chosen", WEAK: "quality"}
    assert 0 < decision["complexity"] <= 1


def test_another_choice_has_a_file_of_its_own(start_gateway: starter, fake: fake_upstream, router: Path) -> None:
    other = {"strategy": "cost_optimal", "file": str(router), "quality_min": 0.9, "serve_percent": 100}
    gateway = start_gateway(config(fake, {"strategy": "cost_optimal", "other": other}, {STRONG: {}, WEAK: {}}))
    assert by_kind(gateway, EASY, 5) == [WEAK] * 5, "without a file of its own the first would answer"


def test_a_new_file_is_taken_over_and_a_bad_one_is_not(start_gateway: starter, fake: fake_upstream, router: Path, tmp_path: Path) -> None:
    used = tmp_path / "used.router"
    used.write_bytes(router.read_bytes())
    models = {STRONG: {}, WEAK: {}}
    gateway = start_gateway(config(fake, {"strategy": "cost_optimal", "file": str(used), "quality_min": 0.9}, models))
    assert by_kind(gateway, HARD, 3) == [STRONG] * 3

    whole = router.read_bytes()
    for bad in (b"", b"nothing like it", whole[: len(whole) // 2], whole[:100] + bytes([whole[100] ^ 1]) + whole[101:]):
        used.write_bytes(bad)
        told = gateway.log_text().count("configuration not reloaded")
        gateway.signal(signal.SIGHUP)
        wait_until(lambda told=told: gateway.log_text().count("configuration not reloaded") > told, what="the refusal")
        assert by_kind(gateway, HARD, 1) == [STRONG]
    assert "used.router" in gateway.log_text()

    made = train(training(tmp_path / "better.jsonl", weak_on_hard=0.95), used)
    assert made.returncode == 0, made.stderr
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: "configuration reloaded" in gateway.log_text(), what="the reload")
    wait_until(lambda: by_kind(gateway, HARD, 1) == [WEAK], what="the new file's word")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("", ""),
        ("not json\n" * 200, ""),
        ('{"prompt": "x", "scores": {"a": 1}}\n' * 3, ""),
        ("".join(f'{{"prompt": "question {n}", "scores": {{"a": 1, "b": 1}}}}\n' for n in range(300)), ""),
    ],
    ids=["empty", "broken", "few", "constant"],
)
def test_a_file_that_teaches_nothing_is_told_so(tmp_path: Path, lines: str, why: str) -> None:
    (tmp_path / "train.jsonl").write_text(lines)
    made = train(tmp_path / "train.jsonl", tmp_path / "out.router")
    assert why in made.stderr
    told = made.stdout + made.stderr
    if made.returncode == 0:
        assert "b" in told, "what was left out is named"
    else:
        assert made.returncode == 2, told
        assert made.stderr.strip(), "says why"
        assert not (tmp_path / "out.router").exists()
