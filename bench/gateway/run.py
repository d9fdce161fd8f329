#!/usr/bin/env python3
"""The gateway beside HAProxy on the same cores: CPU, throughput, added latency, memory. Keys: bench/README.md.

ROUNDS=5 ROUND_S=3 LATENCY_COUNT=3000   how long
SOAK=1 [SOAK_S=600]                     ten minutes of load at the end, for rss_mib.after
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from load_tools import CONNECTIONS, finish_wrk, load_result, run_latency, run_load, start_wrk
from servers import (
    REPOSITORY,
    missing_program,
    raise_descriptor_limit,
    server,
    start_gateway,
    start_haproxy,
    start_upstream,
)

ROUNDS = int(os.environ.get("ROUNDS", "5"))
ROUND_S = int(os.environ.get("ROUND_S", "3"))
LATENCY_COUNT = int(os.environ.get("LATENCY_COUNT", "3000"))
SOAK = os.environ.get("SOAK", "") not in ("", "0")
SOAK_S = float(os.environ.get("SOAK_S", "600"))
REPORT = REPOSITORY / "build/reports/bench.json"

# Row of the report: which server, which load. The order is the order within a round.
ROWS = {
    "haproxy": ("haproxy", "unique"),
    "proxied": ("gateway", "unique"),
    "proxied_bypass": ("gateway", "bypass"),
    "exact_hit": ("gateway", "same"),
    "haproxy_streamed": ("haproxy", "stream"),
    "streamed": ("gateway", "stream"),
}
COMPARED_WITH = {"haproxy_streamed": "haproxy_streamed", "streamed": "haproxy_streamed"}


class progress:
    """One line that grows on a terminal; silent elsewhere but for whole steps."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._done = 0
        self._started = time.monotonic()

    def step(self, what: str) -> None:
        self._done += 1
        if sys.stderr.isatty():
            filled = 30 * self._done // self._steps
            bar = "#" * filled + "." * (30 - filled)
            seconds = time.monotonic() - self._started
            print(
                f"\r[{bar}] {self._done}/{self._steps} {seconds:4.0f} s {what:<28}", end="", file=sys.stderr, flush=True
            )

    def end(self) -> None:
        if sys.stderr.isatty():
            print(file=sys.stderr)


def warm_up(servers: dict[str, server]) -> None:
    for name, mode in ROWS.values():
        run_load(servers[name], mode, 1)


def measure(servers: dict[str, server], shown: progress) -> tuple[dict[str, list[load_result]], dict[str, list[dict]]]:
    """Alternates all rows within each round, so that a slow moment of the machine hits every row alike."""
    loads: dict[str, list[load_result]] = defaultdict(list)
    added: dict[str, list[dict]] = defaultdict(list)
    for number in range(1, ROUNDS + 1):
        for row, (name, mode) in ROWS.items():
            shown.step(f"round {number}: {row}")
            loads[row].append(run_load(servers[name], mode, ROUND_S))
        direct = {mode: run_latency(servers["upstream"].port, mode, LATENCY_COUNT) for mode in ("unique", "stream")}
        for row, (name, mode) in ROWS.items():
            shown.step(f"round {number}: {row} latency")
            through = run_latency(servers[name].port, mode, LATENCY_COUNT)
            base = direct["stream" if mode == "stream" else "unique"]
            added[row].append({key: through[key] - base[key] for key in through if key.endswith("_us")})
    return loads, added


def median_row(loads: list[load_result], added: list[dict], streamed: bool) -> dict[str, float]:
    def middle(values: list[float], digits: int = 2) -> float:
        return round(statistics.median(values), digits)

    row = {
        "cpu_us_per_request": middle([load.cpu_us_per_request for load in loads]),
        "cpu_us_per_request_min": round(min(load.cpu_us_per_request for load in loads), 2),
        "cpu_us_per_request_max": round(max(load.cpu_us_per_request for load in loads), 2),
        "requests_per_s": middle([load.requests_per_s for load in loads], 0),
        "added_p50_us": middle([sample["p50_us"] for sample in added]),
        "added_p99_us": middle([sample["p99_us"] for sample in added]),
    }
    if streamed:
        row["added_first_byte_p50_us"] = middle([sample["first_p50_us"] for sample in added])
        row["added_first_byte_p99_us"] = middle([sample["first_p99_us"] for sample in added])
    return row


def soak(gateway: server, shown: progress) -> list[float]:
    """Load for SOAK_S; the resident set, sampled every second."""
    samples = []
    process = start_wrk(gateway.port, "unique", SOAK_S)
    while process.poll() is None:
        samples.append(gateway.rss_mib())
        time.sleep(1)
    finish_wrk(process)
    shown.step("soak")
    return samples


def measure_all(folder: Path) -> dict:
    shown = progress(ROUNDS * len(ROWS) * 2 + (1 if SOAK else 0))
    with (
        start_upstream() as upstream,
        start_haproxy(folder, upstream.port) as haproxy,
        start_gateway(folder, upstream.port) as gateway,
    ):
        time.sleep(1)
        idle = gateway.rss_mib()
        servers = {"upstream": upstream, "haproxy": haproxy, "gateway": gateway}
        warm_up(servers)
        loads, added = measure(servers, shown)
        loaded = gateway.rss_mib()
        samples = soak(gateway, shown) if SOAK else []
        time.sleep(1)
        rss: dict[str, object] = {"idle": idle, "loaded": loaded, "after": gateway.rss_mib()}
        if samples:
            rss |= {
                "soak_s": SOAK_S,
                "soak_tenth": samples[len(samples) // 10],
                "soak_end": samples[-1],
                "soak_max": max(samples),
            }
        shown.end()
    rows = {row: median_row(loads[row], added[row], mode == "stream") for row, (_, mode) in ROWS.items()}
    for row, values in rows.items():
        against = rows[COMPARED_WITH.get(row, "haproxy")]
        values["cpu_ratio"] = round(values["cpu_us_per_request"] / against["cpu_us_per_request"], 3)
    rss = {key: round(value, 1) if isinstance(value, float) else value for key, value in rss.items()}
    return {**rows, "rss_mib": rss, "setting": setting()}


def setting() -> dict[str, object]:
    models = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "connections": CONNECTIONS,
        "rounds": ROUNDS,
        "round_s": ROUND_S,
        "latency_count": LATENCY_COUNT,
    }


def print_table(report: dict) -> None:
    columns = [
        "cpu_us_per_request",
        "cpu_ratio",
        "requests_per_s",
        "added_p50_us",
        "added_p99_us",
        "added_first_byte_p50_us",
    ]
    titles = ["CPU us/request", "x HAProxy", "requests/s", "added p50 us", "added p99 us", "first byte +us"]
    print(f"{'':<18}" + "".join(f"{title:>16}" for title in titles))
    for row in ROWS:
        cells = [report[row].get(column) for column in columns]
        print(
            f"{row:<18}"
            + "".join(
                f"{'-' if cell is None else format(cell, ',.2f' if cell < 1000 else ',.0f'):>16}" for cell in cells
            )
        )
    rss = report["rss_mib"]
    print(
        f"gateway RSS, MiB: idle {rss['idle']}, loaded {rss['loaded']}, after {rss['after']} (cache bound 32 MiB included)"
    )
    if "soak_end" in rss:
        print(f"soak of {rss['soak_s']:.0f} s: {rss['soak_tenth']} MiB after a tenth, {rss['soak_end']} at the end")


def main() -> int:
    raise_descriptor_limit()
    try:
        with tempfile.TemporaryDirectory(prefix="iflow-bench-") as folder:
            report = measure_all(Path(folder))
    except (missing_program, RuntimeError) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    print_table(report)
    print(f"report: {REPORT.relative_to(REPOSITORY)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
