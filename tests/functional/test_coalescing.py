"""Identical requests in flight share one upstream call."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.configurations import CHAT, PROVIDER_KEY, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.openai_bodies import usage_counts
from support.raw_http import answer, build_request
from support.upstream_script import behaviour, fault

FOLLOWERS = 7


@pytest.fixture(autouse=True)
def closed_gate(upstream: fake_upstream):
    upstream.gate.close()
    yield
    upstream.gate.open()


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
        wait_until(lambda: gateway.active_requests() >= len(bodies), what="all requests are in the gateway")
        upstream.gate.open()
        return [first.result(30), *(one.result(30) for one in rest)]


def usage_chat(model: model_name, asked: bool) -> dict:
    options = {"stream_options": {"include_usage": True}} if asked else {}
    return model.chat(temperature=0, stream=True, **options)


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
    bodies = [usage_chat(model, asked) for asked in (False, True, False, True)]
    answers = together(gateway, upstream, model, bodies)
    for got, asked in zip(answers, [False, True, False, True], strict=True):
        events = [json.loads(data) for data in got.events()[:-1]]
        assert any(event.get("usage") for event in events) == asked
        assert all(event["choices"] for event in events) != asked


@pytest.fixture(scope="module", params=["group", "sync"])
def durable(
    request: pytest.FixtureRequest, upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[gateway_process]:
    """With `sync`, leader and followers each hold the end of their stream back until their row is written."""
    config = merge(base_config(upstream), {"ledger": {"durability": request.param}})
    with gateway_process(config, {"FAKE_PROVIDER_KEY": PROVIDER_KEY}, tmp_path_factory.mktemp("durable")) as process:
        yield process


@pytest.mark.parametrize("leader_asks", [False, True], ids=["bare_leader", "asking_leader"])
@pytest.mark.parametrize("usage", [usage_counts(), None], ids=["usage", "no_usage"])
@pytest.mark.parametrize("how", [fault.none, fault.end_without_done])
@pytest.mark.parametrize("cut", [0, 1, 2])
def test_followers_get_the_last_event(
    durable: gateway_process,
    upstream: fake_upstream,
    model: model_name,
    cut: int,
    how: fault,
    usage: usage_counts | None,
    leader_asks: bool,
) -> None:
    """The upstream's last event, be it [DONE], usage or the finish reason, lacks `cut` bytes of its blank line."""
    upstream.script(model.upstream, behaviour(fault=how, end_cut_bytes=cut, usage=usage, hold_after_events=2))
    asks = [leader_asks, False, True, False, True]
    answers = together(durable, upstream, model, [usage_chat(model, asked) for asked in asks])
    assert len(upstream.calls(model.upstream)) == 1
    for got, asked in zip(answers, asks, strict=True):
        check_end(got, usage if asked else None)
        assert got.events() == answers[asks.index(asked)].events(), "no two clients are told different things"


def check_end(got: answer, usage: usage_counts | None) -> None:
    """Text, finish reason, usage if it is due, and [DONE], each once."""
    *events, last = got.events()
    assert last == "[DONE]"
    assert got.text() == behaviour().text
    parsed = [json.loads(data) for data in events]
    reasons = [event["choices"][0]["finish_reason"] for event in parsed if event["choices"]]
    assert [reason for reason in reasons if reason] == ["stop"]
    assert [event["usage"] for event in parsed if event.get("usage")] == ([usage.document()] if usage else [])


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
