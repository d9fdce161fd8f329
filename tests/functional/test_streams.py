"""Server-sent events: they arrive one by one, end with [DONE] or an error event, and stop when nobody listens."""

from __future__ import annotations

import json
import socket
import struct
import time

import pytest
from support.configurations import CHAT, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import build_request, sse_data
from support.upstream_script import behaviour, fault


@pytest.fixture(autouse=True)
def closed_gate(upstream: fake_upstream):
    """Held answers stay held until the test opens the gate; nobody inherits an open one."""
    upstream.gate.close()
    yield
    upstream.gate.open()


def last_event(body: bytes) -> str:
    return sse_data(body)[-1]


def test_events_arrive_as_they_are_made(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(hold_after_events=3))
    with gateway.connect() as conn:
        conn.send(build_request("POST", CHAT, model.chat(stream=True)))
        got = conn.read_head()
        assert got.status == 200
        assert (got.header("content-type") or "").startswith("text/event-stream")
        assert got.header("x-request-id")
        pieces = conn.body_pieces(got)
        early = b""
        while len(sse_data(early)) < 3:
            early += next(pieces)
        # The client may see the third event before the fake has counted it.
        wait_until(lambda: upstream.calls(model.upstream)[-1].events_sent == 3, what="the upstream is still held")
        upstream.gate.open()
        whole = early + b"".join(pieces)
    assert last_event(whole) == "[DONE]"


def test_content_is_complete_and_in_order(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    text = " ".join(f"w{i}" for i in range(500)) + " \u00e9\U0001f600 end"
    upstream.script(model.upstream, behaviour(text=text))
    got = gateway.call("POST", CHAT, model.chat(stream=True))
    assert got.text() == text
    assert got.events()[-1] == "[DONE]"


def test_byte_by_byte_upstream(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(fault=fault.slow_drip))
    body = model.chat(stream=True, stream_options={"include_usage": True})
    got = gateway.call("POST", CHAT, body)
    assert got.body == upstream.calls(model.upstream)[-1].sent_body


def test_completions_stream(gateway: gateway_process, model: model_name) -> None:
    got = gateway.call("POST", "/v1/completions", {"model": model.client, "prompt": "x", "stream": True})
    texts = [json.loads(data)["choices"] for data in got.events()[:-1]]
    assert "".join(choices[0]["text"] for choices in texts if choices).startswith("Bonjour")


@pytest.mark.parametrize("reset", [False, True])
def test_leaving_client_cancels_the_stream(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, reset: bool
) -> None:
    upstream.script(model.upstream, behaviour(hold_after_events=2))
    with gateway.connect() as conn:
        conn.send(build_request("POST", CHAT, model.chat(stream=True)))
        next(conn.body_pieces(conn.read_head()))
        if reset:
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    call = upstream.calls(model.upstream)[-1]
    wait_until(lambda: call.peer_closed, what="the upstream call is cancelled")
    assert not call.answered


def test_leaving_client_cancels_a_waiting_call(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(hold_head=True))
    with gateway.connect() as conn:
        conn.send(build_request("POST", CHAT, model.chat()))
        wait_until(lambda: bool(upstream.calls(model.upstream)), what="the call arrives")
    call = upstream.calls(model.upstream)[-1]
    wait_until(lambda: call.peer_closed, what="the upstream call is cancelled")


@pytest.mark.parametrize(
    "how",
    [
        fault.close_mid_stream,
        fault.reset_mid_stream,
        fault.bad_chunk,
        fault.stall_stream,
        fault.flood_event,
        fault.error_event,
    ],
)
def test_a_stream_that_dies_ends_in_an_error_event(
    hurried: gateway_process, upstream: fake_upstream, model: model_name, how: fault
) -> None:
    flooded = upstream.flooded_bytes
    upstream.script(model.upstream, behaviour(fault=how, chunk_delay_s=0.03))
    with hurried.connect() as conn:
        got = conn.request("POST", CHAT, model.chat("private-prompt", stream=True))
        assert got.status == 200
        assert conn.request("GET", "/health/live").status == 200, "the client's connection is still good"
    events = got.events()
    data = [json.loads(event) for event in events if event != "[DONE]"]
    error = data[-1].get("error")
    assert data[0]["choices"], "what had arrived was delivered"
    assert isinstance(error, dict) and error["message"] and error["type"], events[-2:]
    assert "private-prompt" not in json.dumps(error)
    assert str(upstream.port) not in json.dumps(error)
    assert upstream.flooded_bytes - flooded < 16 << 20
    call = upstream.calls(model.upstream)[-1]
    wait_until(
        lambda: call.peer_closed or call.answered or how is not fault.stall_stream, what="stalled call is closed"
    )
    assert hurried.rows_of(model.client, 1)[0]["error_kind"], "the ledger knows that the answer is not whole"


def test_missing_done_is_not_a_silent_stop(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(fault=fault.end_without_done))
    got = gateway.call("POST", CHAT, model.chat(stream=True))
    assert got.events()[-1] == "[DONE]" or "error" in json.loads(got.events()[-1])


def test_garbage_inside_a_stream_is_survived(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    apart = 0.05  # each event comes by itself: what came before the garbage was delivered
    upstream.script(model.upstream, behaviour(fault=fault.garbage_event, chunk_delay_s=apart))
    got = gateway.call("POST", CHAT, model.chat(stream=True))
    assert got.status == 200
    assert got.events()[-1] == "[DONE]" or "error" in json.loads(got.events()[-1])


def test_error_before_the_first_event_is_a_plain_error(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(status=429, error_type="rate_limit", retry_after="3"))
    got = gateway.call("POST", CHAT, model.chat(stream=True))
    assert got.status == 429
    assert (got.header("content-type") or "").startswith("application/json")
    assert got.header("retry-after") == "3"


def test_slow_reader_slows_the_upstream_not_the_memory(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    words = 150_000
    upstream.script(model.upstream, behaviour(text=" ".join("wordwordword" for _ in range(words))))
    with gateway.connect() as conn:
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        conn.send(build_request("POST", CHAT, model.chat(stream=True)))
        head = conn.read_head()
        pieces = conn.body_pieces(head)
        next(pieces)
        call = upstream.calls(model.upstream)[-1]
        sent = -1

        def upstream_stands_still() -> bool:
            nonlocal sent
            before, sent = sent, call.events_sent
            return before == sent

        deadline = time.monotonic() + 20
        while not upstream_stands_still() and time.monotonic() < deadline:
            time.sleep(0.3)
        assert call.events_sent < words, "the gateway took the whole stream without a reader"
    wait_until(lambda: call.peer_closed, what="cancelled when the slow reader leaves")
