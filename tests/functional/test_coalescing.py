"""Identical requests in flight share one upstream call."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.configurations import CHAT, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer, build_request
from support.upstream_script import behaviour, fault

FOLLOWERS = 7


@pytest.fixture(autouse=True)
def closed_gate(upstream: fake_upstream):
    upstream.gate.close()
    yield
    upstream.gate.open()


def in_flight(gateway: gateway_process) -> int:
    """Requests that the gateway is working on, from its own gauge."""
    text = gateway.call("GET", "/metrics").body.decode()
    values = [line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith("inferenceflow_active_requests")]
    return int(sum(float(value) for value in values))


def together(gateway: gateway_process, upstream: fake_upstream, model: model_name, bodies: list[dict]) -> list[answer]:
    """Sends all bodies while the upstream is held, lets it go when all have arrived, returns the answers."""
    arrived = threading.Semaphore(0)

    def one(body: dict) -> answer:
        with gateway.connect() as conn:
            conn.send(build_request("POST", CHAT, body))
            arrived.release()
            return conn.read_answer()

    with ThreadPoolExecutor(len(bodies)) as pool:
        first = pool.submit(one, bodies[0])
        wait_until(lambda: bool(upstream.calls(model.upstream)), what="the first call arrives")
        rest = [pool.submit(one, body) for body in bodies[1:]]
        for _ in bodies:
            arrived.acquire(timeout=10)
        wait_until(lambda: in_flight(gateway) >= len(bodies), what="all requests are in the gateway")
        upstream.gate.open()
        return [first.result(30), *(one.result(30) for one in rest)]


def states(answers: list[answer]) -> list[str]:
    return sorted(got.header("x-inferenceflow-cache") or "" for got in answers)


def test_one_call_for_all(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(hold_head=True))
    answers = together(gateway, upstream, model, [model.chat(temperature=0)] * (FOLLOWERS + 1))
    assert {got.status for got in answers} == {200}
    assert len({got.body for got in answers}) == 1
    assert len(upstream.calls(model.upstream)) == 1
    assert states(answers) == ["coalesced"] * FOLLOWERS + ["miss"]
    assert len({got.header("x-request-id") for got in answers}) == FOLLOWERS + 1


def test_streams_share_too(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(hold_after_events=3))
    answers = together(gateway, upstream, model, [model.chat(temperature=0, stream=True)] * (FOLLOWERS + 1))
    assert {got.text() for got in answers} == {behaviour().text}
    assert {got.events()[-1] for got in answers} == {"[DONE]"}
    assert len(upstream.calls(model.upstream)) == 1


def test_stream_and_document_ask_once_each(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    """What is in flight is bytes of one form; the cache translates between forms, a live call does not."""
    upstream.script(model.upstream, behaviour(hold_head=True))
    stream = model.chat(temperature=0, stream=True)
    answers = together(gateway, upstream, model, [model.chat(temperature=0), stream, model.chat(temperature=0), stream])
    assert {got.text() for got in answers} == {behaviour().text}
    assert len(upstream.calls(model.upstream)) == 2


def test_each_stream_gets_the_usage_it_asked_for(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(hold_head=True))
    bare = model.chat(temperature=0, stream=True)
    asking = {**bare, "stream_options": {"include_usage": True}}
    answers = together(gateway, upstream, model, [bare, asking, bare, asking])
    for got, asked in zip(answers, [False, True, False, True], strict=True):
        events = [json.loads(data) for data in got.events()[:-1]]
        assert any(event.get("usage") for event in events) == asked
        assert all(event["choices"] for event in events) != asked


def test_unreproducible_requests_do_not_share(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(hold_head=True))
    answers = together(gateway, upstream, model, [model.chat(temperature=0.7)] * 3)
    assert states(answers) == ["bypass"] * 3
    assert len(upstream.calls(model.upstream)) == 3


def test_tenants_do_not_share(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(hold_head=True))
    with ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(gateway.call, "POST", CHAT, model.chat(temperature=0), {"x-inferenceflow-tenant": tenant})
            for tenant in ("acme", "globex")
        ]
        wait_until(lambda: len(upstream.calls(model.upstream)) == 2, what="one call per tenant")
        upstream.gate.open()
        assert states([got.result(30) for got in asked]) == ["miss", "miss"]


@pytest.mark.parametrize("stream", [False, True])
def test_leader_leaves_and_followers_still_get_the_answer(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, stream: bool
) -> None:
    upstream.script(model.upstream, behaviour(hold_head=not stream, hold_after_events=2))
    body = model.chat(temperature=0, stream=stream)
    leader = gateway.connect()
    leader.send(build_request("POST", CHAT, body))
    wait_until(lambda: bool(upstream.calls(model.upstream)), what="the leader's call arrives")
    with ThreadPoolExecutor(3) as pool:
        followers = [pool.submit(gateway.call, "POST", CHAT, body) for _ in range(3)]
        wait_until(lambda: in_flight(gateway) >= 4, what="the followers wait")
        leader.close()
        wait_until(lambda: in_flight(gateway) <= 4, what="the leader is gone")
        upstream.gate.open()
        answers = [got.result(30) for got in followers]
    assert {got.status for got in answers} == {200}
    assert {got.text() for got in answers} == {behaviour().text}
    assert len(upstream.calls(model.upstream)) <= 2


def test_call_is_cancelled_when_all_have_left(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(hold_head=True))
    conns = [gateway.connect() for _ in range(3)]
    for conn in conns:
        conn.send(build_request("POST", CHAT, model.chat(temperature=0)))
    wait_until(lambda: bool(upstream.calls(model.upstream)), what="the call arrives")
    for conn in conns:
        conn.close()
    calls = upstream.calls(model.upstream)
    wait_until(lambda: all(call.peer_closed for call in calls), what="the upstream call is cancelled")


@pytest.mark.parametrize(
    "how", [behaviour(status=500, hold_head=True), behaviour(fault=fault.close_before_head, hold_head=True)]
)
def test_failure_reaches_all(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, how: behaviour
) -> None:
    upstream.script(model.upstream, how)
    answers = together(gateway, upstream, model, [model.chat(temperature=0)] * 4)
    assert {got.status for got in answers} == {how.status if how.status != 200 else 502}
    assert all(got.error["message"] for got in answers)


def test_dying_stream_reaches_all(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(fault=fault.close_mid_stream, hold_after_events=2))
    answers = together(gateway, upstream, model, [model.chat(temperature=0, stream=True)] * 4)
    assert all("error" in json.loads(got.events()[-1]) for got in answers)


def test_coalescing_can_be_off(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"cache": {"coalesce": False}}))
    upstream.script(model.upstream, behaviour(hold_head=True))
    answers = together(gateway, upstream, model, [model.chat(temperature=0)] * 3)
    assert len(upstream.calls(model.upstream)) == 3
    assert states(answers) == ["miss"] * 3
