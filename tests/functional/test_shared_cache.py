"""Replicas that share a cache in Redis: what one has answered the other serves, and Redis may fail as it likes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import gateway_factory
from support.configurations import CHAT, EMBEDDING_MODEL, base_config, local_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer
from support.redis_server import redis_cluster, redis_server

CACHE = "x-inferenceflow-cache"
TENANT = "x-inferenceflow-tenant"
SECRET = "replicas-of-a-test-share-this-secret"
ENTRIES = "iflow:1:e:*"
CARD = "How do I put a lost card back into the app?"
CARD_TOO = "How can I put my lost card back in the app?"
REQUESTS = 240
CALLERS = 8

starter = Callable[..., gateway_process]


@pytest.fixture(scope="module")
def _server() -> Iterator[redis_server]:
    with redis_server() as server:
        yield server


@pytest.fixture
def redis(_server: redis_server) -> redis_server:
    _server.ask("FLUSHALL")
    return _server


@pytest.fixture
def replica(upstream: fake_upstream, start_gateway: gateway_factory, redis: redis_server) -> starter:
    """Starts a gateway that shares its cache in `redis`, or in another one."""

    def start(config: dict | None = None, url: str | None = None, secret: str = SECRET) -> gateway_process:
        own = merge(base_config(upstream), {"server": {"trust_identity_headers": True}})
        environment = {"REDIS_URL": url or redis.url, "CACHE_SECRET": secret}
        return start_gateway(merge(own, config or {}), environment)

    return start


def semantic() -> dict:
    """The local embedding model, and a fixed threshold."""
    local = local_config()
    local["local"]["models"] = [entry for entry in local["local"]["models"] if entry["name"] == EMBEDDING_MODEL]
    store = {"embed_timeout_ms": 20_000}  # a busy machine shall not make a question pass unread
    return merge(local, {"cache": {"semantic": {"mode": "static", "threshold": 0.75}, "semantic_store": store}})


def ask(gateway: gateway_process, model: model_name, text: str = CARD, tenant: str = "", **extra: object) -> answer:
    headers = {TENANT: tenant} if tenant else {}
    got = gateway.call("POST", CHAT, {**model.chat(text, temperature=0), **extra}, headers)
    assert got.status == 200, got.body
    return got


def state(got: answer) -> str | None:
    return got.header(CACHE)


def words(got: answer) -> str:
    return json.loads(got.body)["choices"][0]["message"]["content"]


def wait_for_entries(redis: redis_server, count: int) -> list[str]:
    wait_until(lambda: len(redis.keys(ENTRIES)) >= count, what=f"{count} entries in Redis")
    keys = redis.keys(ENTRIES)
    assert len(keys) == count, keys
    return keys


def bytes_of(redis: redis_server, key: str) -> bytes:
    return str(redis.ask("GET", key)).encode(errors="surrogateescape")


def entries_in_memory(gateway: gateway_process) -> int:
    return gateway.call("GET", "/v1/cache/stats").json()["entries"]


def rejected(gateway: gateway_process) -> float:
    return gateway.gauge("inferenceflow_cache_tier_requests_total", 'outcome="rejected"')


def wait_for_questions(gateway: gateway_process, count: int) -> None:
    wait_until(
        lambda: gateway.gauge("inferenceflow_semantic_entries") >= count,
        what=f"{count} questions in the index of a replica that was not asked them",
    )


def test_a_second_replica_serves_what_the_first_was_asked(
    upstream: fake_upstream, replica: starter, redis: redis_server, model: model_name
) -> None:
    first, second = replica(), replica()
    asked = ask(first, model)
    assert state(asked) == "miss"
    wait_for_entries(redis, 1)
    got = ask(second, model)
    assert (state(got), got.body) == ("hit", asked.body)
    streamed = ask(second, model, stream=True)
    assert state(streamed) == "hit"
    assert streamed.body.rstrip().endswith(b"data: [DONE]")
    assert len(upstream.calls(model.upstream)) == 1


def test_what_one_replica_learned_another_starts_from(
    upstream: fake_upstream, replica: starter, redis: redis_server, model: model_name
) -> None:
    verified = merge(semantic(), {"cache": {"semantic": {"mode": "verified", "error_max": 0.2}}})
    first = replica(verified)
    for phrasing in range(12):
        ask(first, model, f"{CARD} {'Please tell me. ' * phrasing}")

    def lanes(gateway: gateway_process) -> list[dict]:
        return gateway.call("GET", "/v1/cache/stats").json()["semantic"]["lanes"]

    wait_until(lambda: lanes(first)[0]["judged_right"] > 0)
    first.stop()
    second = replica(verified)
    wait_until(lambda: lanes(second) != [], what="a lane that was taught elsewhere")
    assert (lanes(second)[0]["requests"], lanes(second)[0]["route"]) == (0, model.client)


def test_a_second_replica_answers_questions_that_mean_the_same(
    upstream: fake_upstream, replica: starter, redis: redis_server, model: model_name
) -> None:
    first, second = replica(semantic()), replica(semantic())
    asked = ask(first, model)
    wait_for_questions(second, 1)
    got = ask(second, model, CARD_TOO)
    assert (state(got), words(got)) == ("semantic", words(asked))
    assert len(upstream.calls(model.upstream)) == 1


def test_a_replica_that_starts_later_knows_it_all(
    upstream: fake_upstream, replica: starter, redis: redis_server, model: model_name
) -> None:
    first = replica(semantic())
    asked = ask(first, model)
    wait_for_entries(redis, 1)
    first.stop()
    second = replica(semantic())
    wait_for_questions(second, 1)
    got = ask(second, model, CARD_TOO)
    assert (state(got), words(got)) == ("semantic", words(asked))
    assert state(ask(second, model)) == "hit"
    assert len(upstream.calls(model.upstream)) == 1


def test_deleting_at_one_replica_reaches_the_memory_of_the_other(
    replica: starter, redis: redis_server, model: model_name, other_model: model_name
) -> None:
    first, second = replica(), replica()
    for each in (model, other_model):
        ask(first, each)
    wait_for_entries(redis, 2)
    assert [state(ask(second, each)) for each in (model, other_model)] == ["hit", "hit"]
    redis.ask("FLUSHALL")
    assert state(ask(second, model)) == "hit", "from its memory"
    assert first.call("DELETE", f"/v1/cache?pattern=*{model.upstream}*").status == 200
    wait_until(lambda: entries_in_memory(second) == 1, what="the other replica forgets")
    assert state(ask(second, other_model)) == "hit"
    assert state(ask(second, model)) == "miss"


def test_erased_questions_are_not_answered_by_the_other_replica(replica: starter, redis: redis_server, model: model_name) -> None:
    first, second = replica(semantic()), replica(semantic())
    ask(first, model, tenant="acme")
    wait_for_questions(second, 1)
    assert first.call("DELETE", "/v1/cache?tenant=acme").status == 200
    assert redis.keys(ENTRIES) == []
    wait_until(lambda: second.gauge("inferenceflow_semantic_entries") == 0, what="the other replica's index is empty")
    assert state(ask(second, model, CARD_TOO, tenant="acme")) == "miss"


@pytest.mark.parametrize("change", ["flip", "cut", "garbage", "empty"])
def test_a_tampered_entry_is_rejected_and_removed(
    upstream: fake_upstream, replica: starter, redis: redis_server, model: model_name, change: str
) -> None:
    ask(replica(), model)
    [key] = wait_for_entries(redis, 1)
    value = bytes_of(redis, key)
    flipped = bytearray(value)
    flipped[len(value) // 2] ^= 1
    forged = {"flip": bytes(flipped), "cut": value[:-1], "garbage": b"garbage", "empty": b""}[change]
    redis.ask("SET", key, forged, "KEEPTTL")
    late = replica()
    got = ask(late, model)
    assert state(got) == "miss"
    assert rejected(late) >= 1
    assert len(upstream.calls(model.upstream)) == 2
    wait_until(lambda: bytes_of(redis, key) != forged, what="the forged entry is gone")
    wait_for_entries(redis, 1)
    assert state(ask(replica(), model)) == "hit", "and a good one has taken its place"


def test_an_entry_copied_to_another_tenant_is_rejected(
    upstream: fake_upstream, replica: starter, redis: redis_server, model: model_name
) -> None:
    first = replica()
    ask(first, model, tenant="acme")
    [of_acme] = wait_for_entries(redis, 1)
    ask(first, model, tenant="globex")
    [of_globex] = set(wait_for_entries(redis, 2)) - {of_acme}
    redis.ask("SET", of_globex, bytes_of(redis, of_acme), "KEEPTTL")
    late = replica()
    assert state(ask(late, model, tenant="globex")) == "miss"
    assert rejected(late) >= 1
    assert state(ask(late, model, tenant="acme")) == "hit"
    assert len(upstream.calls(model.upstream)) == 3


def test_another_secret_shares_nothing(upstream: fake_upstream, replica: starter, redis: redis_server, model: model_name) -> None:
    first, stranger = replica(), replica(secret="another-secret-of-a-test")
    ask(first, model)
    wait_for_entries(redis, 1)
    assert state(ask(stranger, model)) == "miss"
    wait_for_entries(redis, 2)
    assert stranger.call("DELETE", "/v1/cache?tenant=nobody").status == 200
    assert first.call("DELETE", "/v1/cache?pattern=nothing*").status == 200
    assert [state(ask(each, model)) for each in (first, stranger)] == ["hit", "hit"]
    assert len(upstream.calls(model.upstream)) == 2


def test_messages_that_somebody_makes_up_erase_nothing(replica: starter, redis: redis_server, model: model_name) -> None:
    gateway = replica()
    ask(gateway, model)
    wait_for_entries(redis, 1)
    wait_until(lambda: redis.ask("PUBLISH", "iflow:1:news", b"hello") == 1, what="the gateway listens")
    for forged in (b"", b"\x01\x02" + bytes(70), bytes(100_000)):
        redis.ask("PUBLISH", "iflow:1:news", forged)
    redis.ask("FLUSHALL")
    assert state(ask(gateway, model)) == "hit"


def _fail(redis: redis_server, how: str) -> None:
    if how == "kill":
        redis.kill()
    elif how == "pause":
        redis.pause()
    else:
        redis.ask("CONFIG", "SET", "maxmemory", 1)


def _mend(redis: redis_server, how: str) -> None:
    if how == "kill":
        assert redis.start()
    elif how == "pause":
        redis.resume()
    else:
        redis.ask("CONFIG", "SET", "maxmemory", 0)


@pytest.mark.parametrize("how", ["kill", "pause", "fill"])
def test_redis_failing_under_load_fails_no_request(replica: starter, model: model_name, how: str) -> None:
    with redis_server() as own:
        gateway = replica(url=own.url)
        ask(gateway, model, "question 0")
        wait_for_entries(own, 1)

        def one(number: int) -> int:
            if number == REQUESTS // 3:
                _fail(own, how)
            body = model.chat(f"question {number % 100}", temperature=0)  # repeated ones and new ones
            return gateway.call("POST", CHAT, body).status

        with ThreadPoolExecutor(CALLERS) as callers:
            statuses = list(callers.map(one, range(REQUESTS)))
        assert statuses == [200] * REQUESTS
        assert state(ask(gateway, model, "question 0")) == "hit", "the memory tier goes on"
        _mend(own, how)
        numbers = iter(range(1_000, 100_000))

        def shared_again() -> bool:
            before = len(own.keys(ENTRIES))
            ask(gateway, model, f"question {next(numbers)}")
            return len(own.keys(ENTRIES)) > before

        wait_until(shared_again, what="Redis is in use again")
        other = replica(url=own.url)

        def found_by_the_other() -> bool:  # a busy machine may exceed the time that Redis is given
            text = f"question {next(numbers)}"
            ask(gateway, model, text)
            return state(ask(other, model, text)) == "hit"

        wait_until(found_by_the_other, what="the other replica finds what this one stored")


def test_redis_that_comes_later_is_used(replica: starter, model: model_name, other_model: model_name) -> None:
    with redis_server() as own:
        own.kill()
        first = replica(url=own.url)
        assert [state(ask(first, model)) for _ in range(2)] == ["miss", "hit"]
        assert first.call("GET", "/health/ready").status == 200
        assert own.start()
        second = replica(url=own.url)
        numbers = iter(range(1_000))

        def shared() -> bool:
            text = f"question {next(numbers)}"
            ask(first, other_model, text)
            return state(ask(second, other_model, text)) == "hit"

        wait_until(shared, what="what one is asked the other has")


def test_a_wrong_password_is_logged_without_it(replica: starter, model: model_name) -> None:
    with redis_server(password="right-one") as own:
        gateway = replica(url=f"redis://:hunter2@127.0.0.1:{own.port}")
        for number in range(20):
            assert state(ask(gateway, model, f"question {number}")) == "miss"
        wait_until(lambda: "AUTH" in gateway.log_text(), what="a warning")
        told = [line for line in gateway.log_lines() if "AUTH" in json.dumps(line)]
        assert len(told) == 1, "once, not once per request"
        assert "hunter2" not in gateway.log_text()


def test_a_cluster_is_shared_too(upstream: fake_upstream, replica: starter, model: model_name) -> None:
    with redis_cluster() as nodes:
        first, second = replica(url=nodes.url), replica(url=nodes.url)
        texts = [f"question {number}" for number in range(12)]
        for text in texts:
            ask(first, model, text)
        wait_until(lambda: len(nodes.keys(ENTRIES)) == len(texts), what="all entries in the cluster")
        assert [state(ask(second, model, text)) for text in texts] == ["hit"] * len(texts)
        assert len(upstream.calls(model.upstream)) == len(texts)
        assert second.call("DELETE", "/v1/cache?pattern=*").status == 200
        assert nodes.keys(ENTRIES) == []
        wait_until(lambda: entries_in_memory(first) == 0, what="the other replica forgets")
