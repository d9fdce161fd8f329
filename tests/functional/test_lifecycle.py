"""Start, reload, and what browsers ask."""

from __future__ import annotations

import signal

import pytest
from support.configurations import CHAT, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import closed_by_peer

ORIGIN = "https://app.example"


def route_config(upstream: fake_upstream, *names: str) -> dict:
    return merge(base_config(upstream), {"routes": [{"model": name, "target": "plain-model"} for name in names]})


def ask(gateway: gateway_process, name: str) -> int:
    return gateway.call("POST", CHAT, {"model": name, "messages": [{"role": "user", "content": "x"}]}).status


def test_sighup_applies_a_good_file(upstream: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(route_config(upstream, "first-name"))
    assert (ask(gateway, "first-name"), ask(gateway, "second-name")) == (200, 404)
    gateway.write_config(route_config(upstream, "second-name"))
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: ask(gateway, "second-name") == 200, what="the new route works")
    assert ask(gateway, "first-name") == 404


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("server: [unclosed\n", "config.yaml"),
        ("cache:\n  ttl_s: soon\n", "ttl_s"),
        ("no_such_key: 1\n", "no_such_key"),
    ],
)
def test_sighup_with_a_bad_file_changes_nothing(upstream: fake_upstream, start_gateway, text: str, reason: str) -> None:
    gateway = start_gateway(route_config(upstream, "first-name"))
    gateway.write_config(text)
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: reason in gateway.log_text(), what="the log says why")
    assert ask(gateway, "first-name") == 200
    gateway.write_config(route_config(upstream, "first-name", "second-name"))
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: ask(gateway, "second-name") == 200, what="a later good file is taken")


def test_binds_to_loopback_by_default(upstream: fake_upstream, start_gateway) -> None:
    config = base_config(upstream)
    del config["server"]["host"]
    gateway = start_gateway(config)
    lines = [line.split() for line in open(f"/proc/{gateway.pid}/net/tcp")][1:]
    local = {line[1] for line in lines if line[1].endswith(f":{gateway.port:04X}") and line[3] == "0A"}
    assert local == {f"0100007F:{gateway.port:04X}"}


def test_no_model_on_disk(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    absent = [{"name": "absent-model", "file": "no/such/file.gguf", "kind": "chat"}]
    gateway = start_gateway(merge(base_config(upstream), {"local": {"enabled": True, "models": absent}}))
    got = gateway.call("POST", CHAT, {"model": "absent-model", "messages": [{"role": "user", "content": "x"}]})
    assert got.status == 503
    assert "make" in got.error["message"] or "fetch" in got.error["message"], "says how to get the model"
    assert gateway.call("POST", CHAT, model.chat()).status == 200
    assert gateway.call("GET", "/health/live").status == 200


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/v1/health", "/healthz"])
def test_health(gateway: gateway_process, path: str) -> None:
    got = gateway.call("GET", path)
    assert got.status == 200
    assert got.json()["status"] in ("ok", "healthy", "live", "ready", "alive", "pass")


class TestCors:
    @pytest.fixture(scope="class")
    def browser_gateway(self, upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory):
        config = merge(base_config(upstream), {"server": {"cors": {"origins": [ORIGIN], "max_age_s": 300}}})
        environment = {"FAKE_PROVIDER_KEY": "k"}
        with gateway_process(config, environment, tmp_path_factory.mktemp("cors")) as process:
            yield process

    def test_preflight(self, browser_gateway: gateway_process) -> None:
        headers = {
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        got = browser_gateway.call("OPTIONS", CHAT, headers=headers)
        assert got.status in (200, 204)
        assert got.header("access-control-allow-origin") == ORIGIN
        assert "POST" in (got.header("access-control-allow-methods") or "")
        allowed = (got.header("access-control-allow-headers") or "").lower()
        assert allowed == "*" or {"authorization", "content-type"} <= {name.strip() for name in allowed.split(",")}
        assert got.header("access-control-max-age") == "300"
        assert "origin" in (got.header("vary") or "").lower()

    @pytest.mark.parametrize("stream", [False, True])
    def test_answer_carries_the_origin(self, browser_gateway: gateway_process, model: model_name, stream: bool) -> None:
        got = browser_gateway.call("POST", CHAT, model.chat(stream=stream), {"Origin": ORIGIN})
        assert got.header("access-control-allow-origin") == ORIGIN
        assert "x-request-id" in (got.header("access-control-expose-headers") or "").lower()

    def test_errors_carry_the_origin(self, browser_gateway: gateway_process) -> None:
        got = browser_gateway.call("POST", CHAT, b"{", {"Origin": ORIGIN})
        assert got.status == 400
        assert got.header("access-control-allow-origin") == ORIGIN

    def test_other_origins_get_nothing(self, browser_gateway: gateway_process) -> None:
        got = browser_gateway.call("GET", "/v1/models", headers={"Origin": "https://evil.example"})
        assert got.header("access-control-allow-origin") is None

    def test_off_by_default(self, gateway: gateway_process) -> None:
        got = gateway.call("GET", "/v1/models", headers={"Origin": ORIGIN})
        assert got.header("access-control-allow-origin") is None


def test_environment_wins_over_the_file(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(base_config(upstream), {"CACHE_ENABLED": "false", "LOG_LEVEL": "error"})
    for _ in range(2):
        got = gateway.call("POST", CHAT, model.chat(temperature=0))
        assert got.header("x-inferenceflow-cache") == "bypass"
    assert not [line for line in gateway.log_lines() if line["level"] in ("debug", "info")]


def test_two_servers_on_one_port_say_so(upstream: fake_upstream, start_gateway) -> None:
    first = start_gateway(base_config(upstream))
    with pytest.raises(RuntimeError, match="exited with [1-9]"):
        start_gateway(merge(base_config(upstream), {"server": {"port": first.port}}))
    try:
        assert first.call("GET", "/health/live").status == 200
    except closed_by_peer:
        pytest.fail("the first server was disturbed")
