"""TLS towards clients and towards upstreams, and upstreams reached through a CONNECT proxy."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest
from support.certificates import certificate_files, make_certificates
from support.configurations import CHAT, base_config, merge, model_name
from support.connect_proxy import connect_proxy
from support.fake_upstream import fake_upstream
from support.raw_http import closed_by_peer, connection
from support.upstream_script import behaviour, fault


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> certificate_files:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def tls_upstream(certificates: certificate_files) -> Iterator[fake_upstream]:
    with fake_upstream(tls=certificates.server_context()) as fake:
        yield fake


def trusting(upstream: fake_upstream, certificates: certificate_files, **extra: object) -> dict:
    return base_config(upstream, ca_file=str(certificates.authority), **extra)


def test_server_speaks_tls(
    upstream: fake_upstream, certificates: certificate_files, start_gateway, model: model_name
) -> None:
    files = {"certificate_file": str(certificates.chain), "key_file": str(certificates.key)}
    gateway = start_gateway(merge(base_config(upstream), {"server": {"tls": files}}))
    with connection(gateway.port, certificates.client_context()) as conn:
        assert (conn.sock.version() or "") in ("TLSv1.2", "TLSv1.3")  # type: ignore[attr-defined]
        assert conn.request("POST", CHAT, model.chat()).status == 200
        assert conn.request("POST", CHAT, model.chat(stream=True)).events()[-1] == "[DONE]"
        assert conn.request("GET", "/health/live").status == 200
    with connection(gateway.port, timeout_s=10) as plain:
        plain.send(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            assert plain.read_answer().status == 400
        except (closed_by_peer, ConnectionResetError, ValueError):
            pass


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_server_refuses_old_tls(
    upstream: fake_upstream, certificates: certificate_files, start_gateway, version: ssl.TLSVersion
) -> None:
    files = {"certificate_file": str(certificates.chain), "key_file": str(certificates.key)}
    gateway = start_gateway(merge(base_config(upstream), {"server": {"tls": files}}))
    context = certificates.client_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = version, version
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        connection(gateway.port, context)


def test_upstream_is_verified_with_the_configured_authority(
    tls_upstream: fake_upstream, certificates: certificate_files, start_gateway, model: model_name
) -> None:
    gateway = start_gateway(trusting(tls_upstream, certificates))
    assert gateway.call("POST", CHAT, model.chat()).status == 200
    stream = gateway.call("POST", CHAT, model.chat(stream=True))
    assert stream.events()[-1] == "[DONE]"


def test_stale_tls_connection_is_retried(
    tls_upstream: fake_upstream, certificates: certificate_files, start_gateway, model: model_name
) -> None:
    gateway = start_gateway(merge(trusting(tls_upstream, certificates), {"server": {"loops": 1}}))
    assert gateway.call("POST", CHAT, model.chat("warm")).status == 200
    tls_upstream.drop_idle_connections()
    assert gateway.call("POST", CHAT, model.chat("after")).status == 200


def test_unknown_authority_is_refused(tls_upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(base_config(tls_upstream))
    got = gateway.call("POST", CHAT, model.chat())
    assert got.status == 502
    assert not tls_upstream.calls(model.upstream), "no request, no key, over an unverified connection"


def test_wrong_host_name_is_refused(start_gateway, tmp_path, model: model_name) -> None:
    other = make_certificates(tmp_path / "other", names="DNS:other.example")
    with fake_upstream(tls=other.server_context()) as fake:
        gateway = start_gateway(trusting(fake, other))
        assert gateway.call("POST", CHAT, model.chat()).status == 502
        assert not fake.calls(model.upstream)


def test_tls_upstream_that_dies_mid_stream(
    tls_upstream: fake_upstream, certificates: certificate_files, start_gateway, model: model_name
) -> None:
    gateway = start_gateway(trusting(tls_upstream, certificates))
    tls_upstream.script(model.upstream, behaviour(fault=fault.close_mid_stream))
    got = gateway.call("POST", CHAT, model.chat(stream=True))
    assert '"error"' in got.events()[-1]


def test_plain_upstream_where_tls_is_expected(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(
        base_config(upstream, base_url=upstream.url.replace("http://", "https://"), connect_timeout_ms=800)
    )
    assert gateway.call("POST", CHAT, model.chat()).status in (502, 504)


@pytest.fixture
def remote_upstream(tmp_path) -> Iterator[tuple[fake_upstream, dict]]:
    """An upstream that only a proxy can find, since the environment's proxy is not asked for loopback names."""
    own = make_certificates(tmp_path / "remote", names="DNS:upstream.example")
    with fake_upstream(tls=own.server_context()) as fake:
        yield fake, trusting(fake, own, base_url=f"https://upstream.example:{fake.port}/v1", connect_timeout_ms=2000)


def test_https_proxy_is_honoured(remote_upstream: tuple[fake_upstream, dict], start_gateway, model: model_name) -> None:
    fake, config = remote_upstream
    with connect_proxy() as proxy:
        gateway = start_gateway(config, {"HTTPS_PROXY": proxy.url})
        assert gateway.call("POST", CHAT, model.chat()).status == 200
        assert gateway.call("POST", CHAT, model.chat(stream=True)).events()[-1] == "[DONE]"
        assert proxy.requests[0] == f"CONNECT upstream.example:{fake.port} HTTP/1.1"
    assert "Bearer" not in str(proxy.requests)


def test_no_proxy_is_honoured(remote_upstream: tuple[fake_upstream, dict], start_gateway, model: model_name) -> None:
    with connect_proxy() as proxy:
        environment = {"HTTPS_PROXY": proxy.url, "NO_PROXY": "example.org,.example"}
        gateway = start_gateway(remote_upstream[1], environment)
        assert gateway.call("POST", CHAT, model.chat()).status in (502, 504), "the name leads nowhere without a proxy"
        assert proxy.requests == []


def test_configured_proxy_wins(
    tls_upstream: fake_upstream, certificates: certificate_files, start_gateway, model: model_name
) -> None:
    with connect_proxy() as proxy:
        gateway = start_gateway(trusting(tls_upstream, certificates, proxy=proxy.url))
        assert gateway.call("POST", CHAT, model.chat()).status == 200
        assert len(proxy.requests) == 1


def test_refusing_proxy_is_502(
    tls_upstream: fake_upstream, certificates: certificate_files, start_gateway, model: model_name
) -> None:
    with connect_proxy(allow=False) as proxy:
        gateway = start_gateway(trusting(tls_upstream, certificates, proxy=proxy.url))
        got = gateway.call("POST", CHAT, model.chat())
        assert got.status == 502
        assert str(proxy.port) not in got.body.decode()
