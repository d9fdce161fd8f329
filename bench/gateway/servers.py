"""The processes of a measurement: fake upstream, HAProxy, gateway; and what the kernel says about them."""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("IFLOW_BUILD", REPOSITORY / "build/release"))
CACHE_BYTES_MAX = 32 << 20
START_TIMEOUT_S = 30.0


class missing_program(Exception):
    """Something that the benchmark needs is not installed or not built."""


def program(name: str, path: Path | None = None) -> str:
    """The path of a program; says what to do when it is absent."""
    found = str(path) if path is not None and path.exists() else shutil.which(name) if path is None else None
    if found is None:
        how = "make build" if path is not None else "scripts/setup_packages.sh bench"
        raise missing_program(f"{path or name} is missing; run {how}")
    return found


def raise_descriptor_limit() -> None:
    """Thousands of connections need more descriptors than the usual soft limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class server:
    """One running process with a port; ended with the block that it was started for."""

    def __init__(self, name: str, process: subprocess.Popen, port: int) -> None:
        self.name = name
        self.process = process
        self.port = port

    def __enter__(self) -> server:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu_ns(self) -> int:
        """Time on a CPU since start, user and system, all threads, from the scheduler's own clock."""
        total = 0
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total

    def rss_mib(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"{self.name} has no VmRSS: it has ended")


def start_upstream() -> server:
    path = program("fast_upstream", BUILD / "tests/support/fast_upstream")
    process = subprocess.Popen([path], stdout=subprocess.PIPE)
    assert process.stdout is not None
    return server("upstream", process, int(process.stdout.readline()))


def start_haproxy(folder: Path, upstream_port: int) -> server:
    """One thread, keep-alive on both sides, idle upstream connections shared: as cheap as HAProxy gets."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    config = folder / "haproxy.cfg"
    config.write_text(
        f"""global
  nbthread 1
  maxconn 8192
defaults
  mode http
  option http-keep-alive
  http-reuse always
  timeout connect 5s
  timeout client 75s
  timeout server 75s
  timeout http-keep-alive 75s
frontend bench
  bind fd@{listener.fileno()}
  default_backend upstream
backend upstream
  server only 127.0.0.1:{upstream_port}
"""
    )
    log = (folder / "haproxy.log").open("wb")
    process = subprocess.Popen(
        [program("haproxy"), "-db", "-f", str(config)], pass_fds=[listener.fileno()], stdout=log, stderr=log
    )
    port = listener.getsockname()[1]
    listener.close()
    return server("haproxy", process, port)


def gateway_config(upstream_port: int) -> dict:
    """Every stage on: cache, coalescing, ledger in a file, metrics, access log in a file. One loop, as HAProxy has."""
    return {
        "server": {"host": "127.0.0.1", "port": 0, "loops": 1},
        "log": {"level": "info", "access": True, "file": "access.log"},
        "local": {"enabled": False},
        "providers": [{"name": "bench", "base_url": f"http://127.0.0.1:{upstream_port}/v1", "models": ["bench"]}],
        "cache": {"enabled": True, "coalesce": True, "bytes_max": CACHE_BYTES_MAX},
        "ledger": {"path": "ledger.sqlite", "durability": "group"},
    }


def start_gateway(
    folder: Path, upstream_port: int, changes: dict | None = None, environment: dict[str, str] | None = None
) -> server:
    path = program("inferenceflow", BUILD / "src/app/inferenceflow")
    config, port_file = folder / "gateway.yaml", folder / "gateway.port"
    config.write_text(json.dumps({**gateway_config(upstream_port), **(changes or {})}, indent=2))
    port_file.unlink(missing_ok=True)
    log = (folder / "gateway.log").open("wb")
    command = [path, "serve", "--config", str(config), "--port-file", str(port_file)]
    process = subprocess.Popen(
        command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **(environment or {})}
    )
    deadline = time.monotonic() + START_TIMEOUT_S
    while not (port_file.exists() and port_file.read_text().strip()):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"the gateway did not start:\n{(folder / 'gateway.log').read_text()[-2000:]}")
        time.sleep(0.01)
    return server("gateway", process, int(port_file.read_text()))
