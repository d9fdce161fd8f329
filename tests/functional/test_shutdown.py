"""SIGTERM: what is in flight is finished and accounted for, nothing new is let in, nothing hangs."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.callers import callers, held, is_whole, leave
from support.configurations import CHAT, PROVIDER_KEY, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer, build_request, closed_by_peer, connection
from support.upstream_script import behaviour

CLIENTS = 24
GRACE = {"server": {"shutdown_grace_ms": 400}}


@pytest.fixture(autouse=True)
def closed_gate(upstream: fake_upstream) -> Iterator[None]:
    upstream.gate.close()
    yield
    upstream.gate.open()


def begin_shutdown(gateway: gateway_process) -> None:
    gateway.signal(signal.SIGTERM)
    wait_until(gateway.refuses_connections, what="no new connections are taken")


def calls_arrive(upstream: fake_upstream, model: model_name, count: int = 1) -> None:
    wait_until(lambda: len(upstream.calls(model.upstream)) == count, what="the calls are in flight")


def statuses_on_disk(gateway: gateway_process, model: model_name) -> list[int]:
    """Of one model's requests, after the gateway has ended."""
    return sorted(row["status"] for row in gateway.ledger_rows() if row["model_requested"] == model.client)


def answer_or_close(client: connection) -> answer | None:
    """None when the gateway closed instead. A silence fails the test with a timeout."""
    try:
        return client.read_answer()
    except (closed_by_peer, ConnectionResetError):
        return None


@pytest.mark.parametrize("durability", ["group", "sync"])
@pytest.mark.parametrize("stream", [False, True], ids=["document", "stream"])
def test_what_is_in_flight_is_finished(
    upstream: fake_upstream, start_gateway, model: model_name, stream: bool, durability: str
) -> None:
    upstream.script(model.upstream, held(stream))
    gateway = start_gateway(merge(base_config(upstream), {"ledger": {"durability": durability}}))
    with gateway.connect() as idle, callers(gateway, [model.chat(stream=stream)]) as (client,):
        assert idle.request("GET", "/health/live").status == 200
        calls_arrive(upstream, model)
        begin_shutdown(gateway)
        assert idle.closed(), "idle connections are closed at once"
        assert gateway.alive()
        upstream.gate.open()
        got = client.read_answer()
        assert is_whole(got)
        assert stream or (got.header("connection") or "").lower() == "close", "a head that is still to come says so"
        assert client.closed()
    assert gateway.wait() == 0
    assert statuses_on_disk(gateway, model) == [200]


def test_shared_call_is_finished_for_its_followers(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    """Also when the one who began it has left."""
    upstream.script(model.upstream, held(stream=True))
    gateway = start_gateway(base_config(upstream))
    with callers(gateway, [model.chat(temperature=0, stream=True)] * 3) as (leader, *followers):
        calls_arrive(upstream, model)
        leave(leader)
        gateway.turn_loops()
        begin_shutdown(gateway)
        upstream.gate.open()
        assert all(is_whole(client.read_answer()) for client in followers)
    assert gateway.wait() == 0
    assert statuses_on_disk(gateway, model) == [200, 200, 499]


def test_line_for_a_connection_is_served(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    upstream.script(model.upstream, held(stream=False))
    gateway = start_gateway(merge(base_config(upstream, connections_max=1), {"server": {"loops": 1}}))
    with callers(gateway, [model.chat(f"question {number}") for number in range(3)]) as clients:
        calls_arrive(upstream, model)
        begin_shutdown(gateway)
        upstream.gate.open()
        assert all(is_whole(client.read_answer()) for client in clients)
    assert gateway.wait() == 0
    assert statuses_on_disk(gateway, model) == [200] * 3


def test_request_that_is_still_coming_is_answered(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    upstream.gate.open()
    gateway = start_gateway(base_config(upstream))
    request = build_request("POST", CHAT, model.chat())
    with gateway.connect() as client:
        client.send(request[:-10])
        gateway.turn_loops()
        begin_shutdown(gateway)
        client.send(request[-10:])
        got = client.read_answer()
        assert is_whole(got)
        assert (got.header("connection") or "").lower() == "close"
        assert client.closed()
    assert gateway.wait() == 0
    assert statuses_on_disk(gateway, model) == [200]


def test_second_request_of_a_connection_is_not_taken(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    """It waited behind the first one; its client sees the connection close and may ask another server."""
    upstream.script(model.upstream, held(stream=False))
    gateway = start_gateway(base_config(upstream))
    with callers(gateway, [model.chat("first")]) as (client,):
        calls_arrive(upstream, model)
        client.send(build_request("POST", CHAT, model.chat("second")))
        begin_shutdown(gateway)
        upstream.gate.open()
        assert is_whole(client.read_answer())
        assert client.closed()
    assert gateway.wait() == 0
    assert len(upstream.calls(model.upstream)) == 1
    assert statuses_on_disk(gateway, model) == [200]


def test_silent_connections_do_not_hold_it_up(upstream: fake_upstream, start_gateway) -> None:
    """Connected and never heard of again: some accepted long before, some perhaps not even accepted yet."""
    gateway = start_gateway(base_config(upstream))
    early = [gateway.connect() for _ in range(CLIENTS)]
    gateway.turn_loops()
    late = [gateway.connect() for _ in range(CLIENTS)]
    gateway.signal(signal.SIGTERM)
    assert all(client.closed() for client in early + late)
    assert gateway.wait() == 0
    assert not [line for line in gateway.log_lines() if "grace" in line["msg"]], "nothing had to be aborted"


def connect_or_none(gateway: gateway_process) -> connection | None:
    try:
        return gateway.connect()
    except (ConnectionRefusedError, ConnectionResetError):
        return None


def send_or_close(client: connection, data: bytes) -> None:
    try:
        client.send(data)
    except (BrokenPipeError, ConnectionResetError):
        client.close()


@pytest.mark.parametrize("attempt", range(6))
def test_requests_around_the_signal_are_answered_or_refused(
    upstream: fake_upstream, start_gateway, model: model_name, attempt: int
) -> None:
    """Whichever side of the signal they fall on: a whole answer that is accounted for, or a closed connection."""
    upstream.gate.open()
    gateway = start_gateway(base_config(upstream))
    waiting = [gateway.connect() for _ in range(CLIENTS)]
    request = build_request("POST", CHAT, model.chat())
    for client in waiting[: attempt * CLIENTS // 6]:
        client.send(request)
    gateway.signal(signal.SIGTERM)
    late = [client for client in (connect_or_none(gateway) for _ in range(CLIENTS)) if client]
    asked = waiting + late
    for client in asked[attempt * CLIENTS // 6 :]:
        send_or_close(client, request)
    answers = [got for got in (answer_or_close(client) for client in asked if client.sock.fileno() >= 0) if got]
    assert all(is_whole(got) for got in answers)
    for client in asked:
        client.close()
    assert gateway.wait() == 0
    rows = Counter(row["request_id"] for row in gateway.ledger_rows())
    assert {rows[got.header("x-request-id") or ""] for got in answers} <= {1}, "each answer has its one row"


@pytest.mark.parametrize("durability", ["group", "sync"])
@pytest.mark.parametrize("stream", [False, True], ids=["document", "stream"])
def test_grace_time_ends_calls_that_never_end(
    upstream: fake_upstream, start_gateway, model: model_name, stream: bool, durability: str
) -> None:
    upstream.script(model.upstream, held(stream))
    gateway = start_gateway(merge(base_config(upstream), {**GRACE, "ledger": {"durability": durability}}))
    with callers(gateway, [model.chat(f"question {number}", stream=stream) for number in range(3)]) as clients:
        calls_arrive(upstream, model, 3)
        gateway.signal(signal.SIGTERM)
        assert gateway.wait(20) == 0
        for client in clients:
            with pytest.raises((closed_by_peer, ConnectionResetError)):
                client.read_answer()
    assert statuses_on_disk(gateway, model) == [499] * 3
    assert all(call.peer_closed for call in upstream.calls(model.upstream))


@pytest.mark.parametrize("loops", [1, 2])
@pytest.mark.parametrize("leader_stays", [True, False])
@pytest.mark.parametrize("stream", [False, True], ids=["document", "stream"])
def test_grace_time_ends_shared_calls(
    upstream: fake_upstream, start_gateway, model: model_name, stream: bool, leader_stays: bool, loops: int
) -> None:
    """Leader and followers all have their rows, whichever is aborted first."""
    upstream.script(model.upstream, held(stream))
    gateway = start_gateway(merge(base_config(upstream), merge(GRACE, {"server": {"loops": loops}})))
    with callers(gateway, [model.chat(temperature=0, stream=stream)] * 4) as (leader, *_):
        calls_arrive(upstream, model)
        if not leader_stays:
            leave(leader)
            gateway.turn_loops()
        gateway.signal(signal.SIGTERM)
        assert gateway.wait(20) == 0
    assert statuses_on_disk(gateway, model) == [499] * 4


def test_grace_time_ends_the_line_for_a_connection(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    upstream.script(model.upstream, held(stream=False))
    config = merge(base_config(upstream, connections_max=1), merge(GRACE, {"server": {"loops": 1}}))
    gateway = start_gateway(config)
    with callers(gateway, [model.chat(f"question {number}") for number in range(3)]):
        calls_arrive(upstream, model)
        gateway.signal(signal.SIGTERM)
        assert gateway.wait(20) == 0
    assert statuses_on_disk(gateway, model) == [499] * 3


def test_sigint_stops_too(upstream: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(base_config(upstream))
    gateway.signal(signal.SIGINT)
    assert gateway.wait(15) == 0


@contextmanager
def mortal(upstream: fake_upstream, folder: Path) -> Iterator[gateway_process]:
    """A gateway that may end by a signal without failing the test that started it."""
    gateway = gateway_process(base_config(upstream), {"FAKE_PROVIDER_KEY": PROVIDER_KEY}, folder).start()
    try:
        yield gateway
    finally:
        gateway.kill()


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_second_signal_ends_it_at_once(
    upstream: fake_upstream, tmp_path: Path, model: model_name, first: signal.Signals
) -> None:
    """Whoever signals twice does not wait for the grace period; what was committed before is still there."""
    upstream.script_next(model.upstream, behaviour(), held(stream=False))
    with mortal(upstream, tmp_path) as gateway:
        assert is_whole(gateway.call("POST", CHAT, model.chat("first")))
        gateway.rows_of(model.client, 1)
        with callers(gateway, [model.chat("second")]):
            calls_arrive(upstream, model, 2)
            gateway.signal(first)
            wait_until(gateway.refuses_connections, what="it has begun to shut down")
            assert gateway.alive()
            gateway.signal(signal.SIGTERM)
            assert gateway.wait(20) == -signal.SIGTERM
    assert statuses_on_disk(gateway, model) == [200]


def test_reload_signal_does_not_break_the_shutdown(upstream: fake_upstream, tmp_path: Path, model: model_name) -> None:
    """A terminal that closes, or whoever rotates logs, sends SIGHUP at any time: also while requests are finished."""
    upstream.script(model.upstream, held(stream=True))
    with mortal(upstream, tmp_path) as gateway:
        with callers(gateway, [model.chat(stream=True)]) as (client,):
            calls_arrive(upstream, model)
            begin_shutdown(gateway)
            gateway.signal(signal.SIGHUP)
            upstream.gate.open()
            got = answer_or_close(client)
        assert gateway.wait(40) == 0
    assert got is not None and is_whole(got)
    assert statuses_on_disk(gateway, model) == [200]
