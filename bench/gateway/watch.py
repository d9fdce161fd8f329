"""What a phase of a measurement cost: CPU of the gateway, CPU of everybody else, what the gateway itself counted."""

from __future__ import annotations

import os
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from servers import server

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all lie at or below; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def machine_busy_s() -> float:
    """CPU time of all processes of the machine since it started: neither idle nor waiting for a disk."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS_PER_S


def counters(port: int) -> dict[str, float]:
    """The gateway's metrics, summed over labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    sums: dict[str, float] = {}
    for line in lines:
        if line and not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            name = name.split("{", 1)[0]
            sums[name] = sums.get(name, 0.0) + float(value)
    return sums


class watch:
    """From construction to figures()."""

    def __init__(self, gateway: server, others: Sequence[server]) -> None:
        self._gateway = gateway
        self._own = others
        self._before = self._now()

    def _now(self) -> tuple[float, float, float, float, dict[str, float]]:
        own = sum(each.cpu_ns() for each in self._own) / 1e9 + time.process_time()
        return time.monotonic(), machine_busy_s(), self._gateway.cpu_ns() / 1e9, own, counters(self._gateway.port)

    def figures(self, requests: int) -> dict[str, float | None]:
        now = self._now()
        wall, busy, gateway, own = (now[at] - self._before[at] for at in range(4))

        def counted(name: str) -> float:
            return now[4].get(name, 0.0) - self._before[4].get(name, 0.0)

        def mean_ms(name: str) -> float:
            return round(1000 * counted(f"{name}_sum") / max(counted(f"{name}_count"), 1.0), 3)

        skipped = counted("inferenceflow_semantic_skipped_total")
        vectors = counted("inferenceflow_semantic_embedding_seconds_count") - skipped
        return {
            "cpu_ms_per_request": round(1000 * gateway / max(requests, 1), 3),
            "gateway_cores": round(gateway / wall, 2),
            "load_generator_cores": round(own / wall, 2),
            "foreign_cores": round(max(busy - gateway - own, 0.0) / wall, 2),
            "load_average": round(os.getloadavg()[0], 2),
            "cpu_ms_per_vector": round(1000 * gateway / vectors, 3) if vectors > 0 else None,
            "skipped": round(skipped),
            "embedding_mean_ms": mean_ms("inferenceflow_semantic_embedding_seconds"),
            "lookup_mean_ms": mean_ms("inferenceflow_semantic_lookup_seconds"),
        }
