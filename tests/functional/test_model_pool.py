"""Two local models and memory for one: they take turns. Needs the default model files; skipped without them."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator

import pytest
from support.configurations import CHAT, CHAT_MODEL, EMBEDDING_MODEL, base_config, local_config, merge
from support.fake_upstream import wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer, build_request

pytestmark = pytest.mark.local_model
NO_STORE = {"Cache-Control": "no-store"}
EMBEDDINGS = "/v1/embeddings"


def figure(gateway: gateway_process, name: str) -> float:
    text = gateway.call("GET", "/metrics").body.decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"no {name} in /metrics"
    return float(found.group(1))


def in_memory(gateway: gateway_process, model: str) -> bool:
    return figure(gateway, f'inferenceflow_engine_bytes{{model="{model}"}}') > 0


def state_of(gateway: gateway_process, model: str) -> str:
    return gateway.call("GET", "/health").json()["models"][model]


def chat(tokens: int = 8, **extra: object) -> dict:
    messages = [{"role": "user", "content": "Write a long story about a lighthouse and its keeper."}]
    return {"model": CHAT_MODEL, "messages": messages, "max_tokens": tokens, "temperature": 0, **extra}


def embed(gateway: gateway_process, headers: dict[str, str] | None = None) -> answer:
    body = {"model": EMBEDDING_MODEL, "input": "a lighthouse"}
    return gateway.call("POST", EMBEDDINGS, body, {**NO_STORE, **(headers or {})}, timeout_s=60)


def bounded(bytes_max: str) -> dict:
    return merge(merge(base_config(None), local_config(context_tokens=512)), {"local": {"bytes_max": bytes_max, "threads": 1}})


@pytest.fixture
def narrow() -> Iterator[gateway_process]:
    """Room for either model and not for both."""
    with gateway_process(bounded("160MiB")) as gateway:
        wait_until(lambda: gateway.call("GET", "/health/ready").status == 200, 60)
        yield gateway


def test_they_take_turns(narrow: gateway_process) -> None:
    assert in_memory(narrow, CHAT_MODEL), "the first of the configuration comes first"
    assert state_of(narrow, EMBEDDING_MODEL) == "unloaded"
    listed = {model["id"] for model in narrow.call("GET", "/v1/models").json()["data"]}
    assert {CHAT_MODEL, EMBEDDING_MODEL} <= listed
    texts = set()
    for _ in range(2):
        got = narrow.call("POST", CHAT, chat(), NO_STORE, timeout_s=60)
        assert got.status == 200, got.body
        texts.add(got.text())
        vector = embed(narrow)
        assert vector.status == 200, vector.body
        assert in_memory(narrow, EMBEDDING_MODEL)
        assert not in_memory(narrow, CHAT_MODEL)
        assert figure(narrow, "inferenceflow_model_pool_bytes") <= 160 * 2**20
    assert len(texts) == 1, "the same answer after the model was out of memory"
    assert figure(narrow, "inferenceflow_model_loads_total") == 4
    assert figure(narrow, "inferenceflow_model_unloads_total") == 3
    assert figure(narrow, "inferenceflow_model_pool_bytes_max") == 160 * 2**20
    assert narrow.call("GET", "/health/ready").status == 200
    assert state_of(narrow, CHAT_MODEL) == "unloaded"


class late_embedding:
    """Asks for a vector on a thread, and keeps when the answer came."""

    def __init__(self, gateway: gateway_process) -> None:
        self.ended_at = 0.0
        self.got: answer | None = None
        self._thread = threading.Thread(target=self._run, args=(gateway,))
        self._thread.start()

    def _run(self, gateway: gateway_process) -> None:
        self.got = embed(gateway)
        self.ended_at = time.monotonic()

    def wait(self) -> answer:
        self._thread.join(60)
        assert self.got is not None
        return self.got


def test_a_model_that_streams_stays(narrow: gateway_process) -> None:
    body = chat(300, stream=True, stream_options={"include_usage": True})
    other = None
    with narrow.connect(60) as connection:
        connection.send(build_request("POST", CHAT, body, NO_STORE))
        got = connection.read_head()
        for piece in connection.body_pieces(got):
            other = other or late_embedding(narrow)
            got.body += piece
        ended_at = time.monotonic()
    assert other is not None
    assert other.wait().status == 200, "what waited for the memory is answered"
    assert other.ended_at > ended_at, "and not before the stream was whole"
    usage = json.loads(got.events()[-2])["usage"]
    assert got.events()[-1] == "[DONE]"
    assert usage["completion_tokens"] == 300
    assert figure(narrow, "inferenceflow_model_unloads_total") == 1


def test_who_gives_up_waiting_sends_nobody_away(narrow: gateway_process) -> None:
    queue = f'inferenceflow_engine_queue_depth{{model="{EMBEDDING_MODEL}"}}'
    body = chat(300, stream=True)
    with narrow.connect(60) as connection:
        connection.send(build_request("POST", CHAT, body, NO_STORE))
        got = connection.read_head()
        pieces = connection.body_pieces(got)
        next(pieces)
        with narrow.connect(60) as leaver:
            wanted = {"model": EMBEDDING_MODEL, "input": "a lighthouse"}
            leaver.send(build_request("POST", EMBEDDINGS, wanted, NO_STORE))
            wait_until(lambda: figure(narrow, queue) == 1)
        wait_until(lambda: figure(narrow, queue) == 0)
        for _ in pieces:
            pass
    assert figure(narrow, "inferenceflow_model_unloads_total") == 0
    assert in_memory(narrow, CHAT_MODEL)


def test_a_model_larger_than_the_bound_says_so_and_the_other_serves() -> None:
    with gateway_process(bounded("130MiB")) as gateway:
        wait_until(lambda: gateway.call("GET", "/health/ready").status == 200, 60)
        got = gateway.call("POST", CHAT, chat(), NO_STORE, timeout_s=60)
        assert got.status == 503
        assert "local.bytes_max allows 130 MiB" in got.error["message"]
        assert embed(gateway).status == 200
        assert "local.bytes_max" in state_of(gateway, CHAT_MODEL)
        assert state_of(gateway, EMBEDDING_MODEL) == "ready"


def test_a_shutdown_ends_what_waits_for_memory() -> None:
    config = merge(bounded("160MiB"), {"server": {"shutdown_grace_ms": 200}})
    with gateway_process(config) as gateway:
        wait_until(lambda: gateway.call("GET", "/health/ready").status == 200, 60)
        with gateway.connect(60) as busy, gateway.connect(60) as waiting:
            busy.send(build_request("POST", CHAT, chat(400, stream=True), NO_STORE))
            head = busy.read_head()
            next(busy.body_pieces(head))
            wanted = {"model": EMBEDDING_MODEL, "input": "a lighthouse"}
            waiting.send(build_request("POST", EMBEDDINGS, wanted, NO_STORE))
            queue = f'inferenceflow_engine_queue_depth{{model="{EMBEDDING_MODEL}"}}'
            wait_until(lambda: figure(gateway, queue) == 1)
            gateway.stop()
            assert waiting.closed()
