#!/usr/bin/env python3
"""A thousand clients at once, for LOAD_S seconds (default 60): p95 < 2 s and more than 95 % success, or exit status 1.

CLIENTS=1000 LOAD_S=60; memory is sampled every second. Report: build/reports/load.json, keys in bench/README.md.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from load_tools import finish_wrk, start_wrk
from servers import REPOSITORY, missing_program, raise_descriptor_limit, server, start_gateway, start_upstream

CLIENTS = int(os.environ.get("CLIENTS", "1000"))
LOAD_S = float(os.environ.get("LOAD_S", "60"))
P95_MAX_S = 2.0
SUCCESS_MIN = 0.95
REPORT = REPOSITORY / "build/reports/load.json"


def show(done_s: float, rss_mib: float) -> None:
    if sys.stderr.isatty():
        filled = int(30 * min(done_s / LOAD_S, 1.0))
        bar = "#" * filled + "." * (30 - filled)
        print(f"\r[{bar}] {done_s:4.0f}/{LOAD_S:.0f} s  RSS {rss_mib:6.1f} MiB", end="", file=sys.stderr, flush=True)


def watch(gateway: server) -> tuple[dict, list[float]]:
    """Runs the load to its end; what wrk counted, and the resident set second by second."""
    samples = []
    started = time.monotonic()
    process = start_wrk(gateway.port, "unique", LOAD_S, CLIENTS)
    while process.poll() is None:
        samples.append(gateway.rss_mib())
        show(time.monotonic() - started, samples[-1])
        time.sleep(1)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return finish_wrk(process), samples


def measure(folder: Path) -> dict:
    with start_upstream() as upstream, start_gateway(folder, upstream.port) as gateway:
        idle = gateway.rss_mib()
        got, samples = watch(gateway)
        time.sleep(1)
        after = gateway.rss_mib()
    attempted = got["requests"] + got["broken"]
    return {
        "clients": CLIENTS,
        "seconds": round(got["duration_us"] / 1e6, 1),
        "requests": got["requests"],
        "requests_per_s": round(got["requests"] / (got["duration_us"] / 1e6)),
        "success_share": round((got["requests"] - got["bad_status"]) / max(attempted, 1), 6),
        "p50_ms": round(got["p50_us"] / 1000, 2),
        "p95_ms": round(got["p95_us"] / 1000, 2),
        "p99_ms": round(got["p99_us"] / 1000, 2),
        "rss_mib": {
            "idle": round(idle, 1),
            "tenth": round(samples[len(samples) // 10], 1),
            "end": round(samples[-1], 1),
            "max": round(max(samples), 1),
            "after": round(after, 1),
        },
    }


def main() -> int:
    raise_descriptor_limit()
    try:
        with tempfile.TemporaryDirectory(prefix="iflow-load-") as folder:
            report = measure(Path(folder))
    except (missing_program, RuntimeError) as failure:
        print(f"load: {failure}", file=sys.stderr)
        return 1
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    rss = report["rss_mib"]
    print(f"{report['clients']} clients, {report['seconds']} s: {report['requests_per_s']:,} requests/s, "
          f"p50 {report['p50_ms']} ms, p95 {report['p95_ms']} ms, success {report['success_share']:.4%}")  # fmt: skip
    print(
        f"RSS, MiB: idle {rss['idle']}, after a tenth {rss['tenth']}, end {rss['end']}, max {rss['max']}, after {rss['after']}"
    )
    print(f"report: {REPORT.relative_to(REPOSITORY)}")
    good = report["p95_ms"] < P95_MAX_S * 1000 and report["success_share"] > SUCCESS_MIN
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
