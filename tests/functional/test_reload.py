"""SIGHUP while requests are in flight: each ends under the settings that it began with."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from support.callers import callers, figure, held, is_whole, leave, send_one
from support.configurations import CHAT, base_config, merge, model_name, provider
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.websocket_client import open_socket

OLD_NANO_USD = 11 * 100_000 + 7 * 400_000  # the fake's usage at the ceiling's prices
OLD_USD = "0.003900000"
NEW_USD = "0.000025000"
LONG_TEXT = f"begin {'w' * 1500} end"  # beyond the bounds of the other world, as an event and as a document
NEW_PRICES = {"cost": {"ceiling": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}}}


@pytest.fixture(autouse=True)
def closed_gate(upstream: fake_upstream) -> Iterator[None]:
    upstream.gate.close()
    yield
    upstream.gate.open()


def reload(gateway: gateway_process, config: dict) -> None:
    """Returns when every loop works with the new settings."""

    def read() -> float:
        return gateway.gauge("inferenceflow_config_reloads_total")

    before = read()
    gateway.write_config(config)
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: read() > before, what="the file is read")
    assert gateway.gauge("inferenceflow_config_reloads_total", 'result="failed"') == 0, gateway.log_text()
    gateway.turn_loops()


def calls_arrive(upstream: fake_upstream, model: model_name) -> None:
    wait_until(lambda: bool(upstream.calls(model.upstream)), what="the call is in flight")


def other_world(upstream: fake_upstream) -> dict:
    """Another price, another provider, smaller bounds, no cache, no access log."""
    config = merge(base_config(upstream), NEW_PRICES)
    config["providers"] = [provider(upstream, name="other")]
    tight = {
        "upstream": {"event_bytes_max": 1024, "answer_bytes_max": 1024},
        "cache": {"enabled": False, "coalesce": False, "entry_bytes_max": 16},
        "log": {"access": False},
    }
    return merge(config, tight)


@pytest.mark.parametrize("loops", [1, 2])
@pytest.mark.parametrize("stream", [False, True], ids=["document", "stream"])
def test_a_call_ends_under_its_own_settings(
    upstream: fake_upstream, start_gateway, model: model_name, stream: bool, loops: int
) -> None:
    upstream.script(model.upstream, held(stream, text=LONG_TEXT))
    gateway = start_gateway(merge(base_config(upstream), {"server": {"loops": loops}}))
    with callers(gateway, [model.chat(temperature=0, stream=stream)] * 3) as clients:
        calls_arrive(upstream, model)
        reload(gateway, other_world(upstream))
        assert gateway.call("POST", CHAT, model.chat()).status == 404, "its provider has left the settings"
        upstream.gate.open()
        leading, *followed = [client.read_answer() for client in clients]
    assert all(is_whole(got, LONG_TEXT) for got in (leading, *followed))
    assert (figure(leading, "cost"), figure(leading, "saved")) == (OLD_USD, "0.000000000")
    assert {(figure(got, "cost"), figure(got, "saved")) for got in followed} == {("0.000000000", OLD_USD)}
    assert len(upstream.calls(model.upstream)) == 1
    rows = [row for row in gateway.rows_of(model.client, 4) if row["status"] == 200]
    assert {row["provider"] for row in rows} == {"fake"}
    assert sorted((row["cache"], row["cost_nano_usd"]) for row in rows) == [("coalesced", 0)] * 2 + [
        ("miss", OLD_NANO_USD)
    ]
    gateway.stop()
    logged = {line["request_id"] for line in gateway.log_lines() if line["msg"] == "request"}
    assert logged == {row["request_id"] for row in rows}, "on when they began, off for the one that came later"


def test_new_requests_have_the_new_settings(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    upstream.gate.open()
    gateway = start_gateway(base_config(upstream))
    assert figure(gateway.call("POST", CHAT, model.chat()), "cost") == OLD_USD
    reload(gateway, merge(base_config(upstream), NEW_PRICES))
    for _ in range(8):  # on whichever loop
        assert figure(gateway.call("POST", CHAT, model.chat()), "cost") == NEW_USD


def test_line_for_a_connection_outlives_its_pool(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    """Who waits in the old settings' line is served by it; the new settings have connections of their own."""
    upstream.script(model.upstream, held(stream=True))
    config = merge(base_config(upstream, connections_max=1), {"server": {"loops": 1}})
    gateway = start_gateway(config)
    with callers(gateway, [model.chat(f"question {number}", stream=True) for number in range(3)]) as clients:
        calls_arrive(upstream, model)
        reload(gateway, merge(config, NEW_PRICES))
        with callers(gateway, [model.chat("afterwards", stream=True)]) as (late,):
            wait_until(lambda: len(upstream.calls(model.upstream)) == 2, what="the new pool has room")
            upstream.gate.open()
            assert figure(late.read_answer(), "cost") == NEW_USD
        answers = [client.read_answer() for client in clients]
    assert all(is_whole(got) for got in answers)
    assert {figure(got, "cost") for got in answers} == {OLD_USD}


def test_leaving_after_a_reload_still_cancels(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    upstream.script(model.upstream, held(stream=True))
    gateway = start_gateway(base_config(upstream))
    with callers(gateway, [model.chat(stream=True)]) as (client,):
        calls_arrive(upstream, model)
        reload(gateway, other_world(upstream))
        leave(client)
        wait_until(lambda: upstream.calls(model.upstream)[0].peer_closed, what="the upstream's call is cancelled")
    assert [row["status"] for row in gateway.rows_of(model.client, 1)] == [499]


def test_same_request_after_a_reload_shares_the_old_call(
    upstream: fake_upstream, start_gateway, model: model_name
) -> None:
    """What is asked is the same, so one call is enough; what it saves is what that call costs."""
    upstream.script(model.upstream, held(stream=True))
    gateway = start_gateway(base_config(upstream))
    body = model.chat(temperature=0, stream=True)
    with callers(gateway, [body]) as (client,), gateway.connect() as late:
        calls_arrive(upstream, model)
        reload(gateway, merge(base_config(upstream), NEW_PRICES))
        send_one(gateway, late, body)
        upstream.gate.open()
        first, second = client.read_answer(), late.read_answer()
    assert is_whole(first) and is_whole(second)
    assert (figure(first, "cost"), figure(second, "cost"), figure(second, "saved")) == (OLD_USD, "0.000000000", OLD_USD)
    assert len(upstream.calls(model.upstream)) == 1


def test_many_reloads_during_a_stream(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    upstream.script(model.upstream, held(stream=True))
    gateway = start_gateway(base_config(upstream))
    with callers(gateway, [model.chat(stream=True)]) as (client,):
        calls_arrive(upstream, model)
        for number in range(5):
            reload(gateway, other_world(upstream) if number % 2 == 0 else merge(base_config(upstream), NEW_PRICES))
        upstream.gate.open()
        got = client.read_answer()
    assert is_whole(got)
    assert figure(got, "cost") == OLD_USD


def test_a_socket_outlives_the_settings_that_it_was_opened_under(
    upstream: fake_upstream, start_gateway, model: model_name
) -> None:
    upstream.script(model.upstream, held(stream=True))
    gateway = start_gateway(base_config(upstream))
    with open_socket(gateway) as client:
        client.ask("old", model.chat())
        client.until(lambda: bool(client.events("old")))
        reload(gateway, other_world(upstream))
        client.ask("new", {**model.chat(), "model": f"other/{model.upstream}"})
        client.ask("gone", model.chat())
        assert client.failed("gone")["status"] == 404, "its provider has left the settings"
        upstream.gate.open()
        assert client.done("old")["headers"]["x-inferenceflow-cost"] == OLD_USD
        assert client.done("new")["headers"]["x-inferenceflow-cost"] == NEW_USD
