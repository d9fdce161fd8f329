"""Load by wrk and latency by bench_client, as numbers."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from servers import BUILD, program, server

CONNECTIONS = 64
SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True)
class load_result:
    """One run of wrk against one server."""

    requests: int
    seconds: float
    failed: int
    p50_us: float
    p95_us: float
    p99_us: float
    cpu_us_per_request: float

    @property
    def requests_per_s(self) -> float:
        return self.requests / self.seconds


def start_wrk(
    port: int, mode: str, seconds: float, connections: int = CONNECTIONS, threads: int = 1
) -> subprocess.Popen:
    """Starts wrk; its JSON line comes last on standard output."""
    environment = {**os.environ, "MODE": mode, "RUN": f"{time.time_ns():x}", "MODEL": "bench"}
    command = [
        program("wrk"),
        f"-t{threads}",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}s",
        "--timeout",
        "20s",
        "-s",
        str(SCRIPT),
    ]
    return subprocess.Popen(
        [*command, f"http://127.0.0.1:{port}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        text=True,
    )


def finish_wrk(process: subprocess.Popen) -> dict:
    output, _ = process.communicate()
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if process.returncode != 0 or not lines:
        raise RuntimeError(f"wrk failed:\n{output[-2000:]}")
    return json.loads(lines[-1])


def run_load(measured: server, mode: str, seconds: float) -> load_result:
    """Loads `measured` and counts what it alone spent on the CPU meanwhile."""
    cpu_before = measured.cpu_ns()
    got = finish_wrk(start_wrk(measured.port, mode, seconds))
    cpu_us = (measured.cpu_ns() - cpu_before) / 1000
    failed = got["bad_status"] + got["broken"]
    if failed:
        raise RuntimeError(
            f"{measured.name}, {mode}: {failed} of {got['requests']} requests failed; nothing is measured"
        )
    return load_result(
        got["requests"],
        got["duration_us"] / 1e6,
        failed,
        got["p50_us"],
        got["p95_us"],
        got["p99_us"],
        cpu_us / got["requests"],
    )


def run_latency(port: int, mode: str, count: int) -> dict[str, float]:
    """Percentiles on one connection, in microseconds."""
    command = [program("bench_client", BUILD / "tests/support/bench_client"), str(port), str(count), mode, "bench"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"bench_client {mode} failed: {done.stderr[-1000:]}")
    return json.loads(done.stdout)
