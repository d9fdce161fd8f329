"""What stands in the head of translated answers: kinds of errors, Retry-After, ids; against fake providers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from support.configurations import CHAT, PROVIDER_KEY, base_config, merge
from support.fake_upstream import fake_upstream, wait_until
from support.fakes.protocols import PROTOCOLS, base_url, fake_providers
from support.gateway_process import gateway_process
from support.raw_http import answer
from support.upstream_script import behaviour, fault, http_date

BACKENDS = list(PROTOCOLS)


@pytest.fixture(scope="module")
def fakes() -> Iterator[dict[str, fake_upstream]]:
    with fake_providers() as found:
        yield found


def locked(name: str, statuses: tuple[int, ...] = (401, 403)) -> list[str]:
    """Providers for one call each: by status, and by who asks."""
    return [f"{name}-locked-{status}-{turn}" for status in statuses for turn in range(2)]


@pytest.fixture(scope="module")
def front(fakes: dict[str, fake_upstream]) -> Iterator[gateway_process]:
    config = merge(base_config(None), {"upstream": {"event_bytes_max": 65536}})
    for name, fake in fakes.items():
        one = {"name": name, "protocol": name, "base_url": base_url(fake), "api_key_env": "FAKE_PROVIDER_KEY"}
        config["providers"].append({**one, "models": [{"name": f"{name}-model", "upstream_name": "m"}]})
        for title in locked(name):  # a key that was refused sits out: nobody else may need it
            config["providers"].append(
                {**one, "name": title, "models": [{"name": f"{title}-model", "upstream_name": "m"}]}
            )
    with gateway_process(config, {"FAKE_PROVIDER_KEY": PROVIDER_KEY}) as process:
        yield process


def converse(front: gateway_process, backend: str, stream: bool = False) -> answer:
    body = {"messages": [{"role": "user", "content": [{"text": "Hello #m"}]}]}
    return front.call("POST", f"/model/{backend}-model/converse" + ("-stream" if stream else ""), body)


def chat(front: gateway_process, backend: str, stream: bool = False) -> answer:
    body = {"model": f"{backend}-model", "messages": [{"role": "user", "content": "Hello #m"}], "stream": stream}
    return front.call("POST", CHAT, body)


KINDS = [(400, "ValidationException"), (429, "ThrottlingException"), (404, "ResourceNotFoundException")]


@pytest.mark.parametrize(("status", "kind"), KINDS)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("backend", BACKENDS)
def test_bedrocks_clients_are_told_the_kind(
    front: gateway_process, fakes: dict[str, fake_upstream], backend: str, stream: bool, status: int, kind: str
) -> None:
    fakes[backend].script("m", behaviour(status=status, own_error=True, retry_after="7"))
    got = converse(front, backend, stream)
    assert got.header("x-amzn-errortype") == kind, got.headers
    assert [value for name, value in got.headers if name.lower() == "retry-after"] == ["7"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_date_in_retry_after_arrives(front: gateway_process, fakes: dict[str, fake_upstream], backend: str) -> None:
    date = http_date(9)
    fakes[backend].script("m", behaviour(status=429, own_error=True, retry_after=date))
    for got in (chat(front, backend), converse(front, backend)):
        assert got.status == 429
        assert [value for name, value in got.headers if name.lower() == "retry-after"] == [date]


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_bad_key_is_the_gateways(
    front: gateway_process, fakes: dict[str, fake_upstream], backend: str, status: int
) -> None:
    fakes[backend].script("m", behaviour(status=status, own_error=True))
    for ask, title in zip((chat, converse), locked(backend, (status,)), strict=True):
        got = ask(front, title)
        assert got.status in (status, 403), got.body
        assert PROVIDER_KEY.encode() not in got.body
        assert b"the gateway is configured with" in got.body


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_answer_has_a_name(front: gateway_process, fakes: dict[str, fake_upstream], backend: str) -> None:
    """Bedrock and TGI give no id; OpenAI's SDK for Node loses the usage of a stream without one."""
    fakes[backend].script("m", behaviour())
    assert chat(front, backend).json()["id"]
    events = [json.loads(event) for event in chat(front, backend, stream=True).events() if event != "[DONE]"]
    assert len({event["id"] for event in events}) == 1 and events[0]["id"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_event_without_end_ends_the_call(
    front: gateway_process, fakes: dict[str, fake_upstream], backend: str
) -> None:
    """The client is told, and the upstream's connection is closed instead of read for ever."""
    fakes[backend].script("m", behaviour(fault=fault.flood_event))
    flooded = fakes[backend].flooded_bytes
    for got in (chat(front, backend, stream=True), converse(front, backend, stream=True)):
        assert b"rror" in got.body or b"xception" in got.body, got.body[-300:]
    wait_until(lambda: fakes[backend].calls("m")[-1].peer_closed, what="the flood is shut off")
    assert fakes[backend].flooded_bytes - flooded < 16 << 20


def test_nobody_hears_of_an_id_that_was_not_there(front: gateway_process, fakes: dict[str, fake_upstream]) -> None:
    fakes["tgi"].script("m", behaviour())
    assert "id" not in (converse(front, "tgi").header("x-inferenceflow-dropped") or "").split(", ")
