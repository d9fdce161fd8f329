#!/usr/bin/env python3
"""A thousand clients at once: p95 < 2 s and more than 95 % success; then 10,000 requests/s; or exit status 1.

CLIENTS=1000 LOAD_S=60 RATE_S=5; memory is sampled every second. Report: build/reports/load.json, keys in bench/README.md.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from load_tools import CONNECTIONS, finish_wrk, start_wrk
from servers import REPOSITORY, missing_program, raise_descriptor_limit, server, start_gateway, start_upstream

CLIENTS = int(os.environ.get("CLIENTS", "1000"))
LOAD_S = float(os.environ.get("LOAD_S", "60"))
RATE_S = float(os.environ.get("RATE_S", "5"))
P95_MAX_S = 2.0
SUCCESS_MIN = 0.95
RATE_MIN = 10_000
SPARE_DESCRIPTORS = 200  # of the gateway, beside two a client: files, its own sockets
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


def check_descriptors() -> None:
    """A client takes one descriptor of wrk and two of the gateway, which inherits this process's limit."""
    raise_descriptor_limit()
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * CLIENTS + SPARE_DESCRIPTORS
    if limit < needed:
        raise RuntimeError(
            f"{CLIENTS} clients need {needed} open files, the hard limit is {limit}; raise it "
            f"(ulimit -Hn {needed} as root, or nofile in /etc/security/limits.conf), or set CLIENTS={(limit - SPARE_DESCRIPTORS) // 2}"
        )


def success_share(got: dict) -> float:
    return round((got["requests"] - got["bad_status"]) / max(got["requests"] + got["broken"], 1), 6)


def milliseconds(got: dict) -> dict[str, float]:
    return {f"p{p}_ms": round(got[f"p{p}_us"] / 1000, 2) for p in (50, 95, 99)}


def measure(folder: Path) -> dict:
    changes = {"server": {"host": "127.0.0.1", "port": 0, "loops": 0}}
    with start_upstream() as upstream, start_gateway(folder, upstream.port, changes) as gateway:
        idle = gateway.rss_mib()
        got, samples = watch(gateway)
        time.sleep(1)
        after = gateway.rss_mib()
        rate = finish_wrk(start_wrk(gateway.port, "unique", RATE_S, CONNECTIONS))
    return {
        "clients": CLIENTS,
        "cores": len(os.sched_getaffinity(0)),
        "seconds": round(got["duration_us"] / 1e6, 1),
        "requests": got["requests"],
        "requests_per_s": round(got["requests"] / (got["duration_us"] / 1e6)),
        "success_share": success_share(got),
        **milliseconds(got),
        "rate_connections": CONNECTIONS,
        "rate_requests_per_s": round(rate["requests"] / (rate["duration_us"] / 1e6)),
        "rate_success_share": success_share(rate),
        "rate_p95_ms": milliseconds(rate)["p95_ms"],
        "rss_mib": {
            "idle": round(idle, 1),
            "tenth": round(samples[len(samples) // 10], 1),
            "end": round(samples[-1], 1),
            "max": round(max(samples), 1),
            "after": round(after, 1),
        },
    }


def judge(report: dict) -> list[str]:
    """Prints each target beside what was measured. @returns those that were missed."""
    rows = [
        (f"p95 of {CLIENTS:,} clients", f"{report['p95_ms']:,.1f} ms", f"< {P95_MAX_S * 1000:,.0f} ms",
         report["p95_ms"] < P95_MAX_S * 1000),
        (f"success of {CLIENTS:,} clients", f"{report['success_share']:.4%}", f"> {SUCCESS_MIN:.0%}",
         report["success_share"] > SUCCESS_MIN),
        (f"requests/s, {CONNECTIONS} connections", f"{report['rate_requests_per_s']:,}", f">= {RATE_MIN:,}",
         report["rate_requests_per_s"] >= RATE_MIN and report["rate_success_share"] > SUCCESS_MIN),
    ]  # fmt: skip
    print(f"{'':32} {'measured':>14} {'target':>12}")
    for what, measured, target, good in rows:
        print(f"{what:32} {measured:>14} {target:>12}  {'ok' if good else 'MISSED'}")
    return [what for what, _, _, good in rows if not good]


def main() -> int:
    try:
        check_descriptors()
        with tempfile.TemporaryDirectory(prefix="iflow-load-") as folder:
            report = measure(Path(folder))
    except (missing_program, RuntimeError) as failure:
        print(f"load: {failure}", file=sys.stderr)
        return 1
    rss = report["rss_mib"]
    print(f"{report['clients']} clients, {report['seconds']} s, {report['cores']} cores: {report['requests_per_s']:,} requests/s, "
          f"p50 {report['p50_ms']} ms, p95 {report['p95_ms']} ms, success {report['success_share']:.4%}")  # fmt: skip
    print(
        f"RSS, MiB: idle {rss['idle']}, after a tenth {rss['tenth']}, end {rss['end']}, max {rss['max']}, after {rss['after']}"
    )
    report["missed"] = judge(report)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    print(f"report: {REPORT.relative_to(REPOSITORY)}")
    return 1 if report["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
