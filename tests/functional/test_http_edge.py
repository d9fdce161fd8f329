"""HTTP/1.1 as it comes over the wire: framing, limits, and what attackers send."""

from __future__ import annotations

import json
import time

import pytest
from support.configurations import CHAT, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import build_request, closed_by_peer
from support.raw_requests import head, raw_answer
from support.upstream_script import behaviour


def test_keep_alive_serves_many_requests(gateway: gateway_process) -> None:
    with gateway.connect() as conn:
        for _ in range(5):
            assert conn.request("GET", "/health/live").status == 200


def test_connection_close_is_honoured(gateway: gateway_process) -> None:
    with gateway.connect() as conn:
        got = conn.request("GET", "/health/live", headers={"Connection": "close"})
        assert got.status == 200
        assert (got.header("connection") or "").lower() == "close"
        assert conn.closed()


def test_pipelined_requests_are_answered_in_order(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, other_model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(head_delay_s=0.2, text="slow answer"))
    upstream.script(other_model.upstream, behaviour(text="fast answer"))
    segment = (
        build_request("POST", CHAT, model.chat())
        + build_request("GET", "/no/such/path")
        + build_request("POST", CHAT, other_model.chat())
        + build_request("GET", "/health/live")
    )
    with gateway.connect() as conn:
        conn.send(segment)
        assert conn.read_answer().text() == "slow answer"
        assert conn.read_answer().status == 404
        assert conn.read_answer().text() == "fast answer"
        assert conn.read_answer().status == 200


def test_pipelined_behind_a_stream(gateway: gateway_process, model: model_name) -> None:
    with gateway.connect() as conn:
        conn.send(build_request("POST", CHAT, model.chat(stream=True)) + build_request("GET", "/health/live"))
        assert conn.read_answer().events()[-1] == "[DONE]"
        assert conn.read_answer().status == 200


def test_request_split_at_every_byte(gateway: gateway_process, model: model_name) -> None:
    data = build_request("POST", CHAT, model.chat())
    with gateway.connect() as conn:
        for i in range(len(data)):
            conn.send(data[i : i + 1])
        assert conn.read_answer().status == 200


def test_expect_100_continue(gateway: gateway_process, model: model_name) -> None:
    body = json.dumps(model.chat()).encode()
    with gateway.connect() as conn:
        conn.send(head(f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert conn.read_answer().status == 100
        conn.send(body)
        assert conn.read_answer().status == 200


def test_expect_with_too_long_body_is_refused_before_it_is_sent(hurried: gateway_process) -> None:
    with hurried.connect() as conn:
        conn.send(head("Content-Length: 70000", "Expect: 100-continue"))
        assert conn.read_answer().status == 413


def test_chunked_request_body(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    body = json.dumps(model.chat()).encode()
    parts = b"5;name=value\r\n%b\r\n%X\r\n%b\r\n0\r\nx-trailer: 1\r\n\r\n" % (body[:5], len(body) - 5, body[5:])
    with gateway.connect() as conn:
        conn.send(head("Transfer-Encoding: chunked") + parts)
        assert conn.read_answer().status == 200
        assert conn.request("GET", "/health/live").status == 200, "framing kept after the trailer"
    assert upstream.calls(model.upstream)[-1].json()["messages"] == model.chat()["messages"]


def test_slow_head_ends_in_408(hurried: gateway_process) -> None:
    with hurried.connect(timeout_s=10) as conn:
        conn.send(b"GET /health/live HTTP/1.1\r\nHost: lo")
        try:
            assert conn.read_answer().status == 408
        except closed_by_peer:
            pass
        assert conn.closed()


def test_dripping_head_does_not_renew_the_time(hurried: gateway_process) -> None:
    started = time.monotonic()
    with hurried.connect(timeout_s=10) as conn:
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            conn.send(b"GET / HTTP/1.1\r\n")
            while time.monotonic() - started < 8:
                conn.send(b"x")
                time.sleep(0.05)
    assert time.monotonic() - started < 6


def test_slow_body_ends_in_408(hurried: gateway_process) -> None:
    with hurried.connect(timeout_s=10) as conn:
        conn.send(head("Content-Length: 100") + b"{")
        assert conn.read_answer().status == 408
        assert conn.closed()


def test_idle_connection_is_closed(hurried: gateway_process) -> None:
    with hurried.connect(timeout_s=10) as conn:
        assert conn.request("GET", "/health/live").status == 200
        assert conn.closed()


def test_long_head_is_431(gateway: gateway_process) -> None:
    got, closed = raw_answer(gateway, head("X-Long: " + "a" * 33_000, "Content-Length: 0"))
    assert got.status == 431
    assert got.error["message"]
    assert closed


def test_head_just_inside_the_bound(gateway: gateway_process) -> None:
    got = gateway.call("GET", "/health/live", headers={"X-Long": "a" * 32_000})
    assert got.status == 200


def test_endless_head_is_431(gateway: gateway_process) -> None:
    with gateway.connect(timeout_s=10) as conn:
        try:
            conn.send(b"GET / HTTP/1.1\r\nHost: a\r\n")
            for _ in range(200):
                conn.send(b"X-More: " + b"a" * 1000 + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            return
        assert conn.read_answer().status == 431


def test_long_body_is_413(hurried: gateway_process) -> None:
    got, closed = raw_answer(hurried, head("Content-Length: 65537"))
    assert got.status == 413
    assert "65536" in got.error["message"] or "64" in got.error["message"]
    assert closed


def test_long_chunked_body_is_413(hurried: gateway_process) -> None:
    block = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    got, closed = raw_answer(hurried, head("Transfer-Encoding: chunked") + block * 5)
    assert got.status == 413
    assert closed


def test_host_is_required(gateway: gateway_process) -> None:
    got, _ = raw_answer(gateway, b"GET /health/live HTTP/1.1\r\n\r\n")
    assert got.status == 400


def test_absolute_form_and_query_are_accepted(gateway: gateway_process) -> None:
    assert gateway.call("GET", "http://localhost/health/live").status == 200
    assert gateway.call("GET", "/health/live?probe=1").status == 200


def test_head_has_no_body(gateway: gateway_process) -> None:
    with gateway.connect() as conn:
        got = conn.request("HEAD", "/health/live")
        assert got.status == 200
        assert got.body == b""
        assert conn.request("GET", "/health/live").status == 200, "no stray body bytes"


def test_half_closed_client_still_gets_its_answer(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    import socket

    with gateway.connect() as conn:
        conn.send(build_request("GET", "/health/live"))
        conn.sock.shutdown(socket.SHUT_WR)
        assert conn.read_answer().status == 200
        assert conn.closed()


def test_connection_bound(upstream: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"server": {"connections_max": 4, "loops": 1}}))
    held = [gateway.connect(timeout_s=5) for _ in range(4)]
    for conn in held:
        assert conn.request("GET", "/health/live").status == 200
    with gateway.connect(timeout_s=2) as fifth:
        try:
            assert fifth.request("GET", "/health/live").status == 503
        except (closed_by_peer, OSError):
            pass
    for conn in held:
        conn.close()

    def served() -> bool:
        try:
            return gateway.call("GET", "/health/live", timeout_s=2).status == 200
        except (closed_by_peer, OSError):
            return False

    wait_until(served, what="a freed slot is used again")
