"""Upstreams that refuse, close early, stall, flood or answer garbage, before the first byte reached the client."""

from __future__ import annotations

import gzip
import json
import socket

import pytest
from support.configurations import CHAT, PROVIDER_KEY, base_config, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer
from support.upstream_script import behaviour, fault


def check_error(got: answer, status: int, port: int) -> None:
    """The right status, OpenAI's format, nothing that is nobody's business."""
    assert got.status == status, got.body
    assert set(got.error) == {"message", "type", "param", "code"}
    text = got.body.decode() + json.dumps(got.headers)
    for secret in (PROVIDER_KEY, f":{port}", "127.0.0.1", "private-prompt"):
        assert secret not in text
    assert got.header("x-request-id")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("how", "status"),
    [
        (fault.reset_before_head, 502),
        (fault.close_before_head, 502),
        (fault.garbage, 502),
        (fault.flood_head, 502),
        (fault.stall_head, 504),
    ],
)
def test_no_answer(
    hurried: gateway_process, upstream: fake_upstream, model: model_name, how: fault, status: int, stream: bool
) -> None:
    upstream.script(model.upstream, behaviour(fault=how))
    got = hurried.call("POST", CHAT, model.chat("private-prompt", stream=stream))
    check_error(got, status, upstream.port)
    calls = upstream.calls(model.upstream)
    assert len(calls) <= 2, "at most one retry, and that only on a stale connection"
    if how is fault.stall_head:
        assert len(calls) == 1
        wait_until(lambda: calls[0].peer_closed, what="the stalled call is given up")


@pytest.mark.parametrize(
    ("how", "status"),
    [
        (fault.close_mid_head, 502),
        (fault.close_mid_body, 502),
        (fault.garbage_json, 502),
        (fault.flood_body, 502),
        (fault.both_lengths, 502),
        (fault.bad_chunk, 502),
        (fault.stall_body, 504),
    ],
)
def test_broken_answer(
    hurried: gateway_process, upstream: fake_upstream, model: model_name, how: fault, status: int
) -> None:
    flooded = upstream.flooded_bytes
    upstream.script(model.upstream, behaviour(fault=how))
    got = hurried.call("POST", CHAT, model.chat("private-prompt"))
    check_error(got, status, upstream.port)
    assert len(upstream.calls(model.upstream)) == 1, "what reached the upstream is not sent again"
    assert upstream.flooded_bytes - flooded < 16 << 20
    upstream.script(model.upstream, behaviour())
    assert hurried.call("POST", CHAT, model.chat("private-prompt")).status == 200, "the next call is clean"


def test_slow_but_steady_answer_is_fine(hurried: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(fault=fault.slow_drip))
    got = hurried.call("POST", CHAT, model.chat())
    assert got.status == 200
    assert got.body == upstream.calls(model.upstream)[-1].sent_body


def test_interim_answers_are_skipped(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(fault=fault.informational))
    got = gateway.call("POST", CHAT, model.chat())
    assert got.status == 200
    assert got.body == upstream.calls(model.upstream)[-1].sent_body


def test_compression_nobody_asked_for(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(fault=fault.gzip))
    got = gateway.call("POST", CHAT, model.chat())
    if got.status == 200:
        assert got.header("content-encoding") == "gzip"
        assert gzip.decompress(got.body) == upstream.calls(model.upstream)[-1].sent_body
    else:
        check_error(got, 502, upstream.port)


def test_keep_alive_to_the_upstream(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    config = base_config(upstream)
    config["server"]["loops"] = 1
    gateway = start_gateway(config)
    before = upstream.connections_total
    for i in range(10):
        assert gateway.call("POST", CHAT, model.chat(f"question {i}")).status == 200
    assert upstream.connections_total - before == 1


def test_connection_that_the_upstream_ends_is_not_reused(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(fault=fault.close_after))
    upstream.drop_idle_connections()
    for i in range(5):
        assert gateway.call("POST", CHAT, model.chat(f"question {i}")).status == 200
        # A request that crosses the close on its way may have arrived, so it must not be repeated: let the close come first.
        wait_until(lambda: upstream.connections_open == 0, what="the upstream has closed")
    assert len(upstream.calls(model.upstream)) == 5


def test_stale_connection_is_retried_once(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    config = base_config(upstream)
    config["server"]["loops"] = 1
    gateway = start_gateway(config)
    for stream in (False, True):
        assert gateway.call("POST", CHAT, model.chat(f"warm {stream}")).status == 200
        upstream.drop_idle_connections()
        assert gateway.call("POST", CHAT, model.chat(f"after {stream}", stream=stream)).status == 200
    assert len(upstream.calls(model.upstream)) == 4


def test_stale_connection_is_never_retried_twice(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    config = base_config(upstream)
    config["server"]["loops"] = 1
    gateway = start_gateway(config)
    assert gateway.call("POST", CHAT, model.chat("warm")).status == 200
    upstream.script(model.upstream, behaviour(fault=fault.close_before_head))
    got = gateway.call("POST", CHAT, model.chat("private-prompt"))
    check_error(got, 502, upstream.port)
    assert len(upstream.calls(model.upstream)) <= 3


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_refused_connection_is_502(upstream: fake_upstream, start_gateway) -> None:
    port = closed_port()
    gateway = start_gateway(base_config(upstream, base_url=f"http://127.0.0.1:{port}/v1"))
    got = gateway.call("POST", CHAT, {"model": "plain-model", "messages": [{"role": "user", "content": "x"}]})
    check_error(got, 502, port)
    assert got.error["type"] != "invalid_request_error"


def test_unresolvable_host_is_502(upstream: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(base_config(upstream, base_url="http://no-such-host.invalid/v1", connect_timeout_ms=3000))
    got = gateway.call("POST", CHAT, {"model": "plain-model", "messages": [{"role": "user", "content": "x"}]})
    assert got.status in (502, 504), got.body
    assert "no-such-host" not in got.body.decode()


def test_missing_key_disables_the_provider_only(upstream: fake_upstream, start_gateway) -> None:
    config = base_config(upstream, api_key_env="A_KEY_THAT_IS_NOT_SET")
    gateway = start_gateway(config)
    got = gateway.call("POST", CHAT, {"model": "plain-model", "messages": [{"role": "user", "content": "x"}]})
    assert got.status == 503
    assert "A_KEY_THAT_IS_NOT_SET" in got.error["message"]
    offered = [entry["id"] for entry in gateway.call("GET", "/v1/models").json()["data"]]
    assert "plain-model" not in offered, "what only answers 503 is not offered"
    assert gateway.call("GET", "/health/live").status == 200
