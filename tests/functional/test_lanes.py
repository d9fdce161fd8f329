"""Lanes and deadlines: from headers and bodies to the local engine. The last tests need the default model files."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.configurations import CHAT, CHAT_MODEL, base_config, local_config, model_name
from support.gateway_process import gateway_process
from support.raw_http import answer

PRIORITY, DEADLINE = "x-inferenceflow-priority", "x-inferenceflow-deadline-ms"
NO_STORE = {"Cache-Control": "no-store"}


def local_chat(content: str = "Count to ten.", **extra: object) -> dict:
    return {"model": CHAT_MODEL, "messages": [{"role": "user", "content": content}], "max_tokens": 4, **extra}


def let_in(gateway: gateway_process, lane: str) -> int:
    """How many requests of the lane have got a sequence."""
    text = gateway.call("GET", "/metrics").body.decode()
    labels = rf'{{model="{re.escape(CHAT_MODEL)}",lane="{lane}"}}'
    found = re.search(r"^inferenceflow_engine_lane_wait_seconds_count" + labels + r" (\d+)$", text, re.MULTILINE)
    return int(found.group(1)) if found else 0


@pytest.mark.parametrize("value", ["asap", "Express", "express,batch"])
@pytest.mark.parametrize("path", [CHAT, "/v1/inference", "/v1/messages"])
def test_an_unknown_lane_is_400(gateway: gateway_process, model: model_name, path: str, value: str) -> None:
    body = {**model.chat(), "prompt": "x", "max_tokens": 5}
    got = gateway.call("POST", path, body, {PRIORITY: value})
    assert got.status == 400
    assert b"express, standard, batch" in got.body


@pytest.mark.parametrize("value", ["-1", "0", "soon", "1.5", "99999999999999999999"])
def test_a_deadline_that_is_none_is_400(gateway: gateway_process, model: model_name, value: str) -> None:
    got = gateway.call("POST", CHAT, model.chat(), {DEADLINE: value})
    assert got.status == 400
    assert got.error["param"] == DEADLINE


def test_an_upstream_gets_its_service_tier(gateway: gateway_process, model: model_name, upstream: object) -> None:
    got = gateway.call("POST", CHAT, model.chat(service_tier="flex"), {PRIORITY: "express", DEADLINE: "60000"})
    assert got.status == 200, got.body
    assert upstream.calls(model.upstream)[-1].json()["service_tier"] == "flex"  # type: ignore[attr-defined]


@pytest.mark.local_model
@pytest.mark.parametrize(
    ("body", "headers", "lane"),
    [
        ({}, {}, "standard"),
        ({"service_tier": "priority"}, {}, "express"),
        ({"service_tier": "flex"}, {}, "batch"),
        ({"service_tier": "default"}, {}, "standard"),
        ({}, {PRIORITY: "express"}, "express"),
        ({"service_tier": "flex"}, {PRIORITY: "standard"}, "standard"),
    ],
)
def test_the_engine_sees_the_lane(local_gateway: gateway_process, body: dict, headers: dict, lane: str) -> None:
    before = let_in(local_gateway, lane)
    got = local_gateway.call("POST", CHAT, local_chat(**body), {**NO_STORE, **headers}, timeout_s=120)
    assert got.status == 200, got.body
    assert let_in(local_gateway, lane) == before + 1


@pytest.mark.local_model
def test_the_body_of_inference_wins_over_the_header(local_gateway: gateway_process) -> None:
    before = let_in(local_gateway, "batch")
    body = {"prompt": "x", "model": CHAT_MODEL, "max_tokens": 2, "priority": "low"}
    got = local_gateway.call("POST", "/v1/inference", body, {**NO_STORE, PRIORITY: "express"}, timeout_s=120)
    assert got.status == 200, got.body
    assert let_in(local_gateway, "batch") == before + 1


@pytest.mark.local_model
def test_a_deadline_that_cannot_be_met_is_refused_and_hurts_nobody_else(local_gateway: gateway_process) -> None:
    ready = local_gateway.call("POST", CHAT, local_chat(), NO_STORE, timeout_s=120)  # the pace is known now
    assert ready.status == 200, ready.body
    for _ in range(12):  # more than would open a breaker
        late = local_gateway.call("POST", CHAT, local_chat(max_tokens=400), {**NO_STORE, DEADLINE: "1"}, timeout_s=120)
        assert late.status == 503, late.body
        assert int(late.header("retry-after") or 0) >= 1
    assert local_gateway.call("POST", CHAT, local_chat(), NO_STORE, timeout_s=120).status == 200


@pytest.mark.local_model
def test_a_full_lane_refuses_and_the_others_stay_open(start_gateway: Callable[..., gateway_process]) -> None:
    config = local_config()
    config["local"]["models"] = [{**config["local"]["models"][0], "batch_queue_max": 0}]
    gateway = start_gateway({**base_config(None), **config})
    for _ in range(12):
        full = gateway.call("POST", CHAT, local_chat(), {**NO_STORE, PRIORITY: "batch"}, timeout_s=120)
        assert full.status == 503, full.body
        assert "lane batch" in full.error["message"]
        assert int(full.header("retry-after") or 0) >= 1
    assert gateway.call("POST", CHAT, local_chat(), {**NO_STORE, PRIORITY: "express"}, timeout_s=120).status == 200


@pytest.mark.local_model
def test_an_express_request_overtakes_a_flood_of_batch_work(local_gateway: gateway_process) -> None:
    def timed(lane: str, tokens: int) -> tuple[answer, float]:
        body = local_chat(max_tokens=tokens, temperature=0)
        got = local_gateway.call("POST", CHAT, body, {**NO_STORE, PRIORITY: lane}, timeout_s=240)
        return got, time.monotonic()

    with ThreadPoolExecutor(17) as pool:
        flood = [pool.submit(timed, "batch", 48) for _ in range(16)]
        time.sleep(0.3)
        express, express_at = pool.submit(timed, "express", 4).result()
        ends = [one.result() for one in flood]
    assert express.status == 200, express.body
    assert all(got.status == 200 for got, _ in ends)
    assert sum(at > express_at for _, at in ends) >= 8, "most of the flood was still waiting"
