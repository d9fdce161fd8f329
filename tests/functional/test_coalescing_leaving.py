"""Clients that leave a shared call: it goes on as long as one of them waits, and is paid for once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.callers import callers, figure, held, is_whole, leave, send_one
from support.configurations import CHAT, PROVIDER_KEY, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import build_request, connection
from support.upstream_script import seen_request

CLIENTS = 4
CALL_NANO_USD = 11 * 100_000 + 7 * 400_000  # the fake's usage at the ceiling's prices
LATE_ARRIVALS = 60


@pytest.fixture(scope="module", params=[1, 2], ids=["one_loop", "two_loops"])
def own(
    request: pytest.FixtureRequest, upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[gateway_process]:
    """A gateway of these tests alone: on one loop everything has one order, on two the calls cross threads."""
    config = merge(base_config(upstream), {"server": {"loops": request.param}})
    with gateway_process(config, {"FAKE_PROVIDER_KEY": PROVIDER_KEY}, tmp_path_factory.mktemp("own")) as process:
        yield process


@pytest.fixture(autouse=True)
def closed_gate(upstream: fake_upstream) -> Iterator[None]:
    upstream.gate.close()
    yield
    upstream.gate.open()


def only_call(upstream: fake_upstream, model: model_name) -> seen_request:
    """The one call that all clients share, waited for."""
    wait_until(lambda: bool(upstream.calls(model.upstream)), what="the call arrives")
    (call,) = upstream.calls(model.upstream)
    return call


def finished_well(upstream: fake_upstream, model: model_name) -> bool:
    """Exactly one call went out, and it was heard to its end."""
    call = only_call(upstream, model)
    wait_until(lambda: call.answered or call.peer_closed, what="the upstream's call ends")
    return call.answered and not call.peer_closed


def money_rows(gateway: gateway_process, model: model_name, count: int = CLIENTS) -> list[tuple]:
    rows = gateway.rows_of(model.client, count)
    assert len({row["request_id"] for row in rows}) == count, "one row per request"
    return sorted((row["cache"], row["status"], row["cost_nano_usd"], row["direct_nano_usd"]) for row in rows)


def begin_reading(client: connection) -> None:
    next(client.body_pieces(client.read_head()))


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
@pytest.mark.parametrize("stream", [False, True], ids=["document", "stream"])
def test_leader_leaves(
    own: gateway_process, upstream: fake_upstream, model: model_name, stream: bool, reset: bool
) -> None:
    upstream.script(model.upstream, held(stream))
    body = model.chat(temperature=0, stream=stream)
    with callers(own, [body] * CLIENTS) as (leader, *followers):
        only_call(upstream, model)
        leave(leader, reset)
        own.turn_loops()
        upstream.gate.open()
        answers = [client.read_answer() for client in followers]
    assert all(is_whole(got) for got in answers)
    assert {(figure(got, "cost"), figure(got, "saved")) for got in answers} == {("0.000000000", "0.003900000")}
    assert finished_well(upstream, model)
    paid = ("miss", 499, CALL_NANO_USD, CALL_NANO_USD)
    assert money_rows(own, model) == [("coalesced", 200, 0, CALL_NANO_USD)] * len(followers) + [paid]
    assert own.call("POST", CHAT, body).header("x-inferenceflow-cache") == "hit", "what was paid for is kept"


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 2, 3, 0), (2, 0, 3, 1)], ids=str)
@pytest.mark.parametrize("stream", [False, True], ids=["document", "stream"])
def test_all_leave(
    own: gateway_process, upstream: fake_upstream, model: model_name, stream: bool, order: tuple[int, ...]
) -> None:
    """Client 0 leads. The call is cancelled with the last of them, whoever that is, and not before."""
    upstream.script(model.upstream, held(stream))
    body = model.chat(temperature=0, stream=stream)
    with callers(own, [body] * CLIENTS) as clients:
        call = only_call(upstream, model)
        if stream:
            begin_reading(clients[0])
        for number in order[:-1]:
            leave(clients[number])
            own.turn_loops()
        assert not call.peer_closed, "somebody still waits"
        leave(clients[order[-1]])
        wait_until(lambda: call.peer_closed, what="the upstream's call is cancelled")
    assert not call.answered
    rows = money_rows(own, model)
    assert rows[:-1] == [("coalesced", 499, 0, 0)] * (CLIENTS - 1)
    cache, status, cost, direct = rows[-1]
    assert (cache, status, direct) == ("miss", 499, cost)
    assert (cost > 0) == stream, "what was delivered is charged, and nothing else"
    upstream.gate.open()
    again = own.call("POST", CHAT, body)
    assert (is_whole(again), again.header("x-inferenceflow-cache")) == (True, "miss")


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
@pytest.mark.parametrize("stream", [False, True], ids=["document", "stream"])
def test_follower_leaves(
    own: gateway_process, upstream: fake_upstream, model: model_name, stream: bool, reset: bool
) -> None:
    upstream.script(model.upstream, held(stream))
    with callers(own, [model.chat(temperature=0, stream=stream)] * CLIENTS) as clients:
        only_call(upstream, model)
        leaver = clients.pop(2)
        if stream:
            begin_reading(leaver)
        leave(leaver, reset)
        wait_until(lambda: own.active_requests() == len(clients), what="the follower's request ends without the others")
        upstream.gate.open()
        assert all(is_whole(client.read_answer()) for client in clients)
    assert finished_well(upstream, model)
    followed = [("coalesced", 200, 0, CALL_NANO_USD)] * (CLIENTS - 2) + [("coalesced", 499, 0, 0)]
    assert money_rows(own, model) == [*followed, ("miss", 200, CALL_NANO_USD, CALL_NANO_USD)]


@pytest.mark.parametrize("stream", [False, True], ids=["document", "stream"])
def test_last_one_left_gets_the_answer(
    own: gateway_process, upstream: fake_upstream, model: model_name, stream: bool
) -> None:
    upstream.script(model.upstream, held(stream))
    with callers(own, [model.chat(temperature=0, stream=stream)] * CLIENTS) as clients:
        only_call(upstream, model)
        *leavers, last = clients
        for client in leavers:
            leave(client)
            own.turn_loops()
        upstream.gate.open()
        assert is_whole(last.read_answer())
    assert finished_well(upstream, model)
    assert sum(cost for _, _, cost, _ in money_rows(own, model)) == CALL_NANO_USD


@pytest.mark.parametrize("stream", [False, True], ids=["document", "stream"])
def test_who_joins_an_orphaned_call_gets_the_answer(
    own: gateway_process, upstream: fake_upstream, model: model_name, stream: bool
) -> None:
    """The leader has left; the call that goes on for others is open to new ones, and is theirs when those leave."""
    upstream.script(model.upstream, held(stream))
    body = model.chat(temperature=0, stream=stream)
    with callers(own, [body] * 2) as (leader, follower), own.connect() as late:
        only_call(upstream, model)
        leave(leader)
        own.turn_loops()
        send_one(own, late, body)
        leave(follower)
        wait_until(lambda: own.active_requests() == 2, what="the first follower's request ends")
        upstream.gate.open()
        got = late.read_answer()
    assert (is_whole(got), got.header("x-inferenceflow-cache")) == (True, "coalesced")
    assert finished_well(upstream, model)


def test_who_comes_as_the_last_one_leaves_is_served(own: gateway_process, upstream: fake_upstream) -> None:
    """Joining and giving up cross each other: whichever wins, the one that came is not told of a cancelled call."""
    outcomes: list[tuple[int, str | None]] = []
    for _ in range(LATE_ARRIVALS):
        upstream.gate.close()
        model = model_name()
        upstream.script(model.upstream, held(False))
        body = model.chat(temperature=0)
        with callers(own, [body] * 2) as (leader, follower), own.connect() as late:
            only_call(upstream, model)
            leave(leader)
            own.turn_loops()
            request = build_request("POST", CHAT, body)
            leave(follower)
            late.send(request)
            own.turn_loops()
            upstream.gate.open()
            got = late.read_answer()
        outcomes.append((got.status, None if got.status == 200 else got.body.decode()))
    assert outcomes == [(200, None)] * LATE_ARRIVALS
