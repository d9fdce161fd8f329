"""Everything that can go wrong at once: no crash, no descriptor left open, nobody gets another's answer."""

from __future__ import annotations

import contextlib
import random
import threading
from concurrent.futures import ThreadPoolExecutor

from support.configurations import CHAT, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import build_request, closed_by_peer
from support.upstream_script import behaviour, fault

SEED = 7
ROUNDS = 240
TIMES = {"connect_timeout_ms": 500, "first_byte_timeout_ms": 300, "idle_timeout_ms": 300}
SERVER = {"header_timeout_ms": 500, "body_timeout_ms": 500, "body_bytes_max": 65536}


def stormy_config(upstream: fake_upstream) -> dict:
    bounds = {"answer_bytes_max": 131072, "event_bytes_max": 32768}
    return merge(base_config(upstream, **TIMES), {"server": SERVER, "upstream": bounds, "log": {"level": "info"}})


def bad_client(gateway: gateway_process, model: model_name, dice: random.Random) -> None:
    """One client that does one wrong thing and goes."""
    whole = build_request("POST", CHAT, model.chat(f"storm {dice.random()}", stream=dice.random() < 0.5))
    with contextlib.suppress(OSError, closed_by_peer, ValueError), gateway.connect(timeout_s=5) as conn:
        match dice.randrange(6):
            case 0:
                conn.send(whole[: dice.randrange(len(whole))])
            case 1:
                conn.send(whole)
                conn.read_head()
            case 2:
                conn.send(dice.randbytes(dice.randrange(1, 2000)))
                conn.read_answer()
            case 3:
                conn.send(whole * 3)
                conn.read_answer()
            case 4:
                conn.send(whole.replace(b"Content-Length: ", b"Content-Length: 9"))
                conn.read_answer()
            case 5:
                conn.send(whole)
                conn.read_answer()


def test_storm_leaves_no_descriptor_open(upstream: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(stormy_config(upstream))
    models = []
    for how in fault:
        name = model_name()
        upstream.script(name.upstream, behaviour(fault=how))
        models.append(name)
    calm = model_name()
    assert gateway.call("POST", CHAT, calm.chat()).status == 200
    before = gateway.descriptors()
    dice = random.Random(SEED)
    seeds = [(dice.choice(models), random.Random(dice.random())) for _ in range(ROUNDS)]
    with ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda pair: bad_client(gateway, *pair), seeds))
    assert gateway.alive()
    assert gateway.call("POST", CHAT, calm.chat("after the storm")).status == 200
    upstream.drop_idle_connections()
    wait_until(lambda: gateway.descriptors() <= before + 2, timeout_s=20, what="descriptors are given back")


def test_nobody_gets_another_ones_answer(upstream: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(stormy_config(upstream))
    names = [model_name() for _ in range(8)]
    for name in names:
        upstream.script(name.upstream, behaviour(text=f"answer for {name.upstream}", chunk_delay_s=0.001))
    stop = threading.Event()
    noise_model = model_name()
    upstream.script(noise_model.upstream, behaviour(fault=fault.close_mid_stream))

    def noise(seed: int) -> None:
        dice = random.Random(seed)
        while not stop.is_set():
            bad_client(gateway, noise_model, dice)

    def steady(name: model_name) -> set[str]:
        texts = set()
        with gateway.connect() as conn:
            for i in range(40):
                got = conn.request("POST", CHAT, name.chat(f"{name.upstream} {i}", stream=i % 2 == 0, temperature=0))
                texts.add(got.text())
        return texts

    with ThreadPoolExecutor(12) as pool:
        noisy = [pool.submit(noise, seed) for seed in range(3)]
        try:
            answers = list(pool.map(steady, names))
        finally:
            stop.set()
        for one in noisy:
            one.result(30)
    assert answers == [{f"answer for {name.upstream}"} for name in names]


def test_many_idle_connections_cost_nothing(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(base_config(upstream))
    held = [gateway.connect() for _ in range(500)]
    assert gateway.call("POST", CHAT, model.chat()).status == 200
    open_now = gateway.descriptors()
    for conn in held:
        conn.close()
    wait_until(lambda: gateway.descriptors() <= open_now - 490, what="closed connections are forgotten")


def test_unwritable_log_stops_no_answer(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    """/dev/full stands for a disk without space."""
    gateway = start_gateway(merge(base_config(upstream), {"log": {"file": "/dev/full"}}))
    for _ in range(20):
        assert gateway.call("POST", CHAT, model.chat()).status == 200
