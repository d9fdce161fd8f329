"""Connections to an upstream that are fewer than the requests: a line, in order, and no connection too many."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from support.callers import callers, held, is_whole, leave
from support.configurations import CHAT, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.upstream_script import behaviour, fault

WAIT_MS = 1000  # connect_timeout_ms is also how long a caller stands in line

narrow_factory = Callable[..., gateway_process]


@pytest.fixture(autouse=True)
def closed_gate(upstream: fake_upstream) -> Iterator[None]:
    upstream.gate.close()
    yield
    upstream.gate.open()


@pytest.fixture
def narrow(upstream: fake_upstream, start_gateway) -> narrow_factory:
    """Starts a gateway with one loop, hence one pool, of so many connections."""

    def start(connections_max: int, **provider: object) -> gateway_process:
        config = base_config(upstream, connections_max=connections_max, **provider)
        return start_gateway(merge(config, {"server": {"loops": 1}}))

    return start


def questions(model: model_name, count: int, stream: bool = False) -> list[dict]:
    """Requests that the cache has no part in, each with a content of its own."""
    return [model.chat(f"question {number}", stream=stream) for number in range(count)]


def asked(upstream: fake_upstream, model: model_name) -> list[object]:
    """The contents that reached the upstream, in order."""
    return [call.json()["messages"][0]["content"] for call in upstream.calls(model.upstream)]  # type: ignore[index]


def connections_used(upstream: fake_upstream, model: model_name) -> int:
    return len({call.connection for call in upstream.calls(model.upstream)})


def first_call_arrives(upstream: fake_upstream, model: model_name, count: int = 1) -> None:
    wait_until(lambda: len(upstream.calls(model.upstream)) == count, what="the first calls arrive")


def pool_of(gateway: gateway_process) -> tuple[float, float]:
    """Connections busy and idle."""
    name = "inferenceflow_upstream_connections"
    return gateway.gauge(name, 'state="busy"'), gateway.gauge(name, 'state="idle"')


@pytest.mark.parametrize("stream", [False, True], ids=["documents", "streams"])
def test_one_connection_serves_all_in_order(
    narrow: narrow_factory, upstream: fake_upstream, model: model_name, stream: bool
) -> None:
    upstream.script(model.upstream, held(stream))
    gateway, opened = narrow(1), upstream.connections_total
    bodies = questions(model, 6, stream)
    with callers(gateway, bodies) as clients:
        first_call_arrives(upstream, model)
        assert pool_of(gateway) == (1, 0)
        upstream.gate.open()
        assert all(is_whole(client.read_answer()) for client in clients)
    assert asked(upstream, model) == [body["messages"][0]["content"] for body in bodies]
    assert upstream.connections_total - opened == 1, "handed over, not closed and opened anew"
    wait_until(lambda: pool_of(gateway) == (0, 1), what="the connection is idle again")


@pytest.mark.parametrize("stream", [False, True], ids=["documents", "streams"])
def test_never_more_than_the_maximum(
    narrow: narrow_factory, upstream: fake_upstream, model: model_name, stream: bool
) -> None:
    upstream.script(model.upstream, held(stream))
    gateway, opened = narrow(2), upstream.connections_total
    with callers(gateway, questions(model, 7, stream)) as clients:
        first_call_arrives(upstream, model, 2)
        gateway.turn_loops()
        assert len(asked(upstream, model)) == 2, "the others wait"
        upstream.gate.open()
        assert all(is_whole(client.read_answer()) for client in clients)
    assert (len(asked(upstream, model)), connections_used(upstream, model)) == (7, 2)
    assert upstream.connections_total - opened == 2
    wait_until(lambda: pool_of(gateway) == (0, 2), what="both connections are idle again")


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
@pytest.mark.parametrize("leavers", [(1,), (2,), (4,), (1, 2), (2, 3, 4)], ids=str)
def test_who_leaves_the_line_is_skipped(
    narrow: narrow_factory, upstream: fake_upstream, model: model_name, leavers: tuple[int, ...], reset: bool
) -> None:
    upstream.script(model.upstream, held(stream=False))
    gateway, opened = narrow(1), upstream.connections_total
    with callers(gateway, questions(model, 5)) as clients:
        first_call_arrives(upstream, model)
        for number in leavers:
            leave(clients[number], reset)
        wait_until(lambda: gateway.active_requests() == 5 - len(leavers), what="who left is done with")
        upstream.gate.open()
        stayed = [number for number in range(5) if number not in leavers]
        assert all(is_whole(clients[number].read_answer()) for number in stayed)
    assert asked(upstream, model) == [f"question {number}" for number in stayed]
    assert upstream.connections_total - opened == 1
    rows = gateway.rows_of(model.client, 5)
    assert sorted(row["status"] for row in rows) == [200] * len(stayed) + [499] * len(leavers)
    assert {row["cost_nano_usd"] for row in rows if row["status"] == 499} == {0}
    wait_until(lambda: pool_of(gateway) == (0, 1), what="no place is lost")


def test_whole_line_leaves(narrow: narrow_factory, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, held(stream=False))
    gateway, opened = narrow(1), upstream.connections_total
    with callers(gateway, questions(model, 5)) as (holder, *waiters):
        first_call_arrives(upstream, model)
        for client in waiters:
            leave(client)
        wait_until(lambda: gateway.active_requests() == 1, what="the line is empty")
        upstream.gate.open()
        assert is_whole(holder.read_answer())
        assert is_whole(gateway.call("POST", CHAT, model.chat("afterwards")))
    assert asked(upstream, model) == ["question 0", "afterwards"]
    assert upstream.connections_total - opened == 1


@pytest.mark.parametrize("stream", [False, True], ids=["document", "stream"])
def test_holder_that_leaves_makes_room(
    narrow: narrow_factory, upstream: fake_upstream, model: model_name, stream: bool
) -> None:
    """Its connection is closed with its call, so the next in line opens one."""
    upstream.script(model.upstream, held(stream))
    gateway, opened = narrow(1), upstream.connections_total
    with callers(gateway, questions(model, 3, stream)) as (holder, *waiters):
        first_call_arrives(upstream, model)
        leave(holder)
        first_call_arrives(upstream, model, 2)
        wait_until(lambda: upstream.calls(model.upstream)[0].peer_closed, what="the holder's call is cancelled")
        upstream.gate.open()
        assert all(is_whole(client.read_answer()) for client in waiters)
    assert asked(upstream, model) == ["question 0", "question 1", "question 2"]
    assert upstream.connections_total - opened == 2


def test_waiting_ends_in_503(narrow: narrow_factory, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, held(stream=False))
    gateway, opened = narrow(1, connect_timeout_ms=WAIT_MS), upstream.connections_total
    patient, *others = questions(model, 3)
    with callers(gateway, [patient]) as (holder,):
        first_call_arrives(upstream, model)
        for body in others:
            got = gateway.call("POST", CHAT, body)
            assert got.status == 503
            assert set(got.error) == {"message", "type", "param", "code"}
            assert str(upstream.port) not in got.body.decode()
        assert gateway.active_requests() == 1, "the one that has the connection goes on"
        upstream.gate.open()
        assert is_whole(holder.read_answer())
        assert is_whole(gateway.call("POST", CHAT, model.chat("afterwards")))
    assert asked(upstream, model) == ["question 0", "afterwards"]
    assert upstream.connections_total - opened == 1
    rows = gateway.rows_of(model.client, 4)
    assert sorted((row["status"], row["cost_nano_usd"] > 0) for row in rows) == [(200, True)] * 2 + [(503, False)] * 2
    assert {row["latency_us"] >= (WAIT_MS - 100) * 1000 for row in rows if row["status"] == 503} == {True}


def test_connection_that_the_upstream_ends_is_replaced(
    narrow: narrow_factory, upstream: fake_upstream, model: model_name
) -> None:
    """The turn goes on even when the connection cannot."""
    script = held(False, fault=fault.close_after, extra_headers=(("Connection", "close"),))
    upstream.script(model.upstream, script)
    gateway, opened = narrow(1), upstream.connections_total
    with callers(gateway, questions(model, 4)) as clients:
        first_call_arrives(upstream, model)
        upstream.gate.open()
        assert all(is_whole(client.read_answer()) for client in clients)
    assert asked(upstream, model) == [f"question {number}" for number in range(4)]
    assert upstream.connections_total - opened == 4
    wait_until(lambda: pool_of(gateway) == (0, 0), what="nothing is left open")


@pytest.mark.parametrize("how", [fault.close_mid_body, fault.reset_before_head, fault.garbage])
def test_failure_passes_the_turn_on(
    narrow: narrow_factory, upstream: fake_upstream, model: model_name, how: fault
) -> None:
    upstream.script_next(model.upstream, behaviour(fault=how, hold_head=True))
    gateway = narrow(1)
    with callers(gateway, questions(model, 3)) as (unlucky, *waiters):
        first_call_arrives(upstream, model)
        upstream.gate.open()
        assert unlucky.read_answer().status == 502
        assert all(is_whole(client.read_answer()) for client in waiters)
    assert asked(upstream, model) == ["question 0", "question 1", "question 2"]
    wait_until(lambda: pool_of(gateway) == (0, 1), what="the last connection is kept")


def test_refused_connections_pass_the_turn_on(upstream: fake_upstream, start_gateway) -> None:
    """A connect that fails must not keep its place, or the pool shrinks with every failure."""
    with fake_upstream() as short_lived:
        config = merge(base_config(short_lived, connections_max=1), {"server": {"loops": 1}})
    gateway = start_gateway(config)
    body = {"model": "plain-model", "messages": [{"role": "user", "content": "x"}]}
    for _ in range(4):
        assert gateway.call("POST", CHAT, body).status == 502
    assert pool_of(gateway) == (0, 0)
