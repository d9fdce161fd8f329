"""WS /v1/stream as a connection: how it opens, what breaks it, who waits for whom, how it ends."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator

import pytest
from support.callers import held
from support.certificates import make_certificates
from support.configurations import base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import REPOSITORY, clean_environment, gateway_process
from support.upstream_script import behaviour
from support.websocket_client import STREAM, all_quiet, calls_left, frame, handshake, open_socket, raw_socket
from websockets.exceptions import ConnectionClosed

WHOLE = behaviour().text


@pytest.fixture(autouse=True)
def closed_gate(upstream: fake_upstream) -> Iterator[None]:
    upstream.gate.close()
    yield
    upstream.gate.open()


@pytest.mark.parametrize(
    ("first_byte", "payload", "masked", "code"),
    [
        (0x81, b"{}", False, 1002),
        (0xC1, b"{}", True, 1002),
        (0x83, b"{}", True, 1002),
        (0x81, b'{"id":"\xff"}', True, 1007),
    ],
    ids=["unmasked", "compressed", "unknown_opcode", "not_utf8"],
)
def test_a_broken_frame_ends_the_connection(
    gateway: gateway_process,
    upstream: fake_upstream,
    model: model_name,
    first_byte: int,
    payload: bytes,
    masked: bool,
    code: int,
) -> None:
    upstream.script(model.upstream, held(stream=True))
    with raw_socket(gateway) as client:
        client.send_frame(0x81, json.dumps({"type": "request", "id": "a", "body": model.chat()}).encode())
        wait_until(lambda: len(upstream.calls(model.upstream)) == 1, what="the call is in flight")
        client.send_frame(first_byte, payload, masked)
        assert client.close_code() == code
    calls_left(upstream, model)
    all_quiet(gateway)


# Opening


BAD_HANDSHAKES = [
    ("plain GET", {"upgrade": None, "connection": None}, 426),
    ("another protocol", {"upgrade": "h2c"}, 426),
    ("old version", {"sec_websocket_version": "8"}, 426),
    ("no version", {"sec_websocket_version": None}, 426),
    ("no key", {"sec_websocket_key": None}, 400),
    ("short key", {"sec_websocket_key": "YWJj"}, 400),
    ("no connection", {"connection": "keep-alive"}, 400),
    ("foreign origin", {"origin": "https://elsewhere.example"}, 403),
    ("bad identity", {"x_inferenceflow_tenant": "two words"}, 400),
]


@pytest.mark.parametrize(
    ("changes", "status"), [row[1:] for row in BAD_HANDSHAKES], ids=[row[0] for row in BAD_HANDSHAKES]
)
def test_a_bad_handshake_is_refused(gateway: gateway_process, changes: dict, status: int) -> None:
    got = gateway.call("GET", STREAM, headers=handshake(**changes))
    assert got.status == status, got.body
    assert got.error["message"]
    if status == 426:
        assert (got.header("upgrade"), got.header("sec-websocket-version")) == ("websocket", "13")


def test_only_get_opens(gateway: gateway_process) -> None:
    got = gateway.call("POST", STREAM, {}, headers=handshake())
    assert (got.status, got.header("allow")) == (405, "GET, HEAD, OPTIONS")


def test_origins_are_those_of_cors_and_its_own(upstream: fake_upstream, start_gateway) -> None:
    allowed = "https://app.example"
    gateway = start_gateway(merge(base_config(upstream), {"server": {"cors": {"origins": [allowed]}}}))
    for origin in (allowed, f"http://localhost:{gateway.port}"):
        with open_socket(gateway, origin=origin) as client:
            client.send({"type": "ping", "id": "p"})
            assert client.receive() == {"type": "pong", "id": "p"}
    for origin in ("http://localhost:1", "null", "https://app.example.evil"):
        assert gateway.call("GET", STREAM, headers=handshake(origin=origin)).status == 403


def test_frames_may_follow_the_handshake_at_once(gateway: gateway_process) -> None:
    with raw_socket(gateway, early=frame(0x81, b'{"type":"ping","id":"p"}')) as client:
        assert client.read_frame() == (1, b'{"type":"pong","id":"p"}')
        client.send_frame(0x88, b"\x03\xe8")
        assert client.close_code() == 1000
        with pytest.raises(EOFError):
            client.read_frame()


# Being there


def test_pings_go_both_ways(upstream: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"server": {"websocket": {"idle_timeout_ms": 2000}}}))
    with raw_socket(gateway) as silent, open_socket(gateway, ping_interval=None) as client:
        silent.send_frame(0x89, b"are you there")
        assert silent.read_frame() == (10, b"are you there")
        for _ in range(2):
            assert silent.read_frame() == (9, b""), "after half of the idle time the gateway asks"
            silent.send_frame(0x8A, b"")
        assert silent.read_frame() == (9, b"")
        with pytest.raises((EOFError, ConnectionResetError)):
            silent.read_frame()  # it was asked and did not answer
        client.send({"type": "ping", "id": "p"})
        assert client.receive() == {"type": "pong", "id": "p"}, "one that answers stays, however little it says"
        assert client.wire.ping().wait(5)


def test_a_client_that_does_not_read_slows_nobody(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    """Its own request waits, in the upstream too; the other socket on the loop does not; after a while it is closed."""
    upstream.script(model.upstream, behaviour(text="long answer " * 200_000))
    limits = {"server": {"loops": 1, "write_timeout_ms": 1500}}
    gateway = start_gateway(merge(base_config(upstream), limits))
    with raw_socket(gateway) as stuck:
        message = {"type": "request", "id": "a", "body": model.chat()}
        stuck.send_frame(0x81, json.dumps(message).encode())
        wait_until(lambda: len(upstream.calls(model.upstream)) == 1, what="the call is in flight")
        with open_socket(gateway) as client:
            client.ask("b", {"model": "plain-model", "messages": [{"role": "user", "content": "quick"}]})
            client.done("b")
        calls_left(upstream, model)
        (call,) = upstream.calls(model.upstream)
        assert not call.answered, "the upstream was held back, not read to its end"
        all_quiet(gateway)
    (row,) = gateway.rows_of(model.client, 1)
    assert row["status"] == 499


def test_a_long_answer_does_not_delay_the_others(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, other_model: model_name
) -> None:
    """It fills every buffer up to the client, who pauses, and still it is not its turn all the time."""
    upstream.script(model.upstream, behaviour(text="long answer " * 100_000))
    with open_socket(gateway) as client:
        client.ask("long", model.chat())
        client.until(lambda: len(client.events("long")) > 10)
        client.ask("short", other_model.chat())
        wait_until(lambda: any(call.answered for call in upstream.calls(other_model.upstream)), what="it is answered")
        client.done("short")
        assert client.received["long"][-1]["type"] == "event", "the long one was not finished first"
        assert client.text("short") == WHOLE
        client.cancel("long")
        client.failed("long")
    calls_left(upstream, model)


def test_nothing_is_left_behind(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.gate.open()
    with open_socket(gateway) as client:
        client.ask("warm", model.chat())
        client.done("warm")
    all_quiet(gateway)
    gateway.turn_loops()
    before = gateway.descriptors()
    received = gateway.gauge("inferenceflow_websocket_messages_total", 'direction="received"')
    for number in range(30):
        with open_socket(gateway) as client:
            client.ask("a", model.chat(f"question {number}"))
            client.done("a")
    all_quiet(gateway)
    gateway.turn_loops()
    assert gateway.descriptors() <= before + 2
    assert gateway.gauge("inferenceflow_websocket_messages_total", 'direction="received"') == received + 30


# The end


def test_shutdown_finishes_what_runs_and_says_goodbye(
    upstream: fake_upstream, start_gateway, model: model_name
) -> None:
    upstream.script(model.upstream, held(stream=True))
    gateway = start_gateway(base_config(upstream))
    with open_socket(gateway) as idle, open_socket(gateway) as busy:
        busy.ask("a", model.chat())
        busy.until(lambda: bool(busy.events("a")))
        gateway.signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            idle.receive()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
        busy.ask("late", model.chat())
        assert busy.failed("late")["status"] == 503
        upstream.gate.open()
        busy.done("a")
        assert busy.text("a") == WHOLE
        with pytest.raises(ConnectionClosed) as closed:
            busy.receive()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
    assert gateway.wait() == 0
    assert [row["status"] for row in gateway.ledger_rows()] == [200]


def test_shutdown_does_not_wait_for_ever(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    upstream.script(model.upstream, held(stream=True))
    gateway = start_gateway(merge(base_config(upstream), {"server": {"shutdown_grace_ms": 400}}))
    with open_socket(gateway) as client:
        client.ask("a", model.chat())
        client.until(lambda: bool(client.events("a")))
        gateway.signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed):
            client.done("a")
    assert gateway.wait() == 0
    assert [row["status"] for row in gateway.ledger_rows()] == [499]


def test_tls(upstream: fake_upstream, start_gateway, model: model_name, tmp_path) -> None:
    certificates = make_certificates(tmp_path)
    files = {"certificate_file": str(certificates.chain), "key_file": str(certificates.key)}
    gateway = start_gateway(merge(base_config(upstream), {"server": {"tls": files}}))
    upstream.script(model.upstream, behaviour(text="long answer " * 5_000))
    with open_socket(gateway, certificates.client_context()) as client:
        client.ask("a", model.chat())
        client.ask("b", {"model": "plain-model", "messages": [{"role": "user", "content": "quick"}]})
        client.done("b")
        client.done("a")
        assert client.text("a") == "long answer " * 5_000


def test_a_node_client(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    """The WebSocket that browsers have, as Node ships it."""
    node = ["node", "--experimental-websocket"]
    if (
        shutil.which("node") is None
        or subprocess.run([*node, "-e", "WebSocket"], check=False, capture_output=True).returncode != 0
    ):
        pytest.skip("this Node has no WebSocket")
    upstream.gate.open()
    done = subprocess.run(
        [*node, str(REPOSITORY / "tests/node/websocket.mjs"), f"ws://127.0.0.1:{gateway.port}{STREAM}", model.client],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == {"a": WHOLE, "b": WHOLE, "pong": True}
