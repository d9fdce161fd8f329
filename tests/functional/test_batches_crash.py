"""kill -9 and SIGTERM in the middle of a batch: nothing that was written down is asked again, nothing is missing."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from support.batch_files import begin, chat_line, content, sdk, wait_over
from support.configurations import base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.upstream_script import behaviour

PARALLEL = 4
LINES = 120


def settings(upstream: fake_upstream) -> dict:
    # The cache would hide what is asked twice.
    return merge(base_config(upstream), {"batches": {"parallel_max": PARALLEL}, "cache": {"enabled": False}})


def asked(upstream: fake_upstream, model: model_name) -> Counter[str]:
    """How often each line came to the upstream."""
    return Counter(call.json()["messages"][0]["content"] for call in upstream.calls(model.upstream))


def settled(gateway: gateway_process, batch_id: str) -> int:
    counts = sdk(gateway).batches.retrieve(batch_id).request_counts
    return counts.completed + counts.failed if counts else 0


@pytest.mark.parametrize("seed", range(3))
def test_kill_9_loses_and_repeats_nothing_that_was_written_down(
    upstream: fake_upstream, start_gateway, model: model_name, seed: int
) -> None:
    upstream.script(model.upstream, behaviour(head_delay_s=0.03))
    moments = random.Random(seed)
    gateway = start_gateway(settings(upstream))
    batch = begin(sdk(gateway), [chat_line(f"line-{i}", model.client) for i in range(LINES)])
    kills = 0
    for share in (0.2, 0.4, 0.6, 0.8):
        goal = int(LINES * share)
        wait_until(lambda goal=goal: settled(gateway, batch.id) >= goal, what="lines are settled")  # type: ignore[misc]
        time.sleep(moments.random() * 0.05)
        gateway.kill()
        kills += 1
        gateway.start()
    client = sdk(gateway)
    done = wait_over(client, batch.id)
    assert done.status == "completed"
    answers = content(client, done.output_file_id)
    assert [answer["custom_id"] for answer in answers] == [f"line-{i}" for i in range(LINES)]
    times = asked(upstream, model)
    assert len(times) == LINES
    repeated = sum(count - 1 for count in times.values())
    assert repeated <= kills * PARALLEL, "only what was in flight when it was killed is asked again"


def test_what_was_in_flight_and_nothing_else_is_asked_again(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(settings(upstream))
    upstream.script_next(model.upstream, *[behaviour()] * 10)
    upstream.script(model.upstream, behaviour(hold_head=True))
    upstream.gate.close()
    try:
        batch = begin(sdk(gateway), [chat_line(f"line-{i}", model.client) for i in range(30)])
        wait_until(lambda: settled(gateway, batch.id) == 10, what="ten lines are settled")
        wait_until(lambda: len(upstream.calls(model.upstream)) == 10 + PARALLEL, what="the next are in flight")
        gateway.kill()
    finally:
        upstream.gate.open()
    gateway.start()
    done = wait_over(sdk(gateway), batch.id)
    assert done.request_counts is not None
    assert done.request_counts.completed == 30
    times = asked(upstream, model)
    assert sorted(times.values()) == [1] * (30 - PARALLEL) + [2] * PARALLEL


def test_a_kill_while_cancelling_still_cancels(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(settings(upstream))
    upstream.script(model.upstream, behaviour(hold_head=True))
    upstream.gate.close()
    try:
        batch = begin(sdk(gateway), [chat_line(f"line-{i}", model.client) for i in range(10)])
        wait_until(lambda: len(upstream.calls(model.upstream)) == PARALLEL, what="lines in flight")
        sdk(gateway).batches.cancel(batch.id)
        gateway.kill()
    finally:
        upstream.gate.open()
    gateway.start()
    done = wait_over(sdk(gateway), batch.id)
    assert done.status == "cancelled"
    assert len(content(sdk(gateway), done.error_file_id)) == 10
    assert len(upstream.calls(model.upstream)) == PARALLEL


def test_a_window_that_ends_while_nobody_runs_expires(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(settings(upstream))
    upstream.script(model.upstream, behaviour(hold_head=True))
    upstream.gate.close()
    try:
        batch = begin(sdk(gateway), [chat_line("a", model.client)], window="1s")
        wait_until(lambda: len(upstream.calls(model.upstream)) == 1, what="the line is in flight")
        gateway.kill()
    finally:
        upstream.gate.open()
    wait_until(lambda: time.time() > (batch.expires_at or 0) + 1, what="the window is over")
    gateway.start()
    assert wait_over(sdk(gateway), batch.id).status == "expired"
    assert len(upstream.calls(model.upstream)) == 1


def test_sigterm_waits_for_what_is_in_flight_and_writes_it_down(upstream: fake_upstream, start_gateway, model: model_name) -> None:
    gateway = start_gateway(settings(upstream))
    upstream.script(model.upstream, behaviour(head_delay_s=0.3))
    batch = begin(sdk(gateway), [chat_line(f"line-{i}", model.client) for i in range(10)])
    wait_until(lambda: len(upstream.calls(model.upstream)) == PARALLEL, what="lines in flight")
    gateway.stop()
    assert len(upstream.calls(model.upstream)) == PARALLEL
    gateway.start()
    done = wait_over(sdk(gateway), batch.id)
    assert done.request_counts is not None
    assert done.request_counts.completed == 10
    assert set(asked(upstream, model).values()) == {1}, "nothing is paid for twice"
