"""Fixtures: one fake upstream and a few gateways shared by the session, and a factory for special ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.configurations import PROVIDER_KEY, base_config, local_config, merge, model_name
from support.fake_upstream import fake_upstream
from support.gateway_process import binary, gateway_process

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


def _session_gateway(config: dict, factory: pytest.TempPathFactory) -> Iterator[gateway_process]:
    with gateway_process(config, {"FAKE_PROVIDER_KEY": PROVIDER_KEY}, factory.mktemp("gateway")) as process:
        yield process


@pytest.fixture(scope="session")
def gateway(upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gateway_process]:
    """The gateway that most tests talk to: defaults, one upstream, no local model."""
    yield from _session_gateway(base_config(upstream), tmp_path_factory)


@pytest.fixture(scope="session")
def hurried(upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gateway_process]:
    """A gateway with short times and small bounds."""
    timeouts = {"connect_timeout_ms": 1000, "first_byte_timeout_ms": 700, "idle_timeout_ms": 600}
    config = merge(
        base_config(upstream, **timeouts),
        {
            "server": {
                "header_timeout_ms": 600,
                "body_timeout_ms": 600,
                "idle_timeout_ms": 1200,
                "body_bytes_max": 65536,
            },
            "upstream": {"answer_bytes_max": 262144, "event_bytes_max": 65536},
        },
    )
    yield from _session_gateway(config, tmp_path_factory)


@pytest.fixture(scope="session")
def local_gateway(upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gateway_process]:
    """A gateway with both default models in the process, and the upstream beside them."""
    yield from _session_gateway(merge(base_config(upstream), local_config()), tmp_path_factory)


@pytest.fixture
def model() -> model_name:
    return model_name()


@pytest.fixture
def other_model() -> model_name:
    return model_name()
