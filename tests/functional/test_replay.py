"""`inferenceflow replay`: a log through configurations, and everything that can be wrong with a log."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import gateway_factory
from support.configurations import CHAT, base_config, merge
from support.fake_upstream import fake_upstream
from support.gateway_process import binary, clean_environment
from support.request_log import as_csv, litellm_row, openai_line, requests

PLAIN = {
    "local": {"enabled": False},
    "providers": [
        {
            "name": "openai",
            "base_url": "https://api.openai.com/v1",
            "api_key_env": "OPENAI_API_KEY",
            "models": ["gpt-4o", "gpt-4o-mini", "gpt-4.1"],
        }
    ],
}
CHEAPER = {
    "local": {"enabled": False},
    "providers": [
        {
            "name": "openai",
            "base_url": "https://api.openai.com/v1",
            "api_key_env": "OPENAI_API_KEY",
            "models": ["gpt-4o-mini"],
        }
    ],
    "routes": [{"model": "gpt-4o", "target": "gpt-4o-mini"}, {"model": "gpt-4.1", "target": "gpt-4o-mini"}],
}


class replayed:
    def __init__(self, done: subprocess.CompletedProcess[str], folder: Path) -> None:
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr
        figures = folder / "replay.json"
        page = folder / "replay.html"
        self.figures = json.loads(figures.read_text()) if figures.exists() else {}
        self.page = page.read_text() if page.exists() else ""

    def run(self, index: int = 0) -> dict:
        return self.figures["configurations"][index]


def replay(
    folder: Path, log: str | bytes | Path, *arguments: str, configs: tuple[dict, ...] = (PLAIN,), page: str = "replay.html"
) -> replayed:
    if not isinstance(log, Path):
        path = folder / "log"
        path.write_bytes(log.encode() if isinstance(log, str) else log)
        log = path
    for name in ("replay.json", "replay.html"):
        (folder / name).unlink(missing_ok=True)
    chosen = []
    for index, config in enumerate(configs):
        file = folder / f"config-{index}.yaml"
        file.write_text(json.dumps(config))
        chosen += ["--config", str(file)]
    done = subprocess.run(
        [str(binary()), "replay", str(log), *chosen, "--json", "replay.json", "--html", page, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
        env=clean_environment(),
    )
    return replayed(done, folder)


def json_lines(*values: dict | str) -> str:
    return "".join((value if isinstance(value, str) else json.dumps(value)) + "\n" for value in values)


FACTS = list(requests(600, seed=7))


def expect_sums(run: dict) -> None:
    saved = sum(lever["saved_nano_usd"] for lever in run["levers"].values())
    assert run["direct_nano_usd"] == run["cost_nano_usd"] + saved


def test_the_same_requests_cost_the_same_in_every_format(tmp_path: Path) -> None:
    rows = [litellm_row(fact) for fact in FACTS]
    logs = {
        "openai": json_lines(*(openai_line(fact) for fact in FACTS)),
        "litellm lines": json_lines(*rows),
        "litellm array": json.dumps(rows, indent=1),
        "litellm csv": as_csv(rows),
    }
    found = {}
    for name, log in logs.items():
        got = replay(tmp_path, log, configs=(PLAIN, CHEAPER))
        assert got.status == 0, (name, got.err)
        assert got.figures["log"]["usable"] == len(FACTS), name
        for index in (0, 1):
            expect_sums(got.run(index))
        found[name] = [(got.run(index)["direct_nano_usd"], got.run(index)["cost_nano_usd"]) for index in (0, 1)]
    # LiteLLM's times are rounded to the millisecond; nothing else differs.
    assert found["litellm lines"] == found["litellm array"] == found["litellm csv"] == found["openai"]
    (direct, plain), (_, cheaper) = found["openai"]
    assert cheaper < plain < direct
    expected = sum(
        fact["input_tokens"] * {"gpt-4o": 2500, "gpt-4o-mini": 150, "gpt-4.1": 2000}[fact["model"]]
        + fact["output_tokens"] * {"gpt-4o": 10000, "gpt-4o-mini": 600, "gpt-4.1": 8000}[fact["model"]]
        for fact in FACTS
    )
    assert direct == expected


def test_a_table_a_page_and_figures(tmp_path: Path) -> None:
    log = json_lines(*(openai_line(fact) for fact in FACTS))
    got = replay(tmp_path, log, configs=(PLAIN, CHEAPER))
    for word in ("direct cost", "saved by exact cache", "saved by routing", "95 % interval", "resampled 1000 times"):
        assert word in got.out
    assert got.page.startswith("<!doctype html>")
    assert got.page.count("<svg") == 2
    assert "http" not in got.page.replace("http-equiv", "")
    assert got.run(1)["interval"]["resampled"] == "users"
    assert got.run(1)["interval"]["low"] <= got.run(1)["saved_share"] <= got.run(1)["interval"]["high"]
    assert got.run(1)["not_judged"]["unrated"]["requests"] > 0
    assert "100 %" in got.err
    assert replay(tmp_path, log, "--quiet").err == ""


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    log = json_lines(*(openai_line(fact) for fact in FACTS))
    first = replay(tmp_path, log, "--seed", "5", configs=(PLAIN, CHEAPER))
    again = replay(tmp_path, log, "--seed", "5", configs=(PLAIN, CHEAPER))
    other = replay(tmp_path, log, "--seed", "6", configs=(PLAIN, CHEAPER))
    assert (first.out, first.page, first.figures) == (again.out, again.page, again.figures)
    assert first.run()["interval"] != other.run()["interval"]
    assert first.run()["cost_nano_usd"] == other.run()["cost_nano_usd"]


def test_a_hurt_log_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    good = [openai_line(fact) for fact in FACTS[:50]]
    unknown = {**openai_line(FACTS[50]), "request": {"model": "house-7", "messages": []}}
    unknown["response"]["model"] = "house-7"
    failed = {"id": "f", "request": {"model": "gpt-4o", "messages": []}, "status": 500}
    back = {**openai_line(FACTS[51]), "timestamp": 5_000}
    ahead = {**openai_line(FACTS[52]), "timestamp": "2099-01-01T00:00:00Z"}
    untimed = {key: value for key, value in openai_line(FACTS[53]).items() if key != "timestamp"}
    bytes_of = json_lines(
        *good, good[0], "{not json", '{"level":"info"}', unknown, failed, back, ahead, untimed, '{"model": "gpt-4o"}', "[]"
    ).encode()
    got = replay(tmp_path, bytes_of + b'\xff\xfe{"request": \x00\n' + b'{"request": {"model": "gpt-4o", "mess')
    assert got.status == 0, got.err
    counts = got.figures["log"]
    assert counts["usable"] == 54
    assert counts["skipped"] == {"broken": 3, "too_long": 0, "no_request": 3, "failed": 1, "duplicate": 1, "shadow": 0}
    assert counts["unpriced"]["house-7"]["requests"] == 1
    assert counts["untimed"] == 1
    assert counts["sorted"] >= 1
    assert counts["forward_jumps"] == 2
    assert got.run()["requests"] == 53
    for words in ("3 could not be read", "1 id came before", "house-7", "1 failed"):
        assert words in got.out


@pytest.mark.parametrize(
    "log",
    [
        b"",
        b"\n\n",
        b"just some words\n",
        b'{"level": "info"}\n' * 20,
        json_lines({**openai_line(FACTS[0]), "request": {"model": "house-7", "messages": []}, "response": {}}).encode(),
        b"request_id,spend\nx,1\n",
        b"request_id,model,startTime\n",
        b"SQLite format 3\x00" + b"x" * 200,
        b"\x00" * 5000,
        b"[" * 5000,
    ],
)
def test_a_log_in_which_nothing_can_be_used_is_an_error(tmp_path: Path, log: bytes) -> None:
    got = replay(tmp_path, log)
    assert got.status == 1, got.out
    assert "inferenceflow replay: " in got.err
    assert not got.figures
    assert not got.page


def test_wrong_options_are_named(tmp_path: Path) -> None:
    log = json_lines(openai_line(FACTS[0]))
    assert replay(tmp_path, tmp_path / "nowhere").status == 1
    wrong = replay(tmp_path, log, configs=({"servr": {}},))
    assert wrong.status == 2
    assert "servr" in wrong.err
    assert replay(tmp_path, log, "--as", "gpt-4o").status == 2
    assert replay(tmp_path, log, "--format", "xml").status not in (0, 1)
    assert replay(tmp_path, log, "--format", "ledger").status == 1
    assert replay(tmp_path, log, configs=(PLAIN,) * 9).status == 2
    assert replay(tmp_path, log, page="no/such/folder.html").status == 1
    helped = subprocess.run([str(binary()), "replay", "--help"], capture_output=True, text=True, timeout=30, check=False)
    for word in ("LOG", "--config", "--as", "--semantic", "Exit status"):
        assert word in helped.stdout


def test_models_of_the_log_under_another_name(tmp_path: Path) -> None:
    log = json_lines(*(openai_line(fact) for fact in FACTS[:50]))
    got = replay(tmp_path, log, "--as", "gpt-4o=gpt-4o-mini", "--as", "gpt-4.1=gpt-4o-mini")
    assert got.run()["levers"]["routing"]["saved_nano_usd"] > 0


def test_the_semantic_cache_runs_only_when_asked_for(tmp_path: Path) -> None:
    facts = [{**fact, "body": {**fact["body"]}} for fact in FACTS[:3]]
    for fact, question in zip(facts, ("how do I reset my password", "how do i reset my password?", "who wrote Faust"), strict=True):
        fact["model"] = fact["body"]["model"] = "gpt-4o"
        fact["body"]["messages"] = [{"role": "user", "content": question}]
        fact["at_s"] += 60 * fact["number"]
    cache = {"semantic": {"mode": "static", "threshold": 0.8}, "semantic_store": {"embedder": "hashed"}}
    config = {**PLAIN, "cache": cache}
    log = json_lines(*(openai_line(fact) for fact in facts))
    without = replay(tmp_path, log, configs=(config,)).run()
    assert without["not_judged"]["no_embedding"]["requests"] == 3
    with_it = replay(tmp_path, log, "--semantic", configs=(config,)).run()
    assert with_it["levers"]["semantic_cache"]["requests"] == 1
    assert with_it["calls"] == 2


def test_the_gateways_own_ledger(start_gateway: gateway_factory, upstream: fake_upstream, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite"
    served = base_config(upstream, models=["gpt-4o"])
    config = merge(served, {"ledger": {"path": str(ledger), "requests": True}, "cache": {"enabled": False}})
    gateway = start_gateway(config)
    for index in (0, 1, 0):
        body = {"model": "gpt-4o", "temperature": 0, "messages": [{"role": "user", "content": f"say {index}"}]}
        assert gateway.call("POST", CHAT, body).status == 200
    gateway.stop()
    got = replay(tmp_path, ledger, configs=(PLAIN,))
    assert got.figures["log"]["kind"] == "a ledger", got.err
    assert got.figures["log"]["lines"] == 3
    run = got.run()
    assert run["requests"] == 3
    assert run["not_judged"]["no_body"]["requests"] == 0
    assert run["calls"] == 2
    expect_sums(run)


def test_a_text_completion_is_routed_by_its_prompt(tmp_path: Path) -> None:
    models = [{"name": "gpt-4o", "quality": 0.9}, {"name": "gpt-4o-mini", "quality": 0.88}]
    route = {"model": "auto", "targets": ["gpt-4o", "gpt-4o-mini"], "routing": {"strategy": "cost_optimal"}}
    routed = merge(PLAIN, {"providers": [{**PLAIN["providers"][0], "models": models}], "routes": [route]})
    line = {
        "timestamp": 1_772_000_000,
        "path": "/v1/completions",
        "request": {"model": "auto", "prompt": "Once upon a time"},
        "response": {"model": "gpt-4o", "usage": {"prompt_tokens": 100, "completion_tokens": 40}},
    }
    run = replay(tmp_path, json.dumps(line) + "\n", configs=(routed,)).run()
    assert run["levers"]["routing"]["requests"] == 1
    assert run["not_judged"]["unrouted"]["requests"] == 0


def test_what_was_asked_beside_is_left_out_and_named(start_gateway: gateway_factory, upstream: fake_upstream, tmp_path: Path) -> None:
    other = {"strategy": "cost_optimal", "quality_min": 0.99, "send_percent": 100}
    routing = {"strategy": "cost_optimal", "quality_min": 0.5, "other": other}
    models = [{"name": "gpt-4o", "quality": 0.9}, {"name": "gpt-4o-mini", "quality": 0.88}]
    provider = {"name": "p", "base_url": upstream.url, "price_provider": "openai", "models": models}
    route = {"model": "auto", "targets": ["p/gpt-4o", "p/gpt-4o-mini"], "routing": routing}
    settings = merge(base_config(None), {"providers": [provider], "routes": [route]})
    gateway = start_gateway(settings)
    body = {"model": "auto", "messages": [{"role": "user", "content": "Say something."}]}
    assert gateway.call("POST", CHAT, body).status == 200
    gateway.rows_of("auto", 2)
    done = replay(tmp_path, gateway.folder / "ledger.sqlite", configs=(settings,))
    assert done.figures["log"]["skipped"]["shadow"] == 1
    assert "asked beside" in done.out
