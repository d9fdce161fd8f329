"""Backends that fail, and what the client sees: retries, fallbacks, keys, breakers, health, hedges, queues."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.configurations import CHAT, base_config, merge
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer, build_request
from support.upstream_script import behaviour, fault

MODEL = "m"
ROUTE = "chat"
QUICK = {"retry": {"backoff_base_ms": 5, "backoff_max_ms": 20}, "keys": {"limited_time_ms": 5}}

starter = Callable[..., gateway_process]


@pytest.fixture
def one() -> Iterator[fake_upstream]:
    with fake_upstream() as fake:
        yield fake


@pytest.fixture
def two() -> Iterator[fake_upstream]:
    with fake_upstream() as fake:
        yield fake


def config(upstreams: list[fake_upstream], route: dict | None = None, first_byte_ms: int = 800, **resilience: dict) -> dict:
    """Providers p0, p1, … that offer `m`, and the route `chat` over all of them."""
    names = [f"p{number}/{MODEL}" for number in range(len(upstreams))]
    providers = [
        {"name": f"p{number}", "base_url": upstream.url, "models": [MODEL], "first_byte_timeout_ms": first_byte_ms}
        for number, upstream in enumerate(upstreams)
    ]
    whole = merge(base_config(None), {"providers": providers, "routes": [{"model": ROUTE, "targets": names, **(route or {})}]})
    whole["resilience"] = merge(QUICK, resilience)
    return whole


def chat(content: str = "Say something.", **extra: object) -> dict:
    return {"model": ROUTE, "messages": [{"role": "user", "content": content}], **extra}


def ask(gateway: gateway_process, body: dict | None = None) -> answer:
    return gateway.call("POST", CHAT, body or chat())


def by(got: answer) -> str | None:
    return got.header("x-inferenceflow-provider")


FAILING = [
    behaviour(status=500),
    behaviour(status=503),
    behaviour(status=529),
    behaviour(status=429),
    behaviour(fault=fault.reset_before_head),
    behaviour(fault=fault.close_before_head),
    behaviour(fault=fault.close_mid_head),
    behaviour(fault=fault.close_mid_body),
    behaviour(fault=fault.garbage),
    behaviour(fault=fault.garbage_json),
    behaviour(fault=fault.stall_head),
]
NAMES = [how.fault.value if how.fault is not fault.none else str(how.status) for how in FAILING]


@pytest.mark.parametrize("how", FAILING, ids=NAMES)
def test_a_failed_call_is_made_again(start_gateway: starter, one: fake_upstream, how: behaviour) -> None:
    gateway = start_gateway(config([one]))
    one.script_next(MODEL, how)
    got = ask(gateway)
    assert got.status == 200, got.body
    assert len(one.calls(MODEL)) == 2
    assert got.header("x-inferenceflow-attempts") == "2"
    assert gateway.gauge("inferenceflow_upstream_retries_total", 'provider="p0"') == 1
    [row] = gateway.rows_of(ROUTE, 1)
    assert row["status"] == 200
    assert row["output"] > 0
    assert row["cost_nano_usd"] > 0


BODY_FAULTS = (fault.close_mid_head, fault.close_mid_body, fault.garbage_json)  # of documents


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("how", FAILING, ids=NAMES)
def test_the_next_target_answers(start_gateway: starter, one: fake_upstream, two: fake_upstream, how: behaviour, stream: bool) -> None:
    if stream and how.fault in BODY_FAULTS:
        how = behaviour(fault=fault.close_mid_stream, fault_at_event=BODY_FAULTS.index(how.fault) // 2)
    gateway = start_gateway(config([one, two]))
    one.script(MODEL, how)
    got = ask(gateway, chat(stream=stream))
    assert got.status == 200, got.body
    assert by(got) == "p1"
    assert (len(one.calls(MODEL)), len(two.calls(MODEL))) == (1, 1)
    [row] = gateway.rows_of(ROUTE, 1)
    assert (row["provider"], row["status"]) == ("p1", 200)


@pytest.mark.parametrize("how", [fault.error_event, fault.close_mid_stream, fault.reset_mid_stream])
def test_a_stream_that_has_begun_is_never_sent_again(start_gateway: starter, one: fake_upstream, two: fake_upstream, how: fault) -> None:
    gateway = start_gateway(config([one, two]))
    one.script(MODEL, behaviour(fault=how))
    got = ask(gateway, chat(stream=True))
    assert got.status == 200
    assert "error" in got.events()[-1] or "error" in got.events()[-2]
    assert (len(one.calls(MODEL)), len(two.calls(MODEL))) == (1, 0)
    [row] = gateway.rows_of(ROUTE, 1)
    assert row["provider"] == "p0"
    assert row["output"] > 0, "what was delivered is billed"


@pytest.mark.parametrize("events", [0, 1])
@pytest.mark.parametrize("how", [fault.error_event, fault.close_mid_stream, fault.reset_mid_stream, fault.bad_chunk])
def test_a_stream_that_dies_before_content_goes_elsewhere(
    start_gateway: starter, one: fake_upstream, two: fake_upstream, how: fault, events: int
) -> None:
    gateway = start_gateway(config([one, two]))
    one.script(MODEL, behaviour(fault=how, fault_at_event=events))
    got = ask(gateway, chat(stream=True))
    assert got.status == 200
    assert got.text() == behaviour().text
    assert by(got) == "p1"


def test_a_wrong_request_is_not_repeated(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    gateway = start_gateway(config([one, two]))
    one.script(MODEL, behaviour(status=400, error_message="temperature is too hot", error_type="invalid_request_error"))
    got = ask(gateway)
    assert (got.status, got.error["message"]) == (400, "temperature is too hot")
    assert (len(one.calls(MODEL)), len(two.calls(MODEL))) == (1, 0)


def test_retry_after_is_waited_for_when_short(start_gateway: starter, one: fake_upstream) -> None:
    gateway = start_gateway(config([one]))
    one.script_next(MODEL, behaviour(status=429, retry_after="1"))
    began = time.monotonic()
    got = ask(gateway)
    assert got.status == 200
    assert time.monotonic() - began >= 1.0


def test_retry_after_is_passed_on_when_long(start_gateway: starter, one: fake_upstream) -> None:
    gateway = start_gateway(config([one]))
    one.script(MODEL, behaviour(status=429, retry_after="77", error_message="slow down"))
    got = ask(gateway)
    assert (got.status, got.header("retry-after")) == (429, "77")
    assert got.error["message"] == "slow down"
    assert len(one.calls(MODEL)) == 1
    again = ask(gateway)
    assert again.status in (429, 503)
    assert 60 < int(again.header("retry-after") or 0) <= 77
    assert len(one.calls(MODEL)) == 1, "nobody is asked before the time is over"


def test_the_most_helpful_error_is_told(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    gateway = start_gateway(config([one, two]))
    one.script(MODEL, behaviour(status=429, retry_after="50", error_message="the limit of one"))
    two.script(MODEL, behaviour(status=500, error_message="two is broken"))
    got = ask(gateway)
    assert (got.status, got.error["message"]) == (429, "the limit of one")
    [row] = gateway.rows_of(ROUTE, 1)
    assert (row["status"], row["cost_nano_usd"]) == (429, 0)


def test_no_budget_no_retries(start_gateway: starter, one: fake_upstream) -> None:
    gateway = start_gateway(config([one], retry={"budget_percent": 0, "budget_floor_per_s": 0}))
    one.script(MODEL, behaviour(status=500))
    assert ask(gateway).status == 500
    assert len(one.calls(MODEL)) == 1


def test_a_route_may_say_otherwise(start_gateway: starter, one: fake_upstream) -> None:
    gateway = start_gateway(config([one], {"resilience": {"retry": {"attempts_max": 1}}}))
    one.script(MODEL, behaviour(status=500))
    assert ask(gateway).status == 500
    assert len(one.calls(MODEL)) == 1
    ask(gateway, {**chat(), "model": MODEL})
    assert len(one.calls(MODEL)) > 2, "the model by its own name is asked again"


def test_a_bad_key_sits_out_and_the_good_one_answers(start_gateway: starter, one: fake_upstream) -> None:
    whole = config([one])
    whole["providers"][0]["api_keys_env"] = ["KEY_A", "KEY_B"]
    gateway = start_gateway(whole, {"KEY_A": "key-a", "KEY_B": "key-b"})
    one.script_next(MODEL, behaviour(status=401, error_message="Incorrect API key provided: key-a"))
    for _ in range(6):
        got = ask(gateway)
        assert got.status == 200
        assert "key-a" not in got.body.decode()
    keys = [call.header("authorization") for call in one.calls(MODEL)]
    assert len(keys) == 7
    assert len(set(keys[1:])) == 1, "only the good key after the first call"
    assert keys[0] != keys[1]


def test_the_breaker_opens_and_closes_again(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    gateway = start_gateway(config([one, two], breaker={"consecutive_failures": 3, "open_time_ms": 600}, health={"call_failures": 0}))
    one.script(MODEL, behaviour(status=500))
    for _ in range(10):
        assert ask(gateway).status == 200
    assert len(one.calls(MODEL)) == 3
    assert gateway.gauge("inferenceflow_breaker_open", 'provider="p0"') == 1
    one.script(MODEL, behaviour())
    time.sleep(0.7)
    wait_until(lambda: by(ask(gateway)) == "p0", what="a probe goes through")
    wait_until(lambda: ask(gateway).status == 200 and gateway.gauge("inferenceflow_breaker_open") == 0, what="it closes")


def test_an_open_breaker_answers_at_once(start_gateway: starter, one: fake_upstream) -> None:
    gateway = start_gateway(config([one], breaker={"consecutive_failures": 2, "open_time_ms": 20_000}))
    one.script(MODEL, behaviour(fault=fault.close_before_head))
    while len(one.calls(MODEL)) < 2:
        ask(gateway)
    before = len(one.calls(MODEL))
    got = ask(gateway)
    assert got.status == 503
    assert int(got.header("retry-after") or 0) > 0
    assert len(one.calls(MODEL)) == before


def test_a_dead_backend_is_left_alone_until_a_probe_finds_it(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    with fake_upstream() as gone:
        dead_port = gone.port
        whole = config([gone, two], health={"call_failures": 2}, breaker={"consecutive_failures": 0, "calls_min": 9999})
    gateway = start_gateway(whole)
    began = time.monotonic()
    while gateway.gauge("inferenceflow_backend_up", 'provider="p0"') == 1:
        assert ask(gateway).status == 200
        assert time.monotonic() - began < 20
        time.sleep(0.1)
    with fake_upstream(port=dead_port) as back:
        wait_until(lambda: gateway.gauge("inferenceflow_backend_up", 'provider="p0"') == 1, 20, "a probe finds it")
        assert by(ask(gateway)) == "p0"
        assert back.calls(MODEL)


def test_weights_share_the_load(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    targets = [{"target": f"p0/{MODEL}", "weight": 3}, {"target": f"p1/{MODEL}", "weight": 1}]
    gateway = start_gateway(config([one, two], {"targets": targets, "balance": "weighted"}))
    asked = Counter(by(ask(gateway, chat(f"{number}"))) for number in range(40))
    assert asked == {"p0": 30, "p1": 10}


@pytest.mark.parametrize("policy", ["least_outstanding", "peak_ewma"])
def test_a_busy_target_is_spared(start_gateway: starter, one: fake_upstream, two: fake_upstream, policy: str) -> None:
    gateway = start_gateway(config([one, two], {"balance": policy}))
    one.script(MODEL, behaviour(head_delay_s=0.5))
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: by(ask(gateway, chat(f"{number}"))), range(64)))
    assert answers.count("p1") > answers.count("p0")
    assert answers.count("p0") > 0


def test_a_conversation_stays_where_it_began(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    gateway = start_gateway(config([one, two], {"balance": "sticky"}))
    places = set()
    for number in range(12):
        turns = [{"role": "user", "content": f"conversation {number}"}]
        seen = set()
        for _ in range(4):
            seen.add(by(ask(gateway, {"model": ROUTE, "messages": turns})))
            turns += [{"role": "assistant", "content": "Yes."}, {"role": "user", "content": "And then?"}]
        assert len(seen) == 1
        places |= seen
    assert places == {"p0", "p1"}


def test_a_late_first_token_is_hedged(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    hedge = {"enabled": True, "samples_min": 10, "share_percent": 100, "delay_min_ms": 50}
    gateway = start_gateway(config([one, two], first_byte_ms=20_000, hedge=hedge))
    for number in range(20):
        assert by(ask(gateway, chat(f"{number}", stream=True))) == "p0"
    one.script_next(MODEL, behaviour(head_delay_s=5.0))
    began = time.monotonic()
    got = ask(gateway, chat("late", stream=True))
    assert time.monotonic() - began < 4.0
    assert (got.status, by(got), got.text()) == (200, "p1", behaviour().text)
    late = one.calls(MODEL)[-1]
    wait_until(lambda: late.peer_closed, what="the loser is cancelled")
    assert gateway.gauge("inferenceflow_upstream_hedges_total", 'provider="p1"') == 1
    rows = gateway.rows_of(ROUTE, 21)
    assert rows[-1]["provider"] == "p1"


def test_hedges_keep_to_their_share(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    gateway = start_gateway(config([one, two], hedge={"enabled": True, "samples_min": 5, "share_percent": 2}))
    for number in range(20):
        ask(gateway, chat(f"{number}", stream=True))
    one.script(MODEL, behaviour(head_delay_s=0.2))
    for number in range(5):
        ask(gateway, chat(f"slow {number}", stream=True))
    assert len(two.calls(MODEL)) == 0, "two in a hundred of 25 requests are none"


@pytest.mark.parametrize(("word", "status"), [("429", 429), ("503", 503)])
def test_a_full_queue_refuses_at_once(start_gateway: starter, one: fake_upstream, word: str, status: int) -> None:
    limits = {"concurrency": {"calls_max": 1}, "queue": {"waiters_max": 1, "refuse_with": word}}
    gateway = start_gateway(config([one], **limits))
    one.script(MODEL, behaviour(hold_head=True))
    whole = gateway.call("POST", "/v1/models", {}).status  # nothing else holds a place
    assert whole in (404, 405)
    answers: list[answer] = []

    def send(content: str) -> threading.Thread:
        thread = threading.Thread(target=lambda: answers.append(ask(gateway, chat(content))))
        thread.start()
        return thread

    first = send("first")
    wait_until(lambda: len(one.calls(MODEL)) == 1, what="the first call")
    second = send("second")
    wait_until(lambda: gateway.gauge("inferenceflow_backend_queue") == 1, what="the second waits")
    refused = ask(gateway, chat("third"))
    assert refused.status == status
    assert int(refused.header("retry-after") or 0) >= 1
    assert len(one.calls(MODEL)) == 1
    one.gate.open()
    first.join(10)
    second.join(10)
    assert [got.status for got in answers] == [200, 200]
    assert gateway.gauge("inferenceflow_backend_calls") == 0


def test_who_leaves_the_queue_frees_it(start_gateway: starter, one: fake_upstream) -> None:
    gateway = start_gateway(config([one], concurrency={"calls_max": 1}, queue={"waiters_max": 1}))
    one.script(MODEL, behaviour(hold_head=True))
    with gateway.connect() as holder, gateway.connect() as waiter:
        holder.send(build_request("POST", CHAT, chat("first")))
        wait_until(lambda: len(one.calls(MODEL)) == 1, what="the first call")
        waiter.send(build_request("POST", CHAT, chat("second")))
        wait_until(lambda: gateway.gauge("inferenceflow_backend_queue") == 1, what="the second waits")
        waiter.close()
        wait_until(lambda: gateway.gauge("inferenceflow_backend_queue") == 0, what="it has left")
        one.gate.open()
        assert holder.read_answer().status == 200
    assert len(one.calls(MODEL)) == 1


def test_a_waiter_is_told_when_its_time_is_up(start_gateway: starter, one: fake_upstream) -> None:
    gateway = start_gateway(config([one], concurrency={"calls_max": 1}, queue={"wait_max_ms": 200}))
    one.script(MODEL, behaviour(hold_head=True))
    with gateway.connect() as holder:
        holder.send(build_request("POST", CHAT, chat("first")))
        wait_until(lambda: len(one.calls(MODEL)) == 1, what="the first call")
        began = time.monotonic()
        got = ask(gateway, chat("second"))
        assert (got.status, 0.15 < time.monotonic() - began < 1.5) == (429, True)
        assert got.header("retry-after")
        one.gate.open()
        assert holder.read_answer().status == 200


def test_who_leaves_during_a_pause_ends_it(start_gateway: starter, one: fake_upstream) -> None:
    gateway = start_gateway(config([one]))
    one.script(MODEL, behaviour(status=429, retry_after="5"))
    with gateway.connect() as client:
        client.send(build_request("POST", CHAT, chat()))
        wait_until(lambda: len(one.calls(MODEL)) == 1, what="the first call")
        client.close()
        wait_until(lambda: gateway.active_requests() == 0, 2, "nothing waits for it")
    [row] = gateway.rows_of(ROUTE, 1)
    assert (row["status"], row["cost_nano_usd"]) == (499, 0)


def test_a_target_that_cannot_carry_the_request_is_passed_over(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    whole = config([one, two])
    whole["providers"][0] |= {"protocol": "tgi", "base_url": one.url.removesuffix("/v1")}
    gateway = start_gateway(whole)
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    got = ask(gateway, {"model": ROUTE, "messages": [{"role": "user", "content": [picture]}]})
    assert (got.status, by(got)) == (200, "p1")
    assert not one.requests


def test_fallbacks_come_after_all_targets(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    route = {"targets": [f"p0/{MODEL}"], "fallbacks": [f"p1/{MODEL}"], "balance": "peak_ewma"}
    gateway = start_gateway(config([one, two], route))
    assert {by(ask(gateway, chat(f"{number}"))) for number in range(8)} == {"p0"}
    one.script(MODEL, behaviour(status=500))
    assert by(ask(gateway, chat("now"))) == "p1"


def test_an_answer_by_a_fallback_is_found_in_the_cache(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    gateway = start_gateway(config([one, two]))
    one.script(MODEL, behaviour(status=500))
    first = ask(gateway, chat(temperature=0))
    second = ask(gateway, chat(temperature=0))
    assert [got.header("x-inferenceflow-cache") for got in (first, second)] == ["miss", "hit"]
    assert (by(first), by(second)) == ("p1", "p1")
    assert second.body == first.body


def test_a_switched_off_target_is_left_out(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    whole = config([one, two])
    whole["providers"][0]["api_key_env"] = "NO_SUCH_KEY"
    gateway = start_gateway(whole)
    got = ask(gateway)
    assert (got.status, by(got)) == (200, "p1")


CONTINUED = {"resilience": {"continue_elsewhere": True}}


@pytest.mark.parametrize("how", [fault.error_event, fault.close_mid_stream, fault.reset_mid_stream])
def test_a_broken_stream_is_continued_elsewhere(start_gateway: starter, one: fake_upstream, two: fake_upstream, how: fault) -> None:
    gateway = start_gateway(config([one, two], CONTINUED))
    one.script(MODEL, behaviour(fault=how, text="Hello wide world"))
    two.script(MODEL, behaviour(text=" open world."))
    got = ask(gateway, chat("Greet.", stream=True))
    assert (got.status, got.text()) == (200, "Hello wide open world.")
    events = [json.loads(event) for event in got.events()[:-1]]
    assert got.events()[-1] == "[DONE]"
    assert sum("role" in event["choices"][0]["delta"] for event in events) == 1
    assert [event["choices"][0]["finish_reason"] for event in events].count("stop") == 1
    turns = two.calls(MODEL)[0].json()["messages"]
    assert [(turn["role"], turn["content"]) for turn in turns[:2]] == [("user", "Greet."), ("assistant", "Hello wide")]
    assert turns[2]["role"] == "user"
    [row] = gateway.rows_of(ROUTE, 1)
    assert (row["provider"], row["status"], row["error_kind"]) == ("p1", 200, "")
    assert row["output"] > behaviour().usage.completion, "the broken part is billed too"


def test_a_broken_stream_that_nobody_can_continue_ends_in_an_error(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    gateway = start_gateway(config([one, two], CONTINUED))
    one.script(MODEL, behaviour(fault=fault.close_mid_stream))
    two.script(MODEL, behaviour(status=500))
    got = ask(gateway, chat(stream=True))
    assert got.status == 200
    assert any("error" in json.loads(event) for event in got.events() if event != "[DONE]")
    [row] = gateway.rows_of(ROUTE, 1)
    assert (row["provider"], row["error_kind"]) == ("p0", "upstream_failed")


def test_what_is_not_plain_text_is_not_continued(start_gateway: starter, one: fake_upstream, two: fake_upstream) -> None:
    gateway = start_gateway(config([one, two], CONTINUED))
    one.script(MODEL, behaviour(fault=fault.close_mid_stream))
    ask(gateway, chat(stream=True, response_format={"type": "json_object"}))
    ask(gateway, chat(stream=True, n=2))
    assert not two.calls(MODEL)


def test_a_whole_stream_passes_as_it_is_where_broken_ones_are_continued(start_gateway: starter, one: fake_upstream) -> None:
    gateway = start_gateway(config([one], CONTINUED))
    got = ask(gateway, chat(stream=True, stream_options={"include_usage": True}))
    assert got.text() == behaviour().text
    assert json.loads(got.events()[-2])["usage"]["completion_tokens"] == behaviour().usage.completion
