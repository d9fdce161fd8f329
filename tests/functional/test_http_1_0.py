"""Clients that speak HTTP/1.0: no chunks, answers that end by length or by close, persistence only when asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.callers import held, is_whole
from support.configurations import CHAT, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer, build_request, connection
from support.upstream_script import behaviour, fault

KEEP_ALIVE = {"Connection": "keep-alive"}


@pytest.fixture(autouse=True)
def closed_gate(upstream: fake_upstream) -> Iterator[None]:
    upstream.gate.close()
    yield
    upstream.gate.open()


def old_request(method: str, target: str, body: dict | None = None, headers: dict[str, str] | None = None) -> bytes:
    return build_request(method, target, body, headers).replace(b"HTTP/1.1", b"HTTP/1.0", 1)


def ask(client: connection, body: dict, headers: dict[str, str] | None = None) -> answer:
    client.send(old_request("POST", CHAT, body, headers))
    return client.read_answer()


def closes(got: answer) -> bool:
    return (got.header("connection") or "").lower() == "close"


@pytest.mark.parametrize("headers", [{}, KEEP_ALIVE], ids=["plain", "keep_alive"])
def test_stream_ends_by_close(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, headers: dict[str, str]
) -> None:
    """Whatever the client asked for: only the end of the connection can tell it where the stream ends."""
    upstream.script(model.upstream, held(stream=True))
    with gateway.connect() as client:
        client.send(old_request("POST", CHAT, model.chat(stream=True), headers))
        got = client.read_head()
        assert got.status == 200
        assert (got.header("transfer-encoding"), got.header("content-length")) == (None, None)
        assert got.header("trailer") is None, "none can come"
        assert closes(got)
        pieces = client.body_pieces(got)
        got.body = next(pieces)
        assert len(got.events()) <= 2, "events come as they are made"
        upstream.gate.open()
        got.body += b"".join(pieces)  # ends when the gateway closes
    assert is_whole(got)
    assert got.body.endswith(b"data: [DONE]\n\n"), "nothing behind the last event: no chunk, no trailer"


def test_stream_that_dies_says_so(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    """A close alone would look like a whole answer."""
    upstream.script(model.upstream, behaviour(fault=fault.close_mid_stream))
    with gateway.connect() as client:
        got = ask(client, model.chat(stream=True))
    assert '"error"' in got.events()[-1]
    assert got.body.endswith(b"\n\n")


def test_leaving_cancels_a_stream(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, held(stream=True))
    with gateway.connect() as client:
        client.send(old_request("POST", CHAT, model.chat(stream=True)))
        next(client.body_pieces(client.read_head()))
    call = upstream.calls(model.upstream)[-1]
    wait_until(lambda: call.peer_closed, what="the upstream's call is cancelled")


def test_document_has_its_length_and_closes(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    with gateway.connect() as client:
        got = ask(client, model.chat())
        assert client.closed()
    assert (got.header("transfer-encoding"), got.header("content-length")) == (None, str(len(got.body)))
    assert closes(got)
    assert got.body == upstream.calls(model.upstream)[-1].sent_body


def test_chunks_of_the_upstream_are_not_passed_on(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(chunked=True))
    with gateway.connect() as client:
        got = ask(client, model.chat())
    assert (got.header("transfer-encoding"), got.header("content-length")) == (None, str(len(got.body)))
    assert got.body == upstream.calls(model.upstream)[-1].sent_body


def test_keep_alive_when_asked_for(gateway: gateway_process, model: model_name) -> None:
    with gateway.connect() as client:
        for number in range(3):
            got = ask(client, model.chat(f"question {number}"), KEEP_ALIVE)
            assert is_whole(got)
            assert (got.header("connection") or "").lower() == "keep-alive"
            assert got.header("content-length") == str(len(got.body))
        assert closes(ask(client, model.chat("the last one")))
        assert client.closed()


def test_errors_keep_the_connection_too(gateway: gateway_process, model: model_name) -> None:
    with gateway.connect() as client:
        got = ask(client, {"model": "no-such-model", "messages": [{"role": "user", "content": "x"}]}, KEEP_ALIVE)
        assert (got.status, (got.header("connection") or "").lower()) == (404, "keep-alive")
        assert is_whole(ask(client, model.chat(), KEEP_ALIVE))


def test_stored_stream_has_a_length(gateway: gateway_process, model: model_name) -> None:
    """An answer from the cache is known whole: even as events it needs no close."""
    body = model.chat(temperature=0, stream=True)
    assert is_whole(gateway.call("POST", CHAT, body))
    with gateway.connect() as client:
        for _ in range(2):
            got = ask(client, body, KEEP_ALIVE)
            assert got.header("x-inferenceflow-cache") == "hit"
            assert is_whole(got)
            assert got.header("content-length") == str(len(got.body))


def test_pipelined_with_keep_alive(gateway: gateway_process, model: model_name) -> None:
    with gateway.connect() as client:
        first = old_request("POST", CHAT, model.chat("first"), KEEP_ALIVE)
        client.send(first + old_request("GET", "/no/such/path") + old_request("GET", "/health/live"))
        assert is_whole(client.read_answer())
        got = client.read_answer()
        assert (got.status, closes(got)) == (404, True)
        assert client.closed(), "what follows a request that ends the connection is not answered"


def test_expect_is_ignored(gateway: gateway_process, model: model_name) -> None:
    """RFC 9110 section 10.1.1: an HTTP/1.0 client would take 100 for its answer."""
    with gateway.connect() as client:
        assert is_whole(ask(client, model.chat(), {"Expect": "100-continue"}))


def test_http_1_1_is_still_chunked_beside_it(gateway: gateway_process, model: model_name) -> None:
    body = model.chat(temperature=0, stream=True)
    got = gateway.call("POST", CHAT, body)
    assert is_whole(got)
    assert (got.header("transfer-encoding"), got.header("connection")) == ("chunked", None)
