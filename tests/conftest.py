"""Fixtures: one fake upstream and a few gateways shared by the session, and a factory for special ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.configurations import PROVIDER_KEY, base_config, local_config, merge, model_name
from support.fake_upstream import fake_upstream
from support.fakes.protocols import PROTOCOLS
from support.gateway_process import binary, gateway_process
from support.sdk_matrix.cases import CASES
from support.sdk_matrix.runner import CLIENTS
from support.sdk_matrix.table import matrix

gateway_factory = Callable[..., gateway_process]


@pytest.fixture(scope="session", autouse=True)
def the_binary() -> Path:
    """Fails early and clearly when there is nothing to test."""
    if not binary().exists():
        pytest.exit(f"{binary()} does not exist: build it, or point IFLOW_BINARY at it", returncode=2)
    return binary()


@pytest.fixture(scope="session")
def upstream() -> Iterator[fake_upstream]:
    with fake_upstream() as fake:
        yield fake


@pytest.fixture
def start_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[gateway_factory]:
    """Starts gateways that end, cleanly or the test fails, with the test."""
    with ExitStack() as stack:

        def start(config: dict, environment: dict[str, str] | None = None) -> gateway_process:
            given = {"FAKE_PROVIDER_KEY": PROVIDER_KEY, **(environment or {})}
            process = gateway_process(config, given, tmp_path_factory.mktemp("gateway"))
            return stack.enter_context(process)

        yield start


class shared_gateway:
    """One process for many tests. A test that kills it fails; the next one gets a new process."""

    def __init__(self, config: dict, factory: pytest.TempPathFactory) -> None:
        self._config = config
        self._factory = factory
        self._process: gateway_process | None = None

    def lend(self) -> Iterator[gateway_process]:
        if self._process is None:
            environment = {"FAKE_PROVIDER_KEY": PROVIDER_KEY}
            self._process = gateway_process(self._config, environment, self._factory.mktemp("gateway")).start()
        process = self._process
        yield process
        if not process.alive():
            self._process = None
            pytest.fail(f"the gateway died (status {process.wait()}):\n{process.log_text()[-1500:]}")

    def end(self) -> None:
        if self._process is not None:
            self._process.stop()


def _shared(config: dict, factory: pytest.TempPathFactory) -> Iterator[shared_gateway]:
    holder = shared_gateway(config, factory)
    yield holder
    holder.end()


@pytest.fixture(scope="session")
def _calm(upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[shared_gateway]:
    yield from _shared(base_config(upstream), tmp_path_factory)


@pytest.fixture(scope="session")
def _hurried(upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[shared_gateway]:
    timeouts = {"connect_timeout_ms": 1000, "first_byte_timeout_ms": 700, "idle_timeout_ms": 600}
    times = {"header_timeout_ms": 600, "body_timeout_ms": 600, "idle_timeout_ms": 1200}
    bounds = {
        "server": {**times, "body_bytes_max": 65536},
        "upstream": {"answer_bytes_max": 262144, "event_bytes_max": 65536},
    }
    yield from _shared(merge(base_config(upstream, **timeouts), bounds), tmp_path_factory)


@pytest.fixture(scope="session")
def _local(upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[shared_gateway]:
    yield from _shared(merge(base_config(upstream), local_config()), tmp_path_factory)


@pytest.fixture
def gateway(_calm: shared_gateway) -> Iterator[gateway_process]:
    """The gateway that most tests talk to: defaults, one upstream, no local model."""
    yield from _calm.lend()


@pytest.fixture
def hurried(_hurried: shared_gateway) -> Iterator[gateway_process]:
    """A gateway with short times and small bounds."""
    yield from _hurried.lend()


@pytest.fixture
def local_gateway(_local: shared_gateway) -> Iterator[gateway_process]:
    """A gateway with both default models in the process, and the upstream beside them."""
    yield from _local.lend()


@pytest.fixture
def model() -> model_name:
    return model_name()


@pytest.fixture
def other_model() -> model_name:
    return model_name()


MATRIX = pytest.StashKey[matrix]()


@pytest.fixture(scope="session")
def sdk_matrix(pytestconfig: pytest.Config) -> matrix:
    """Results of SDKs against backends, printed and written at the end of the run."""
    return pytestconfig.stash.setdefault(MATRIX, matrix(CLIENTS, (*PROTOCOLS, "local"), [one.name for one in CASES]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = config.stash.get(MATRIX, None)
    if found is None or not found.rows():
        return
    found.write()
    terminalreporter.section("SDKs against backends")
    for line in [*found.lines(), found.summary()]:
        terminalreporter.write_line(line)
