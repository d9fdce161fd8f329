"""Starts, signals and observes one real gateway process."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

from support import raw_http
from support.fake_upstream import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 60.0
TURNS = 24  # connections spread over the loops at random: enough that none is left out


def binary() -> Path:
    """The program under test: $IFLOW_BINARY, else the release build."""
    return Path(os.environ.get("IFLOW_BINARY", REPOSITORY / "build/release/src/app/inferenceflow")).resolve()


def clean_environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without anything that would configure the gateway or send it through a proxy."""
    own = {"HOST", "PORT", "LOG_LEVEL", "CACHE_ENABLED", "CACHE_TTL", "LEDGER_PATH", "REDIS_URL", "CACHE_SECRET"}
    kept = {
        key: value for key, value in os.environ.items() if key not in own and not key.upper().endswith(("_PROXY", "_API_KEY", "_BASE_URL"))
    }
    return {**kept, **(extra or {})}


class gateway_process:
    """`inferenceflow serve` with a configuration of its own, on a port of the kernel's choice."""

    def __init__(self, config: dict, environment: dict[str, str] | None = None, folder: Path | None = None) -> None:
        self._own_folder = tempfile.TemporaryDirectory(prefix="iflow-test-") if folder is None else None
        self.folder = Path(self._own_folder.name) if self._own_folder else Path(str(folder))
        self.config_file = self.folder / "config.yaml"
        self.log_file = self.folder / "gateway.log"
        self.write_config(config)
        self._environment = clean_environment(environment)
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def write_config(self, config: dict | str) -> None:
        """Writes the configuration file; JSON is YAML too."""
        text = config if isinstance(config, str) else json.dumps(config, indent=2)
        self.config_file.write_text(text)

    def start(self) -> gateway_process:
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        command = [str(binary()), "serve", "--config", str(self.config_file), "--port-file", str(port_file)]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=self._environment, cwd=self.folder)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not (port_file.exists() and port_file.read_text().strip()):
            if self.process.poll() is not None:
                raise RuntimeError(f"gateway exited with {self.process.returncode}:\n{self.log_text()}")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"gateway did not start within {START_TIMEOUT_S} s:\n{self.log_text()}")
            time.sleep(0.01)
        self.port = int(port_file.read_text().strip())
        return self

    def __enter__(self) -> gateway_process:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._own_folder:
            self._own_folder.cleanup()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self, timeout_s: float = 40.0) -> int:
        assert self.process is not None
        return self.process.wait(timeout_s)

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def stop(self) -> None:
        """SIGTERM; a crash or a sanitizer report makes the exit status wrong, and the test fail."""
        if self.process is None or self.process.returncode == -signal.SIGKILL:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"gateway ignored SIGTERM for 40 s:\n{self.log_text()[-4000:]}") from None
        if self.process.returncode != 0:
            raise AssertionError(f"gateway exited with {self.process.returncode}:\n{self.log_text()[-2500:]}")

    def log_text(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log_lines(self) -> list[dict]:
        """Every line of the log, parsed; a line that is not JSON is an error."""
        return [json.loads(line) for line in self.log_text().splitlines() if line.strip()]

    def call(
        self,
        method: str,
        target: str,
        body: bytes | dict | None = None,
        headers: dict[str, str] | None = None,
        timeout_s: float = 60.0,
    ) -> raw_http.answer:
        return raw_http.call(self.port, method, target, body, headers, timeout_s)

    def connect(self, timeout_s: float = 30.0) -> raw_http.connection:
        return raw_http.connection(self.port, timeout_s=timeout_s)

    def refuses_connections(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return False
        except OSError:
            return True

    def gauge(self, name: str, label: str = "") -> float:
        """One of the gateway's own metrics, summed over its samples, or over those with `label`."""
        lines = self.call("GET", "/metrics").body.decode().splitlines()
        wanted = [line for line in lines if line.startswith((f"{name} ", f"{name}{{")) and label in line]
        return sum(float(line.rsplit(" ", 1)[1]) for line in wanted)

    def active_requests(self) -> int:
        """Requests for a model that the gateway is working on."""
        return int(self.gauge("inferenceflow_active_requests"))

    def turn_loops(self) -> None:
        """Returns when every loop has handled what came to its sockets before: bytes, and clients that closed."""
        for _ in range(TURNS):
            self.call("GET", "/health/live")

    def rows_of(self, model: str, count: int) -> list[dict]:
        """The ledger's rows about one model, once everything asked so far is written; there must be `count`."""

        def found() -> list[dict]:
            return [row for row in self.ledger_rows() if row["model_requested"] == model]

        wait_until(lambda: len(found()) >= count, what=f"{count} rows in the ledger")
        wait_until(lambda: self.gauge("inferenceflow_ledger_queue") == 0, what="the ledger's queue is empty")
        rows = found()
        assert len(rows) == count, rows
        return rows

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def ledger_rows(self) -> list[dict]:
        """All committed rows of this gateway's ledger, oldest first."""
        path = self.folder / "ledger.sqlite"
        if not path.exists():
            return []
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute("SELECT * FROM ledger ORDER BY finished_ms, rowid")]
