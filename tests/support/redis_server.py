"""Real redis-server processes on free ports: one alone, or three as a cluster."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO

START_TIMEOUT_S = 20.0
CLUSTER_TIMEOUT_S = 30.0
ATTEMPTS = 3  # somebody else may take a free port before the server does
SLOTS = 16_384

reply = str | int | list | None


class redis_failure(Exception):
    """What Redis answered with a minus."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class redis_server:
    """One `redis-server` that keeps nothing on disk, as a context; killed at its end.

    `arguments` go to the program as they are, e.g. "--requirepass", "secret", "--maxmemory", "2mb".
    """

    def __init__(self, *arguments: str, password: str | None = None) -> None:
        self._arguments = [*arguments, *(["--requirepass", password] if password else [])]
        self._password = password
        self._folder = tempfile.TemporaryDirectory(prefix="iflow-redis-")
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        login = f":{self._password}@" if self._password else ""
        return f"redis://{login}127.0.0.1:{self.port}"

    def __enter__(self) -> redis_server:
        for _ in range(ATTEMPTS):
            self.port = free_port()
            if self.start():
                return self
        raise RuntimeError(f"redis-server does not start:\n{self.log_text()}")

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._folder.cleanup()

    def start(self) -> bool:
        """Starts it on its port; False when it ended at once."""
        program = shutil.which("redis-server")
        if program is None:
            raise RuntimeError("redis-server is missing: scripts/setup_packages.sh test")
        command = [program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no",
                   "--enable-debug-command", "yes", "--dir", self._folder.name, *self._arguments]  # fmt: skip
        with self._log_file.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            try:
                self.ask("PING")
            except OSError:
                time.sleep(0.01)
            else:
                return True
        self.kill()
        return False

    def kill(self) -> None:
        """kill -9, also of a stopped process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def pause(self) -> None:
        """Stops it: connections stay open and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def ask(self, *words: str | bytes | int) -> reply:
        """One command over a connection of its own; values are decoded with surrogateescape."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            stream = connection.makefile("rb")
            if self._password:
                connection.sendall(_encoded("AUTH", self._password))
                _decoded(stream)
            connection.sendall(_encoded(*words))
            return _decoded(stream)

    def keys(self, pattern: str = "*") -> list[str]:
        found = self.ask("KEYS", pattern)
        return sorted(str(key) for key in found) if isinstance(found, list) else []

    def log_text(self) -> str:
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""

    @property
    def _log_file(self) -> Path:
        return Path(self._folder.name) / "redis.log"

    def _signal(self, number: int) -> None:
        if self.process is not None:
            os.kill(self.process.pid, number)


class redis_cluster:
    """Three masters that share the slots, as a context."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self.nodes: list[redis_server] = []

    @property
    def url(self) -> str:
        return "redis://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def __enter__(self) -> redis_cluster:
        try:
            self._form()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.nodes:
            node.__exit__()
        self.nodes.clear()

    def keys(self, pattern: str = "*") -> list[str]:
        """Of all nodes."""
        return sorted(key for node in self.nodes for key in node.keys(pattern))

    def _form(self) -> None:
        buses = [free_port() for _ in range(3)]
        first = [SLOTS * index // 3 for index in range(4)]
        for index, bus in enumerate(buses):
            node = redis_server("--cluster-enabled", "yes", "--cluster-port", str(bus), "--cluster-node-timeout", "2000",
                                "--cluster-require-full-coverage", "no", *self._arguments)  # fmt: skip
            self.nodes.append(node.__enter__())
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
            node.ask("CLUSTER", "ADDSLOTSRANGE", first[index], first[index + 1] - 1)
        for node, bus in list(zip(self.nodes, buses, strict=True))[1:]:
            self.nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port, bus)
        deadline = time.monotonic() + CLUSTER_TIMEOUT_S
        while not all(self._formed(node) for node in self.nodes):
            if time.monotonic() > deadline:
                raise RuntimeError("the Redis cluster does not form")
            time.sleep(0.02)

    @staticmethod
    def _formed(node: redis_server) -> bool:
        slots = node.ask("CLUSTER", "SLOTS")
        return isinstance(slots, list) and len(slots) == 3 and "cluster_state:ok" in str(node.ask("CLUSTER", "INFO"))


def _encoded(*words: str | bytes | int) -> bytes:
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


def _decoded(stream: IO[bytes]) -> reply:
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionError("redis-server hung up")
    kind, rest = line[:1], line[1:-2]
    if kind == b"-":
        raise redis_failure(rest.decode(errors="replace"))
    if kind == b"+":
        return rest.decode(errors="replace")
    if kind == b":":
        return int(rest)
    size = int(rest)
    if size < 0:
        return None
    if kind == b"$":
        return stream.read(size + 2)[:-2].decode(errors="surrogateescape")
    return [_decoded(stream) for _ in range(size)]
