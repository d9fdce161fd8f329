"""What a miss and an exact hit cost without Redis, with it, and when only Redis still has the answer."""

from __future__ import annotations

import contextlib
import secrets
import socket
import sys
import tempfile
import time
from pathlib import Path

from open_loop import header, request_bytes
from servers import REPOSITORY, missing_program, server, start_gateway
from watch import percentile

sys.path.insert(0, str(REPOSITORY / "tests"))
from support.redis_server import redis_server

COUNT = 2000
SMALL = "64KiB"  # memory for some dozens of answers: nearly every known one is in Redis alone
ENTRY_MAX = "16KiB"


class caller:
    """One blocking keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> tuple[str, float]:
        """@returns x-inferenceflow-cache and the time until the whole answer, in microseconds."""
        began = time.perf_counter()
        self._socket.sendall(request)
        got = b""
        while (end := got.find(b"\r\n\r\n")) < 0 or len(got) < end + 4 + int(header(got[: end + 2], b"content-length:") or 0):
            piece = self._socket.recv(65536)
            if not piece:
                raise RuntimeError("the gateway hung up")
            got += piece
        return header(got[: end + 2], b"x-inferenceflow-cache:").decode(), 1e6 * (time.perf_counter() - began)


def redis_work(redis: redis_server | None) -> tuple[int, int]:
    """Times that Redis read from a socket, and commands that it carried out; the asking itself included."""
    if redis is None:
        return 0, 0
    facts = dict(line.split(":", 1) for line in str(redis.ask("INFO", "stats")).splitlines() if ":" in line)
    return int(facts["total_reads_processed"]), int(facts["total_commands_processed"])


def ask_all(gateway: server, redis: redis_server | None, prefix: str, wanted: str) -> dict[str, float]:
    """COUNT different requests one after the other; those with another outcome than `wanted` are left out."""
    requests = [request_bytes("bench", f"{prefix} number {number} about the opening hours of the library") for number in range(COUNT)]
    client = caller(gateway.port)
    times = []
    before, cpu = redis_work(redis), gateway.cpu_ns()
    for request in requests:
        state, took_us = client.ask(request)
        if state == wanted:
            times.append(took_us)
    spent = gateway.cpu_ns() - cpu
    after = redis_work(redis)
    client.close()
    if len(times) < 0.9 * COUNT:
        raise RuntimeError(f"only {len(times)} of {COUNT} requests were a {wanted}")
    own = 1 if redis else 0  # one read of the first INFO is counted by the second
    return {
        "p50_us": round(percentile(times, 0.5), 1),
        "p95_us": round(percentile(times, 0.95), 1),
        "p99_us": round(percentile(times, 0.99), 1),
        "cpu_us_per_request": round(spent / 1000 / COUNT, 2),
        "redis_reads_per_request": round((after[0] - before[0] - own) / COUNT, 3),
        "redis_commands_per_request": round((after[1] - before[1] - own) / COUNT, 3),
        "outcome_share": round(len(times) / COUNT, 4),
    }


def measure_tiers(upstream: server, with_redis: bool, bar: type) -> dict[str, dict[str, float]]:
    """Rows by name. The two gateways take turns, so that a slow moment of the machine hits both."""
    rows: dict[str, dict[str, float]] = {}
    shown = bar("exact cache and Redis", 6)
    with contextlib.ExitStack() as stack:
        redis = None
        try:
            redis = stack.enter_context(redis_server()) if with_redis else None
        except RuntimeError as absent:
            raise missing_program(str(absent)) from None
        environment = {"CACHE_SECRET": secrets.token_hex(16)}

        def gateway(changes: dict, **more: str) -> server:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="iflow-bench-"))
            return stack.enter_context(start_gateway(Path(folder), upstream.port, changes, {**environment, "REDIS_URL": "", **more}))

        def row(name: str, asked: server, prefix: str, wanted: str) -> None:
            rows[name] = ask_all(asked, redis, prefix, wanted)
            shown.show(len(rows))
            time.sleep(0.5)  # what is still being written must not count in the next row

        plain = gateway({})
        shared = gateway({}, REDIS_URL=redis.url) if redis else None
        for wanted, title in (("miss", "miss"), ("hit", "hit in memory")):
            row(f"{title}, no Redis", plain, "one", wanted)
            if shared:
                row(f"{title}, Redis configured", shared, "one", wanted)
        if redis:
            small = gateway({"cache": {"enabled": True, "bytes_max": SMALL, "entry_bytes_max": ENTRY_MAX}}, REDIS_URL=redis.url)
            time.sleep(1)  # it reads what is there at its start
            row("hit in Redis alone", small, "one", "hit")
    return rows
