#!/usr/bin/env python3
"""A chaos run: three fake providers of different protocols, faults on a tenth of all calls, clients of six protocols.

CHAOS_S=600 CHAOS_CLIENTS=12 CHAOS_SHARE=0.1 CHAOS_SEED=1 CHAOS_PAUSE_MS=60, or --seconds, --clients, --share, --seed, --pause-ms
Exit status 1 unless, at the end:
  - at least 99.9 % of the requests that had a healthy alternative were answered. A request has one if any provider
    would answer it at the first call. Streams that broke behind their first word count apart: each must have told its
    client so, in the client's protocol;
  - every bill in the ledger is what the fakes delivered for that request, and there is one for each;
  - all descriptors are given back, and memory stays bounded.
The report is printed and written to build/reports/chaos.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import books  # noqa: E402
from clients import ROUTES, crowd, outcome  # noqa: E402
from misfortune import misfortune  # noqa: E402
from support.fake_upstream import fake_upstream, wait_until  # noqa: E402
from support.fakes.protocols import PROTOCOLS, base_url  # noqa: E402
from support.gateway_process import REPOSITORY, gateway_process  # noqa: E402

REPORT = REPOSITORY / "build/reports/chaos.json"
SPOKEN = ("openai", "anthropic", "gemini")
ANSWERED_MIN = 0.999
RSS_GROWTH_MAX_MIB = 64.0
TIMES = {"connect_timeout_ms": 1000, "first_byte_timeout_ms": 1500, "idle_timeout_ms": 1000, "api_key_env": "CHAOS_KEY"}
SHOWN_MAX = 20


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("CHAOS_S", "600")))
    parser.add_argument("--clients", type=int, default=int(os.environ.get("CHAOS_CLIENTS", "12")))
    parser.add_argument("--share", type=float, default=float(os.environ.get("CHAOS_SHARE", "0.1")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("CHAOS_SEED", "1")))
    parser.add_argument("--pause-ms", type=float, default=float(os.environ.get("CHAOS_PAUSE_MS", "60")))
    parser.add_argument("--answered-min", type=float, default=ANSWERED_MIN, help="share of 1, for short runs")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the report goes")
    chosen = parser.parse_args()
    if not (chosen.seconds > 0 and chosen.clients > 0 and 0 <= chosen.share <= 1 and chosen.pause_ms >= 0):
        parser.error("seconds and clients must be above 0, share from 0 to 1, pause-ms not negative")
    return chosen


def config_for(fakes: dict[str, fake_upstream]) -> dict:
    """Three routes, each of which asks the three providers in another order."""
    providers = [
        {"name": name, "protocol": name, "base_url": base_url(fake), "models": [f"model-{name}"], **TIMES} for name, fake in fakes.items()
    ]
    targets = [f"{name}/model-{name}" for name in fakes]
    routes = [{"model": route, "targets": targets[i:] + targets[:i]} for i, route in enumerate(ROUTES)]
    ceiling = {"input_usd_per_mtok": books.INPUT_USD_PER_MTOK, "output_usd_per_mtok": books.OUTPUT_USD_PER_MTOK}
    return {
        "server": {"host": "127.0.0.1", "port": 0, "loops": 2},
        "log": {"level": "info", "access": True},
        "local": {"enabled": False},
        "providers": providers,
        "routes": routes,
        "cost": {"ceiling": ceiling},
        "ledger": {"path": "ledger.sqlite"},
    }


def show(done_s: float, whole_s: float, counts: Counter, rss_mib: float) -> None:
    filled = int(30 * min(done_s / whole_s, 1.0))
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
    line = f"[{'#' * filled}{'.' * (30 - filled)}] {done_s:4.0f}/{whole_s:.0f} s  {told}  RSS {rss_mib:.0f} MiB"
    if sys.stderr.isatty():
        print(f"\r{line:<118}", end="", file=sys.stderr, flush=True)
    elif int(done_s) % 60 == 0:
        print(line, file=sys.stderr, flush=True)


def rss_mib(gateway: gateway_process) -> float:
    status = Path(f"/proc/{gateway.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def settle(gateway: gateway_process, fakes: dict[str, fake_upstream]) -> int:
    """Descriptors of the gateway without a client and without pooled connections."""
    for fake in fakes.values():
        fake.drop_idle_connections()
    gateway.turn_loops()
    lowest = gateway.descriptors()
    until = time.monotonic() + 10
    while time.monotonic() < until:
        lowest = min(lowest, gateway.descriptors())
        time.sleep(0.1)
    return lowest


def warm_up(gateway: gateway_process, people: crowd) -> None:
    """Each protocol once: whatever is opened only once is open before descriptors are counted."""
    conn = None
    for i, client in enumerate(("openai", "anthropic", "gemini", "cohere", "bedrock", "openai_responses")):
        seen, conn = people.ask(conn, client, ROUTES[i % len(ROUTES)], i % 2 == 0, f"warm-{i}")
        people.outcomes.append(seen)
    if conn is not None:
        conn.close()


def run(chosen: argparse.Namespace) -> dict:
    with ExitStack() as stack:
        fakes = {name: stack.enter_context(fake_upstream(speaks=PROTOCOLS[name]())) for name in SPOKEN}
        fates = {name: misfortune(name, chosen.share, chosen.seed) for name in fakes}
        for name, fake in fakes.items():
            fake.playbook = fates[name]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iflow-chaos-")))
        gateway = stack.enter_context(gateway_process(config_for(fakes), {"CHAOS_KEY": "sk-of-the-chaos-run"}, folder))
        people = crowd(gateway.port, chosen.seed, chosen.pause_ms / 1000)
        warm_up(gateway, people)
        before = settle(gateway, fakes)
        memory = drive(gateway, fakes, fates, people, chosen)
        after = settle(gateway, fakes)
        wait_until(lambda: gateway.gauge("inferenceflow_ledger_queue") == 0, what="the ledger's queue is empty")
        wait_until(lambda: len(gateway.ledger_rows()) >= len(people.outcomes), timeout_s=5, what="rows")
        return report_of(people.outcomes, gateway.ledger_rows(), fates, chosen, (before, after), memory)


def drive(
    gateway: gateway_process,
    fakes: dict[str, fake_upstream],
    fates: dict[str, misfortune],
    people: crowd,
    chosen: argparse.Namespace,
) -> list[float]:
    """Lets the clients ask for the whole time; the resident set, second by second."""
    memory = []
    began = time.monotonic()
    people.start(chosen.clients)
    while (done := time.monotonic() - began) < chosen.seconds and gateway.alive():
        memory.append(rss_mib(gateway))
        show(done, chosen.seconds, people.counts, memory[-1])
        for name, fake in fakes.items():
            fake.requests.clear()  # the playbooks keep what is needed
            fates[name].forget_bytes()
        time.sleep(min(1.0, chosen.seconds - done))
    people.stop()
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return memory


def report_of(
    outcomes: list[outcome],
    rows: list[dict],
    fates: dict[str, misfortune],
    chosen: argparse.Namespace,
    descriptors: tuple[int, int],
    memory: list[float],
) -> dict:
    kinds = Counter(seen.kind for seen in outcomes)
    healthy = [seen for seen in outcomes if any(fate.is_healthy(seen.request_id) for fate in fates.values())]
    counted = [seen for seen in healthy if seen.kind != "broke"]
    answered = sum(seen.kind == "answered" for seen in counted)
    lost = [seen for seen in counted if seen.kind != "answered"]
    bills = books.check(outcomes, rows, fates)
    times = sorted(seen.seconds for seen in outcomes if seen.kind == "answered") or [0.0]
    settled = memory[len(memory) // 5] if memory else 0.0
    report = {
        "setting": {name: value for name, value in vars(chosen).items() if name != "report"},
        "requests": len(outcomes),
        "outcomes": dict(kinds),
        "with_healthy_alternative": len(healthy),
        "answered_share": round(answered / max(len(counted), 1), 6),
        "broke_after_content_and_told": kinds["broke"],
        "calls": {name: sum(len(calls) for calls in fate.calls.values()) for name, fate in fates.items()},
        "faults": dict(sum((Counter(fate.faults) for fate in fates.values()), Counter())),
        "wrong_bills": len(bills),
        "descriptors": {"before": descriptors[0], "after": descriptors[1]},
        "rss_mib": {"settled": round(settled, 1), "max": round(max(memory, default=0.0), 1)},
        "seconds_p50": round(times[len(times) // 2], 3),
        "seconds_p99": round(times[len(times) * 99 // 100], 3),
        "examples": {
            "wrong_bills": bills[:SHOWN_MAX],
            "unanswered": [f"{s.request_id} {s.client} {s.kind} {s.status} {s.detail}" for s in lost][:SHOWN_MAX],
        },
    }
    report["failed"] = verdicts(report, kinds)
    return report


def verdicts(report: dict, kinds: Counter) -> list[str]:
    """What was promised and not kept."""
    failed = []
    if report["answered_share"] < report["setting"]["answered_min"]:
        failed.append(f"{report['answered_share']:.4%} of the requests with a healthy alternative were answered")
    failed += [f"{kinds[kind]} answers were {kind}" for kind in ("torn", "wrong") if kinds[kind]]
    if report["wrong_bills"]:
        failed.append(f"{report['wrong_bills']} bills are wrong")
    if report["descriptors"]["after"] > report["descriptors"]["before"]:
        failed.append(f"descriptors leaked: {report['descriptors']}")
    if report["rss_mib"]["max"] > report["rss_mib"]["settled"] + RSS_GROWTH_MAX_MIB:
        failed.append(f"memory grew: {report['rss_mib']}")
    return failed


def main() -> int:
    chosen = options()
    report = run(chosen)
    chosen.report.parent.mkdir(parents=True, exist_ok=True)
    chosen.report.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))
    for line in report["failed"]:
        print(f"FAILED: {line}")
    print(f"report: {chosen.report}")
    return 1 if report["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
