"""What the gateway saves on a mixed workload, measured: two fake providers at real prices, the same requests once straight through
and once through everything, the ledgers of both, and answers whose truth is known.

Prints a table; writes JSON (--json) and points for the plot (--points). Exits 1 where a request failed or sums do not add up.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from support.batch_files import begin, content, sdk, wait_over
from support.configurations import model_file
from support.fake_upstream import fake_upstream, wait_until
from support.fakes.openai_chat import openai_chat
from support.gateway_process import binary, clean_environment, gateway_process
from workload import CHEAP, STRONG, maker, request

from providers import anthropic_playbook, keeping_anthropic_batches, knowledge, openai_playbook

CHAT = "/v1/chat/completions"
KEY = "sk-demo"
ASSISTANT, ANALYST = "assistant", "analyst"
LEVERS = ("exact cache", "semantic cache", "coalescing", "batch", "routing", "prompt prefix")
BATCH_PATIENCE_S = 120
TRAINING_LINES = 3_000


@dataclass
class arm:
    """One way through: what each request cost and whether its answer was right."""

    cost_nano: dict[str, int] = field(default_factory=dict)
    right: dict[str, bool] = field(default_factory=dict)
    rows: list[dict] = field(default_factory=list)
    batch_nano: int = 0

    @property
    def total_nano(self) -> int:
        return sum(self.cost_nano.values()) + self.batch_nano

    @property
    def quality(self) -> float:
        return sum(self.right.values()) / len(self.right)


def providers(anthropic: fake_upstream, openai: fake_upstream, batches: bool) -> list[dict]:
    return [
        {
            "name": "anthropic",
            "protocol": "anthropic",
            "base_url": anthropic.origin,
            "price_provider": "anthropic",
            "api_key_env": "DEMO_KEY",
            "models": [STRONG],
            "batch": {"enabled": batches},
        },
        {"name": "openai", "base_url": openai.url, "price_provider": "openai", "api_key_env": "DEMO_KEY", "models": [CHEAP]},
    ]


def direct_config(anthropic: fake_upstream, openai: fake_upstream) -> dict:
    """What a client pays that asks the strong model for everything."""
    return {
        "server": {"host": "127.0.0.1", "port": 0, "loops": 1},
        "log": {"level": "warn"},
        "local": {"enabled": False},
        "providers": providers(anthropic, openai, batches=False),
        "routes": [{"model": name, "target": STRONG} for name in (ASSISTANT, ANALYST)],
        "cache": {"enabled": False},
        "ledger": {"path": "ledger.sqlite"},
    }


def saving_config(anthropic: fake_upstream, openai: fake_upstream, router: Path | None) -> dict:
    """What an operator writes who wants to save."""
    embedding = model_file("all-MiniLM-L6-v2*.gguf")
    local = {"models": [{"name": "minilm", "file": str(embedding), "kind": "embedding"}]} if embedding else {"enabled": False}
    route: dict = {"model": ASSISTANT, "target": STRONG, "prompt_cache": "on"}
    if router:
        route = {
            "model": ASSISTANT,
            "targets": [STRONG, CHEAP],
            "prompt_cache": "on",
            "routing": {"strategy": "cost_optimal", "quality_min": 0.9, "file": str(router)},
        }
    return {
        **direct_config(anthropic, openai),
        "local": local,
        "providers": providers(anthropic, openai, batches=True),
        "routes": [route, {"model": ANALYST, "target": STRONG}],
        "cache": {
            "semantic": {"mode": "static", "threshold": 0.86},
            "semantic_store": {"embedder": "minilm" if embedding else "hashed"},
        },
        "batches": {"pool": {"gather_s": 1, "lines_min": 2, "poll_min_s": 1, "poll_max_s": 1}},
    }


def ask(gateway: gateway_process, one: request, id: str, into: arm) -> None:
    name = ANALYST if one.group == "batch" else ASSISTANT
    got = gateway.call("POST", CHAT, one.body(name), {"x-request-id": id, "x-inferenceflow-user": one.user})
    if got.status != 200:
        raise SystemExit(f"{id}: status {got.status}: {got.body[:500]!r}")
    text = json.loads(got.body)["choices"][0]["message"]["content"]
    into.right[id] = one.asked.is_answered_by(text)


class progress:
    def __init__(self, what: str, of: int) -> None:
        self.what, self.of, self.done, self.shown = what, of, 0, -1

    def step(self) -> None:
        self.done += 1
        percent = 100 * self.done // self.of
        terminal = sys.stderr.isatty()
        if percent != self.shown and (terminal or percent // 25 != self.shown // 25):
            self.shown = percent
            print(f"{self.what}: {percent} %", end="\r" if terminal and percent < 100 else "\n", file=sys.stderr, flush=True)


def run_one_by_one(gateway: gateway_process, what: str, requests: Iterable[request], into: arm) -> None:
    asked = list(requests)
    bar = progress(what, len(asked))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for one in asked:
            ids = [one.id] + [f"{one.id}.{copy}" for copy in range(1, one.burst)]
            list(pool.map(lambda id, one=one: ask(gateway, one, id, into), ids))
            bar.step()


def run_batch(gateway: gateway_process, requests: list[request], into: arm) -> None:
    client = sdk(gateway)
    lines = [{"custom_id": one.id, "method": "POST", "url": CHAT, "body": one.body(ANALYST)} for one in requests]
    done = wait_over(client, begin(client, lines).id, BATCH_PATIENCE_S)
    by_id = {one.id: one for one in requests}
    for line in content(client, done.output_file_id):
        text = line["response"]["body"]["choices"][0]["message"]["content"]
        into.right[line["custom_id"]] = by_id[line["custom_id"]].asked.is_answered_by(text)
    missing = set(by_id) - set(into.right)
    if missing:
        raise SystemExit(f"batch: no answer for {len(missing)} lines: {done.status} {done.request_counts}")


def settle(gateway: gateway_process, expected: int, into: arm) -> None:
    """Costs come from the gateway's own ledger; lines of batches have ids of the gateway's."""
    wait_until(lambda: len(gateway.ledger_rows()) >= expected, 30, f"{expected} rows in the ledger")
    into.rows = gateway.ledger_rows()
    for row in into.rows:
        if row["request_id"] in into.right and row["model_requested"] == ASSISTANT:
            into.cost_nano[row["request_id"]] = row["cost_nano_usd"]
        else:
            into.batch_nano += row["cost_nano_usd"]


def lever_of(row: dict) -> str:
    state = {"hit": "exact cache", "semantic": "semantic cache", "coalesced": "coalescing"}.get(row["cache"])
    return state or ("routing" if row["model_served"] != STRONG else "prompt prefix")


def by_lever(direct: arm, saving: arm) -> dict[str, dict]:
    """Each request's saving goes to what answered it; they add up to the difference of the totals."""
    sums: dict[str, dict] = {lever: {"requests": 0, "saved_nano_usd": 0} for lever in LEVERS}
    for row in saving.rows:
        if row["request_id"] in saving.cost_nano:
            lever = sums[lever_of(row)]
            saved = direct.cost_nano[row["request_id"]] - row["cost_nano_usd"]
            lever["saved_nano_usd"] += saved
            lever["requests"] += saved != 0
    sums["batch"]["requests"] = sum(1 for row in saving.rows if row["request_id"] not in saving.cost_nano)
    sums["batch"]["saved_nano_usd"] = direct.batch_nano - saving.batch_nano
    return sums


def train(folder: Path, seed: int) -> Path | None:
    """A router file from judged answers to other questions; None where this build has no router."""
    lines, router = folder / "training.jsonl", folder / "router.json"
    lines.write_text("".join(json.dumps(line) + "\n" for line in maker(seed + 1_000_003).training_lines(TRAINING_LINES)))
    done = subprocess.run(
        [str(binary()), "router", "train", str(lines), "--out", str(router), "--vectors", "none"],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
    )
    if done.returncode != 0:
        print(f"no router, so no routing: {done.stderr.strip()[-300:]}", file=sys.stderr)
        return None
    print(done.stdout, file=sys.stderr)
    return router


def measure(size: int, seed: int) -> dict:
    requests = maker(seed).workload(size)
    knows = knowledge()
    for one in requests:
        knows.learn(one.asked)
        if one.burst > 1:
            knows.slow.add(one.asked.text)
    lines = [one for one in requests if one.group == "batch"]
    singles = [one for one in requests if one.group != "batch"]
    calls = sum(one.burst for one in singles)
    arms = {"direct": arm(), "gateway": arm()}
    os.environ["DEMO_KEY"] = KEY
    with tempfile.TemporaryDirectory(prefix="iflow-demo-") as name:
        folder = Path(name)
        router = train(folder, seed)
        for what, into in arms.items():
            with ExitStack() as stack:
                playbook = anthropic_playbook(knows, STRONG)
                anthropic = stack.enter_context(fake_upstream(speaks=keeping_anthropic_batches(playbook)))
                openai = stack.enter_context(fake_upstream(speaks=openai_chat()))
                anthropic.playbook, openai.playbook = playbook, openai_playbook(knows, CHEAP)
                saves = what == "gateway"
                config = saving_config(anthropic, openai, router) if saves else direct_config(anthropic, openai)
                own = folder / what
                own.mkdir()
                gateway = stack.enter_context(gateway_process(config, {"DEMO_KEY": KEY}, own))
                wait_until(lambda g=gateway: g.call("GET", "/health/ready").status == 200, 60, "local models are there")
                run_one_by_one(gateway, what, singles if saves else requests, into)
                if saves:
                    run_batch(gateway, lines, into)
                settle(gateway, calls + len(lines), into)
    return report(arms["direct"], arms["gateway"], requests, seed, router is not None)


def report(direct: arm, saving: arm, requests: list[request], seed: int, routed: bool) -> dict:
    levers = by_lever(direct, saving)
    groups: dict[str, dict] = defaultdict(lambda: {"requests": 0, "right_direct": 0, "right": 0})
    for one in requests:
        for copy in range(one.burst):
            id = one.id if copy == 0 else f"{one.id}.{copy}"
            group = groups[one.group]
            group["requests"] += 1
            group["right_direct"] += direct.right[id]
            group["right"] += saving.right[id]
    served: dict[str, int] = defaultdict(int)
    for row in saving.rows:
        served[row["model_served"]] += row["cache"] in ("miss", "bypass")
    return {
        "seed": seed,
        "requests": len(direct.right),
        "direct_nano_usd": direct.total_nano,
        "cost_nano_usd": saving.total_nano,
        "saved_share": 1 - saving.total_nano / direct.total_nano,
        "quality_direct": direct.quality,
        "quality": saving.quality,
        "quality_share": saving.quality / direct.quality,
        "routed": routed,
        "levers": levers,
        "groups": groups,
        "calls_by_model": served,
    }


def show(found: dict) -> None:
    def usd(nano: int) -> str:
        return f"${nano / 1e9:.4f}"

    direct = found["direct_nano_usd"]
    print(f"{found['requests']} requests, seed {found['seed']}; direct: {STRONG} for everything\n")
    print(f"{'direct cost':<24}{usd(direct):>12}")
    for name, lever in found["levers"].items():
        share = 100 * lever["saved_nano_usd"] / direct
        print(f"{'  saved by ' + name:<24}{usd(lever['saved_nano_usd']):>12}{share:7.1f} %{lever['requests']:7d} requests")
    print(f"{'cost':<24}{usd(found['cost_nano_usd']):>12}{-100 * found['saved_share']:+7.1f} %")
    print(f"\n{'quality direct':<24}{found['quality_direct']:12.3f}")
    print(f"{'quality':<24}{found['quality']:12.3f}{100 * found['quality_share']:7.1f} % of direct")
    for name, group in sorted(found["groups"].items()):
        count = group["requests"]
        print(f"  {name:<22}{group['right_direct'] / count:12.3f} → {group['right'] / count:.3f}{count:7d} requests")
    if not found["routed"]:
        print("\nno router in this build: every call goes to the strong model")


def points(found: dict) -> str:
    """Bars that begin where the next one ends: direct cost, what each lever takes off, what is left."""
    left = found["direct_nano_usd"]
    rows = [("direct", left, 0, 0x6A6A70)]
    for name, lever in found["levers"].items():
        left -= lever["saved_nano_usd"]
        rows.append((name, lever["saved_nano_usd"], left, 0x009E73))
    rows.append(("cost", found["cost_nano_usd"], 0, 0x0072B2))
    return "".join(f'"{name}" {size / 1e9:.6f} {begin / 1e9:.6f} {colour}\n' for name, size, begin, colour in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2_000, help="requests, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--points", type=Path, help="for the plot: name, dollars")
    given = parser.parse_args()
    begun = time.monotonic()
    found = measure(given.size, given.seed)
    show(found)
    print(f"{time.monotonic() - begun:.0f} s", file=sys.stderr)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")
    if given.points:
        given.points.write_text(points(found))
    saved = sum(one["saved_nano_usd"] for one in found["levers"].values())
    return 0 if saved == found["direct_nano_usd"] - found["cost_nano_usd"] else 1


if __name__ == "__main__":
    sys.exit(main())
