"""Metrics, logs and request ids."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from support.configurations import CHAT, PROVIDER_KEY, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.upstream_script import behaviour

parser = pytest.importorskip("prometheus_client.parser", reason="prometheus_client is in tests/requirements.txt")
GOLDEN = Path(__file__).with_name("metrics_golden.txt")
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def families(gateway: gateway_process, path: str = "/metrics") -> dict:
    got = gateway.call("GET", path)
    assert got.status == 200
    assert (got.header("content-type") or "").startswith("text/plain")
    return {family.name: family for family in parser.text_string_to_metric_families(got.body.decode())}


def exercise(gateway: gateway_process, model: model_name) -> None:
    """One request of each kind, so that every metric has appeared."""
    gateway.call("POST", CHAT, model.chat(temperature=0))
    gateway.call("POST", CHAT, model.chat(temperature=0))
    gateway.call("POST", CHAT, model.chat(stream=True))
    gateway.call("POST", CHAT, b"{")
    gateway.call("GET", "/no/such/path")
    gateway.call("POST", CHAT, {**model.chat(), "model": "fake/always-fails"})


def test_metrics_parse_on_both_paths(gateway: gateway_process, model: model_name) -> None:
    exercise(gateway, model)
    first, second = families(gateway, "/metrics"), families(gateway, "/v1/metrics")
    assert set(first) == set(second)
    for family in first.values():
        assert family.documentation, f"{family.name} has no help text"
        assert family.name.startswith(("inferenceflow_", "process_")), family.name


def test_list_of_metrics_is_golden(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    """Names, types and label names: users build dashboards on them. Update with UPDATE_GOLDEN=1."""
    gateway = start_gateway(merge(base_config(upstream), {"resilience": {"retry": {"attempts_max": 2}}}))
    upstream.script("always-fails", behaviour(status=500))
    exercise(gateway, model)
    lines = []
    for family in families(gateway).values():
        labels = sorted({name for sample in family.samples for name in sample.labels} - {"le", "quantile"})
        lines.append(f"{family.name} {family.type} {','.join(labels)}".rstrip())
    text = "\n".join(sorted(lines)) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text)
    assert GOLDEN.exists(), "run once with UPDATE_GOLDEN=1"
    assert text == GOLDEN.read_text()


def test_labels_are_bounded(gateway: gateway_process) -> None:
    """What a stranger writes never becomes a label."""
    before = sum(len(family.samples) for family in families(gateway).values())
    for i in range(40):
        gateway.call("GET", f"/stranger/{i}")
        gateway.call(f"BREW{i}", CHAT)
        headers = {"x-inferenceflow-tenant": f"stranger-{i}", "x-inferenceflow-user": f"stranger-{i}"}
        gateway.call("POST", CHAT, {"model": f"stranger-{i}", "messages": [{"role": "user", "content": "x"}]}, headers)
    after = families(gateway)
    assert sum(len(family.samples) for family in after.values()) < before + 60
    text = gateway.call("GET", "/metrics").body.decode()
    assert "stranger" not in text


def test_requests_are_counted(gateway: gateway_process, model: model_name) -> None:
    def total() -> float:
        family = families(gateway)["inferenceflow_requests"]
        return sum(sample.value for sample in family.samples if sample.name.endswith("_total"))

    before = total()
    for i in range(3):
        assert gateway.call("POST", CHAT, model.chat(f"{i}")).status == 200
    assert total() >= before + 3


def test_upstream_errors_are_counted(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    def text() -> str:
        return gateway.call("GET", "/metrics").body.decode()

    upstream.script(model.upstream, behaviour(status=500))
    before = text()
    gateway.call("POST", CHAT, model.chat())
    pattern = re.compile(r"^(inferenceflow_\w*(?:error|fail)\w*)(\{[^}]*\})? (\S+)$", re.MULTILINE)
    values = [{(m[1], m[2]): float(m[3]) for m in pattern.finditer(t)} for t in (before, text())]
    assert any(value > values[0].get(key, 0) for key, value in values[1].items()), sorted(values[1])


@pytest.mark.parametrize("path", ["/v1/metrics/summary", "/v1/metrics/cache", "/v1/cache/stats", "/v1/metrics/cost"])
def test_json_metrics(gateway: gateway_process, path: str) -> None:
    got = gateway.call("GET", path)
    assert got.status == 200
    assert isinstance(got.json(), dict) and got.json()


@pytest.mark.parametrize("given", ["client-id-1", "a" * 128, "4bf92f35:77b3/4da6+a3ce=.@_-"])
def test_valid_request_id_is_echoed(gateway: gateway_process, model: model_name, given: str) -> None:
    got = gateway.call("POST", CHAT, model.chat(), {"x-request-id": given})
    assert got.header("x-request-id") == given
    assert gateway.call("GET", "/health", headers={"x-request-id": given}).header("x-request-id") == given


@pytest.mark.parametrize("given", ["", "has space", "a" * 129, 'quote"', "semi;colon", "\u00e9"])
def test_invalid_request_id_is_replaced(gateway: gateway_process, model: model_name, given: str) -> None:
    got = gateway.call("POST", CHAT, model.chat(), {"x-request-id": given})
    made = got.header("x-request-id") or ""
    assert made != given
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made)


def test_ids_travel_to_the_upstream(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    headers = {"x-request-id": "travelling-id", "traceparent": TRACEPARENT}
    gateway.call("POST", CHAT, model.chat(), headers)
    seen = upstream.calls(model.upstream)[-1]
    assert seen.header("x-request-id") == "travelling-id"
    assert (seen.header("traceparent") or "").startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")


def access_lines(gateway: gateway_process, request_id: str) -> list[dict]:
    return [line for line in gateway.log_lines() if line.get("request_id") == request_id]


def test_log_is_json_with_request_ids(gateway: gateway_process, model: model_name) -> None:
    headers = {"x-request-id": "logged-id", "traceparent": TRACEPARENT}
    gateway.call("POST", CHAT, model.chat("private-prompt-in-log"), headers)
    wait_until(lambda: bool(access_lines(gateway, "logged-id")), what="the access line")
    line = access_lines(gateway, "logged-id")[-1]
    assert line["status"] == 200
    assert line["level"] == "info"
    assert "4bf92f3577b34da6a3ce929d0e0e4736" in json.dumps(line)


def test_secrets_and_prompts_are_never_logged(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(base_config(upstream))
    headers = {"Authorization": "Bearer client-secret-for-log", "x-request-id": "quiet-id"}
    upstream.script(model.upstream, behaviour(text="private-answer-in-log"))
    gateway.call("POST", CHAT, model.chat("private-prompt-in-log", temperature=0), headers)
    gateway.call("POST", CHAT, model.chat("private-prompt-in-log", stream=True), headers)
    gateway.call("POST", CHAT, b'{"private-prompt-in-log": ', headers)
    upstream.script(model.upstream, behaviour(status=500, error_message="private-answer-in-log"))
    gateway.call("POST", CHAT, model.chat("private-prompt-in-log"), headers)
    wait_until(lambda: len(access_lines(gateway, "quiet-id")) >= 4, what="the access lines")
    text = gateway.log_text()
    assert len(gateway.log_lines()) >= 4
    for secret in (PROVIDER_KEY, "client-secret-for-log", "private-prompt-in-log", "private-answer-in-log"):
        assert secret not in text


def test_prompts_are_logged_when_switched_on(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"log": {"prompts": True}}))
    gateway.call("POST", CHAT, model.chat("a prompt to be logged"))
    wait_until(lambda: "a prompt to be logged" in gateway.log_text(), what="the prompt in the log")
    assert PROVIDER_KEY not in gateway.log_text()


def test_access_log_can_be_off(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"log": {"access": False, "level": "info"}}))
    gateway.call("POST", CHAT, model.chat(), {"x-request-id": "unlogged-id"})
    gateway.stop()
    assert not access_lines(gateway, "unlogged-id")


def test_log_injection_is_escaped(gateway: gateway_process) -> None:
    gateway.call("GET", '/no/such"}{%0a"fake":"line', headers={"User-Agent": 'x"}\t{"level":"error'})
    assert gateway.log_lines(), "every line is still JSON"


def test_log_file(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"log": {"file": "own.log"}}))
    gateway.call("POST", CHAT, model.chat(), {"x-request-id": "filed-id"})
    own = gateway.folder / "own.log"
    wait_until(lambda: own.exists() and "filed-id" in own.read_text(), what="the line in the file")


def test_open_connections_are_counted(gateway: gateway_process) -> None:
    with gateway.connect() as first, gateway.connect() as second:
        for conn in (first, second):
            conn.send(b"GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n")
            assert conn.read_head().status == 200
        lines = gateway.call("GET", "/metrics").body.decode().splitlines()
    values = [float(line.split()[-1]) for line in lines if line.startswith("inferenceflow_connections ")]
    assert values and values[0] >= 2
