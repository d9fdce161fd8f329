"""WS /v1/stream with a real client: requests beside each other, their ends, and messages that are none."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from support.callers import held, leave
from support.configurations import CHAT_MODEL, EMBEDDING_MODEL, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.upstream_script import behaviour
from support.websocket_client import all_quiet, calls_left, open_socket, raw_socket

WHOLE = behaviour().text
SMALL = {"server": {"websocket": {"message_bytes_max": 4096, "requests_max": 3}}}


@pytest.fixture(autouse=True)
def closed_gate(upstream: fake_upstream) -> Iterator[None]:
    upstream.gate.close()
    yield
    upstream.gate.open()


# Several at once


def test_requests_run_beside_each_other(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, other_model: model_name
) -> None:
    upstream.script(model.upstream, held(stream=True))
    upstream.script(other_model.upstream, held(stream=True))
    with open_socket(gateway) as client:
        client.ask("a", model.chat())
        client.ask("b", other_model.chat(stream=True))
        client.until(lambda: bool(client.events("a")) and bool(client.events("b")))
        client.ask("c", {"model": "plain-model", "messages": [{"role": "user", "content": "quick"}]})
        assert client.done("c")["status"] == 200, "held streams do not hold the others"
        assert not any(message["type"] == "done" for name in "ab" for message in client.received[name])
        upstream.gate.open()
        ends = [client.done(name) for name in ("a", "b")]
        assert [client.text(name) for name in "abc"] == [WHOLE] * 3
    for end in ends:
        assert end["status"] == 200
        assert end["headers"]["x-inferenceflow-cache"] == "bypass"
        assert float(end["headers"]["x-inferenceflow-cost"]) > 0
    assert ends[0]["headers"]["x-request-id"] != ends[1]["headers"]["x-request-id"]
    (row,) = gateway.rows_of(model.client, 1)
    assert (row["status"], row["request_id"]) == (200, ends[0]["headers"]["x-request-id"])
    all_quiet(gateway)


def test_an_answer_that_does_not_stream_is_one_event(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    with open_socket(gateway) as client:
        client.ask("a", model.chat(stream=False))
        client.done("a")
        (document,) = client.events("a")
        assert document["choices"][0]["message"]["content"] == WHOLE
        client.ask("e", {"model": model.client, "input": "some text"}, path="/v1/embeddings")
        assert client.done("e")["status"] == 200
        (vectors,) = client.events("e")
        assert vectors["data"][0]["embedding"]


def test_other_surfaces_work_as_well(gateway: gateway_process, model: model_name) -> None:
    with open_socket(gateway) as client:
        client.ask("m", model.chat(max_tokens=50), path="/v1/messages", headers={"anthropic-version": "2023-06-01"})
        client.done("m")
        kinds = [message["event"] for message in client.received["m"][:-1]]
        assert kinds[0] == "message_start" and kinds[-1] == "message_stop"
        client.ask(
            "g", {"contents": [{"parts": [{"text": "hello"}]}]}, path=f"/v1beta/models/{model.client}:generateContent"
        )
        client.done("g")
        assert client.events("g")[0]["candidates"][0]["content"]["parts"][0]["text"] == WHOLE
        client.ask("i", {"prompt": "hello", "model": model.client, "stream": False}, path="/v1/inference")
        client.done("i")
        assert client.events("i")[0]["response"] == WHOLE


def test_answers_come_from_the_cache_and_calls_are_shared(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, held(stream=True))
    with open_socket(gateway) as client:
        body = model.chat(temperature=0)
        client.ask("first", body)
        client.until(lambda: bool(client.events("first")))
        client.ask("second", body)
        client.until(lambda: bool(client.events("second")))
        client.cancel("first")
        assert client.failed("first")["error"]["code"] == "cancelled"
        upstream.gate.open()
        assert client.done("second")["headers"]["x-inferenceflow-cache"] == "coalesced"
        client.ask("third", body)
        assert client.done("third")["headers"]["x-inferenceflow-cache"] == "hit"
        assert client.text("second") == client.text("third") == WHOLE
        client.ask("fourth", body, headers={"Cache-Control": "no-store, no-cache"})
        assert client.done("fourth")["headers"]["x-inferenceflow-cache"] == "bypass"
    assert len(upstream.calls(model.upstream)) == 2
    rows = gateway.rows_of(model.client, 4)
    assert sorted(row["status"] for row in rows) == [200, 200, 200, 499]


def test_who_asks_is_settled_when_the_socket_is_opened(gateway: gateway_process, model: model_name) -> None:
    with open_socket(gateway, headers={"x-inferenceflow-tenant": "acme", "x-request-id": "of-the-socket"}) as client:
        client.ask("a", model.chat(), headers={"x-request-id": "my-own-id"})
        assert client.done("a")["headers"]["x-request-id"] == "my-own-id"
        client.ask("b", model.chat(), headers={"x-inferenceflow-tenant": "other"})
        assert client.failed("b")["error"]["param"] == "headers"
        client.ask("c", model.chat())
        assert client.done("c")["headers"]["x-request-id"] != "of-the-socket"
    assert {row["tenant"] for row in gateway.rows_of(model.client, 2)} == {"acme"}


def test_failures_are_told_with_their_status(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, other_model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(status=429, retry_after="7"))
    upstream.script(other_model.upstream, behaviour(fault="close_mid_stream"))  # type: ignore[arg-type]
    with open_socket(gateway) as client:
        client.ask("limited", model.chat())
        limited = client.failed("limited")
        assert (limited["status"], limited["headers"]["retry-after"]) == (429, "7")
        client.ask("unknown", {"model": "nobody/has-this", "messages": [{"role": "user", "content": "x"}]})
        assert client.failed("unknown")["error"]["code"] == "model_not_found"
        client.ask("invalid", {"model": 7})
        assert client.failed("invalid")["error"]["param"] == "model"
        client.ask("broken", other_model.chat())
        assert client.failed("broken")["status"] == 200, "it broke off after it had begun"
        assert client.events("broken")
        assert client.received["broken"][-1]["error"]["message"]


# Cancelling


@pytest.mark.parametrize("begun", [False, True], ids=["before_the_head", "within_the_stream"])
def test_cancel_reaches_the_upstream(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, other_model: model_name, begun: bool
) -> None:
    upstream.script(model.upstream, held(stream=begun))
    upstream.script(other_model.upstream, held(stream=True))
    with open_socket(gateway) as client:
        client.ask("a", model.chat())
        client.ask("b", other_model.chat())
        client.until(lambda: bool(client.events("b")) and (not begun or bool(client.events("a"))))
        wait_until(lambda: len(upstream.calls(model.upstream)) == 1, what="the call is in flight")
        client.cancel("a")
        assert client.failed("a")["error"]["code"] == "cancelled"
        calls_left(upstream, model)
        client.ask("a", {"model": "plain-model", "messages": [{"role": "user", "content": "again"}]})
        assert client.done("a")["status"] == 200, "the id is free again"
        upstream.gate.open()
        assert client.done("b")["status"] == 200, "the other one goes on"
        client.cancel("b")
        client.send({"type": "ping"})
        client.until(lambda: bool(client.received[None]))
        assert client.received["b"][-1]["error"]["param"] == "id", "nothing of that id runs any more"
    (row,) = gateway.rows_of(model.client, 1)
    assert row["status"] == 499


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_closing_the_socket_cancels_everything(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, reset: bool
) -> None:
    upstream.script(model.upstream, held(stream=True))
    with raw_socket(gateway) as client:
        for number in range(4):
            message = {"type": "request", "id": str(number), "body": model.chat(f"question {number}")}
            client.send_frame(0x81, json.dumps(message).encode())
        wait_until(lambda: len(upstream.calls(model.upstream)) == 4, what="the calls are in flight")
        leave(client.wire, reset)
    calls_left(upstream, model, 4)
    all_quiet(gateway)
    assert [row["status"] for row in gateway.rows_of(model.client, 4)] == [499] * 4


@pytest.mark.local_model
def test_cancel_reaches_the_engine(local_gateway: gateway_process) -> None:
    with open_socket(local_gateway) as client:
        body = {"model": CHAT_MODEL, "messages": [{"role": "user", "content": "Count to a thousand."}]}
        client.ask("a", {**body, "max_tokens": 2000, "ignore_eos": True, "temperature": 0.7})
        client.until(lambda: len(client.events("a")) > 2)
        client.cancel("a")
        assert client.failed("a")["error"]["code"] == "cancelled"
        wait_until(
            lambda: local_gateway.gauge("inferenceflow_engine_active_sequences", CHAT_MODEL) == 0,
            what="the sequence is free",
        )
        client.ask("e", {"model": EMBEDDING_MODEL, "input": "text"}, path="/v1/embeddings")
        client.done("e")


# What is no request


BAD_MESSAGES = [
    ("not JSON", "hello", 400, None),
    ("cut off", '{"type":"ping"', 400, None),
    ("a list", "[]", 400, None),
    ("no type", '{"id":"x","body":{}}', 400, "x"),
    ("unknown type", '{"type":"ask","id":"x"}', 400, "x"),
    ("no id", '{"type":"request","body":{}}', 400, None),
    ("empty id", '{"type":"request","id":"","body":{}}', 400, None),
    ("id of another type", '{"type":"request","id":5,"body":{}}', 400, None),
    ("long id", '{"type":"request","id":"' + "x" * 129 + '","body":{}}', 400, None),
    ("no body", '{"type":"request","id":"x"}', 400, "x"),
    ("body of another type", '{"type":"request","id":"x","body":"{}"}', 400, "x"),
    ("empty body", '{"type":"request","id":"x","body":{}}', 400, "x"),
    ("unknown member", '{"type":"request","id":"x","body":{},"bdy":1}', 400, "x"),
    ("unknown path", '{"type":"request","id":"x","body":{},"path":"/v1/nothing"}', 404, "x"),
    ("path of no model", '{"type":"request","id":"x","body":{},"path":"/v1/cache"}', 404, "x"),
    ("the socket itself", '{"type":"request","id":"x","body":{},"path":"/v1/stream"}', 404, "x"),
    ("cancels nothing", '{"type":"cancel","id":"x"}', 404, "x"),
    ("deeply nested", '{"type":"request","id":"x","body":{"a":' + "[" * 200 + "]" * 200 + "}}", 400, "x"),
    ("binary", b'{"type":"ping"}', 415, None),
    ("too large", '{"type":"ping","id":"' + "x" * 5000 + '"}', 413, None),
]


@pytest.fixture(scope="module")
def small(upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gateway_process]:
    environment = {"FAKE_PROVIDER_KEY": "sk-of-a-test"}
    with gateway_process(merge(base_config(upstream), SMALL), environment, tmp_path_factory.mktemp("small")) as process:
        yield process


@pytest.mark.parametrize(
    ("message", "status", "named"), [row[1:] for row in BAD_MESSAGES], ids=[row[0] for row in BAD_MESSAGES]
)
def test_a_bad_message_is_refused_and_the_others_go_on(
    small: gateway_process,
    upstream: fake_upstream,
    model: model_name,
    message: str | bytes,
    status: int,
    named: str | None,
) -> None:
    upstream.script(model.upstream, held(stream=True))
    with open_socket(small) as client:
        client.ask("good", model.chat())
        client.until(lambda: bool(client.events("good")))
        client.send(message)
        refused = client.failed(named)
        assert (refused["status"], refused["id"]) == (status, named)
        assert refused["error"]["message"]
        upstream.gate.open()
        client.done("good")
        assert client.text("good") == WHOLE


def test_an_id_names_one_request_and_a_socket_carries_so_many(
    small: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, held(stream=True))
    with open_socket(small) as client:
        for name in "abc":
            client.ask(name, model.chat(name))
            client.until(lambda name=name: bool(client.events(name)))
        client.send({"type": "request", "id": "b", "body": model.chat("again")})
        client.until(lambda: client.order[-1]["type"] == "error")
        assert (client.order[-1]["status"], client.order[-1]["id"]) == (409, "b")
        client.ask("d", model.chat("one too many"))
        assert client.failed("d")["status"] == 429
        upstream.gate.open()
        client.until(lambda: all(client.received[name][-1]["type"] == "done" for name in "abc"))
        assert [client.text(name) for name in "abc"] == [WHOLE] * 3
        client.ask("d", model.chat("now there is room"))
        client.done("d")


def test_a_flood_of_nonsense_waits_for_its_reader(small: gateway_process) -> None:
    """What belongs to no request is bounded too: reading waits, nothing is lost."""
    with open_socket(small) as client:
        for number in range(500):
            client.send({"type": "cancel", "id": f"{number}"})
        for number in range(500):
            assert client.failed(f"{number}")["status"] == 404
