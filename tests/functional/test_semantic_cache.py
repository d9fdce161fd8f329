"""The semantic cache in the whole gateway: who is answered from another question, who is not, and who learns of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import gateway_factory, shared_gateway
from functional.test_reload import reload
from support.configurations import CHAT, EMBEDDING_MODEL, base_config, local_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.raw_http import answer
from support.upstream_script import behaviour, fault

CACHE = "x-inferenceflow-cache"
CARD = "How do I put a lost card back into the app?"
CARD_TOO = "How can I put my lost card back in the app?"


def semantic_config(upstream: fake_upstream, **semantic: object) -> dict:
    """Both loops, the local embedding model, and a semantic cache for every name."""
    local = local_config()
    local["local"]["models"] = [entry for entry in local["local"]["models"] if entry["name"] == EMBEDDING_MODEL]
    rule = {"mode": "static", "threshold": 0.75, **semantic}
    patient = {"embed_timeout_ms": 20_000}  # a busy machine shall not make a question pass unread
    return merge(merge(base_config(upstream), local), {"cache": {"semantic": rule, "semantic_store": patient}})


@pytest.fixture(scope="module")
def _fixed(upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[shared_gateway]:
    holder = shared_gateway(merge(semantic_config(upstream), {"server": {"trust_identity_headers": True}}), tmp_path_factory)
    yield holder
    holder.end()


@pytest.fixture
def fixed(_fixed: shared_gateway) -> Iterator[gateway_process]:
    """A gateway with a fixed threshold of 0.75."""
    yield from _fixed.lend()


def ask(gateway: gateway_process, model: model_name, text: str, path: str = CHAT, **extra: object) -> answer:
    headers = extra.pop("headers", {})
    got = gateway.call("POST", path, {**model.chat(text, temperature=0), **extra}, headers)
    assert got.status == 200, got.body
    return got


def state(got: answer) -> str | None:
    return got.header(CACHE)


def words(got: answer) -> str:
    return json.loads(got.body)["choices"][0]["message"]["content"]


def test_a_question_that_means_the_same_is_answered(fixed: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    first, second = ask(fixed, model, CARD), ask(fixed, model, CARD_TOO)
    assert (state(first), state(second)) == ("miss", "semantic")
    assert words(second) == words(first)
    assert len(upstream.calls(model.upstream)) == 1
    assert float(second.header("x-inferenceflow-cost") or "1") == 0
    assert float(second.header("x-inferenceflow-saved") or "0") > 0
    assert 0.75 <= float(second.header("x-inferenceflow-similarity") or "0") < 1
    assert first.header("x-inferenceflow-similarity") is None
    third = ask(fixed, model, CARD)
    assert state(third) == "hit", "the exact cache comes first"
    rows = fixed.rows_of(model.client, 3)
    assert [row["cache"] for row in rows] == ["miss", "semantic", "hit"]


def test_a_stream_is_answered_from_a_document_and_the_other_way_round(
    fixed: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    ask(fixed, model, CARD)
    streamed = ask(fixed, model, CARD_TOO, stream=True)
    assert state(streamed) == "semantic"
    assert streamed.body.rstrip().endswith(b"data: [DONE]")
    assert len(upstream.calls(model.upstream)) == 1


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ("How do I transfer 100 dollars to my savings account?", "How do I transfer 900 dollars to my savings account?"),
        ("Is it safe to take aspirin before surgery?", "Is it safe to take aspirin after surgery?"),
        ("How can I enable two-factor login?", "How can I disable two-factor login?"),
        ("What is the capital city of France?", "What is the capital city of Spain?"),
    ],
)
def test_the_veto_keeps_near_questions_apart(fixed: gateway_process, model: model_name, kept: str, asked: str) -> None:
    assert state(ask(fixed, model, kept)) == "miss"
    assert state(ask(fixed, model, asked)) == "miss"


@pytest.mark.parametrize(
    "change",
    [
        {"max_tokens": 17},
        {"temperature": 0.0, "seed": 5},
        {"response_format": {"type": "json_object"}},
        {"tools": [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]},
    ],
)
def test_another_request_around_the_question_is_another_scope(fixed: gateway_process, model: model_name, change: dict) -> None:
    ask(fixed, model, CARD)
    assert state(ask(fixed, model, CARD_TOO, **change)) == "miss"


def test_another_history_or_system_prompt_is_another_scope(fixed: gateway_process, model: model_name) -> None:
    ask(fixed, model, CARD)
    for before in (
        [{"role": "system", "content": "Answer as a pirate."}],
        [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hello!"}],
    ):
        messages = [*before, {"role": "user", "content": CARD_TOO}]
        assert state(ask(fixed, model, "", messages=messages)) == "miss"


def test_tenants_never_share(fixed: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    ask(fixed, model, CARD, headers={"x-inferenceflow-tenant": "red"})
    other = ask(fixed, model, CARD_TOO, headers={"x-inferenceflow-tenant": "blue"})
    same = ask(fixed, model, CARD_TOO, headers={"x-inferenceflow-tenant": "red"})
    assert (state(other), state(same)) == ("miss", "semantic")
    assert len(upstream.calls(model.upstream)) == 2


@pytest.mark.parametrize("wish", ["exact", "never"])
def test_a_request_can_refuse_it(fixed: gateway_process, model: model_name, wish: str) -> None:
    ask(fixed, model, CARD)
    got = ask(fixed, model, CARD_TOO, headers={CACHE: wish})
    assert state(got) == ("miss" if wish == "exact" else "bypass")


def test_what_is_not_reproducible_stays_out(fixed: gateway_process, model: model_name) -> None:
    ask(fixed, model, CARD)
    got = fixed.call("POST", CHAT, model.chat(CARD_TOO))
    assert state(got) == "bypass"


def test_a_question_with_an_image_is_not_matched(fixed: gateway_process, model: model_name) -> None:
    ask(fixed, model, CARD)
    parts = [
        {"type": "text", "text": CARD_TOO},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
    ]
    assert state(ask(fixed, model, "", messages=[{"role": "user", "content": parts}])) == "miss"
    assert fixed.gauge("inferenceflow_semantic_skipped_total", 'reason="not_text"') >= 1


def test_no_answer_no_entry(fixed: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script_next(model.upstream, behaviour(status=500), behaviour(fault=fault.truncated_json))
    for _ in range(2):
        assert fixed.call("POST", CHAT, model.chat(CARD, temperature=0)).status >= 500
    assert state(ask(fixed, model, CARD_TOO)) == "miss"


def test_other_protocols(fixed: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    def message(text: str) -> answer:
        body = {
            "model": model.client,
            "max_tokens": 64,
            "temperature": 0,
            "messages": [{"role": "user", "content": text}],
        }
        got = fixed.call("POST", "/v1/messages", body)
        assert got.status == 200, got.body
        return got

    first, second = message(CARD), message(CARD_TOO)
    assert (state(first), state(second)) == ("miss", "semantic")
    assert json.loads(second.body)["content"] == json.loads(first.body)["content"]
    assert state(ask(fixed, model, CARD_TOO)) == "miss", "an answer in one protocol does not serve another"
    assert len(upstream.calls(model.upstream)) == 2


def test_questions_in_flight_that_mean_the_same_share_a_call(fixed: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(head_delay_s=1.5))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, fixed, model, CARD)
        wait_until(lambda: len(upstream.calls(model.upstream)) == 1)
        second = pool.submit(ask, fixed, model, CARD_TOO)
        states = {state(first.result()), state(second.result())}
    assert states == {"miss", "coalesced"}
    assert words(first.result()) == words(second.result())
    assert len(upstream.calls(model.upstream)) == 1


def test_an_answer_that_was_erased_is_not_served(fixed: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    ask(fixed, model, CARD)
    assert fixed.call("DELETE", f"/v1/cache?model={model.upstream}").status == 200
    assert state(ask(fixed, model, CARD_TOO)) == "miss"
    assert len(upstream.calls(model.upstream)) == 2


def test_tags_invalidate(fixed: gateway_process, model: model_name) -> None:
    ask(fixed, model, CARD, headers={"x-inferenceflow-cache-tags": "cards, help"})
    assert state(ask(fixed, model, CARD_TOO)) == "semantic"
    assert fixed.call("DELETE", "/v1/cache?tag=cards").status == 200
    assert state(ask(fixed, model, CARD_TOO)) == "miss"
    bad = fixed.call("POST", CHAT, model.chat(CARD, temperature=0), {"x-inferenceflow-cache-tags": "a tag with spaces"})
    assert bad.status == 400
    assert b"x-inferenceflow-cache-tags" in bad.body


PHRASINGS = [
    "How do I reset my password?",
    "How can I reset my password?",
    "How do I reset the password?",
    "Please tell me how to reset my password",
    "How could I reset my password?",
    "What do I do to reset my password?",
    "Tell me how I can reset my password",
    "How would I reset my password?",
]


def lane_of(gateway: gateway_process, route: str) -> dict:
    stats = gateway.call("GET", "/v1/cache/stats").json()
    return next(lane for lane in stats["semantic"]["lanes"] if lane["route"] == route)


def test_verified_explores_then_serves(start_gateway: gateway_factory, upstream: fake_upstream, model: model_name) -> None:
    gateway = start_gateway(semantic_config(upstream, mode="verified", error_max=0.2))
    states = []
    for ticket in range(60):  # what is explored and what is audited is drawn: it serves sooner or later
        for text in PHRASINGS:
            states.append(state(ask(gateway, model, f"{text} (ticket {'x' * ticket})")))
        if "semantic" in states:
            break
    assert states[0] == "miss"
    assert "semantic" in states, "after enough right answers it serves"
    lane = lane_of(gateway, model.client)
    assert lane["judged_right"] > 0
    assert lane["judged_wrong"] == 0
    assert 0 < lane["bound"] <= 0.2
    assert lane["requests"] == len(states)


def wait_until_filled(gateway: gateway_process, times: int) -> None:
    filled = "cache filled from its second tier"
    wait_until(lambda: gateway.log_text().count(filled) == times, what=f"{times} lines '{filled}' in the log")


def asked_until_served(gateway: gateway_process, model: model_name, topic: str) -> int:
    """How many questions it takes; what is explored and what is audited is drawn, so it differs."""
    asked = 0
    for ticket in range(60):
        for text in PHRASINGS:
            asked += 1
            if state(ask(gateway, model, f"{text} ({topic} {'x' * ticket})")) == "semantic":
                return asked
    raise AssertionError(f"nothing was served in {asked} questions")


def test_what_was_learned_outlives_a_restart(start_gateway: gateway_factory, upstream: fake_upstream, model: model_name) -> None:
    rule = semantic_config(upstream, mode="verified", error_max=0.2)
    gateway = start_gateway(merge(rule, {"cache": {"file": "answers.sqlite"}}))
    before = asked_until_served(gateway, model, "ticket")
    gateway.stop()
    gateway.start()
    wait_until_filled(gateway, times=2)
    lane = lane_of(gateway, model.client)
    assert (lane["requests"], lane["bound"]) == (0, 0), "nothing is spent yet; nothing earned before is left to spend"
    after = asked_until_served(gateway, model, "ticket")
    assert after < max(before, 12), f"{after} questions, {before} before it had learned"


def test_verified_learns_that_near_answers_differ(start_gateway: gateway_factory, upstream: fake_upstream, model: model_name) -> None:
    """Every call gets another answer: whatever looks alike, nothing may be served beyond the bound."""
    gateway = start_gateway(semantic_config(upstream, mode="verified", error_max=0.05))
    number_words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]
    topics = ["the moon", "old bread", "a violin", "tax law", "sea salt", "wool", "granite", "the opera", "bees", "rust"]
    served = 0
    for index in range(100):
        upstream.script_next(model.upstream, behaviour(text=f"Something about {topics[index % 10]} and {index * 7919}."))
        got = ask(gateway, model, f"What is the story of {number_words[index % 10]} number{'x' * (index // 10)}?")
        served += state(got) == "semantic"
    assert served <= 5
    lane = lane_of(gateway, model.client)
    assert lane["judged_wrong"] > lane["judged_right"]


def test_a_judge_model_is_asked(start_gateway: gateway_factory, upstream: fake_upstream, model: model_name) -> None:
    judge = model_name()
    config = semantic_config(upstream, mode="verified", judge={"model": judge.client})
    gateway = start_gateway(config)
    upstream.script(judge.upstream, behaviour(text="Yes."))
    upstream.script_next(model.upstream, behaviour(text="Go to settings."), behaviour(text="In the menu, choose it."))
    ask(gateway, model, PHRASINGS[0])
    ask(gateway, model, PHRASINGS[1])
    wait_until(lambda: len(upstream.calls(judge.upstream)) == 1)
    seen = json.loads(upstream.calls(judge.upstream)[0].body)
    assert "Go to settings." in seen["messages"][1]["content"]
    assert "In the menu, choose it." in seen["messages"][1]["content"]
    wait_until(lambda: lane_of(gateway, model.client)["judged_right"] == 1)
    row = gateway.rows_of(judge.upstream, 1)[0]
    assert row["surface"] == "judge"


def test_without_an_embedder_only_repetitions_are_found(start_gateway: gateway_factory, upstream: fake_upstream, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"cache": {"semantic": {"mode": "static"}}}))
    assert [state(ask(gateway, model, text)) for text in (CARD, CARD_TOO, CARD)] == ["miss", "miss", "hit"]
    assert "no model to make vectors" in gateway.log_text()


def test_an_upstream_embedder(start_gateway: gateway_factory, upstream: fake_upstream, model: model_name) -> None:
    """The fake gives every text the same vector: the veto alone keeps questions apart."""
    embedder = model_name()
    config = merge(
        base_config(upstream),
        {"cache": {"semantic": {"mode": "static"}, "semantic_store": {"embedder": embedder.client}}},
    )
    gateway = start_gateway(config)
    assert [state(ask(gateway, model, text)) for text in (CARD, CARD_TOO)] == ["miss", "semantic"]
    assert len(upstream.calls(embedder.upstream)) == 2
    upstream.script(embedder.upstream, behaviour(status=500))
    assert state(ask(gateway, model, "How long does a transfer take to arrive?")) == "miss"
    assert gateway.gauge("inferenceflow_semantic_skipped_total", 'reason="embedder_failed"') == 1


def test_hits_can_take_as_long_as_misses(start_gateway: gateway_factory, upstream: fake_upstream, model: model_name) -> None:
    gateway = start_gateway(merge(semantic_config(upstream), {"cache": {"pad_hits": True}}))
    upstream.script(model.upstream, behaviour(head_delay_s=0.6))
    ask(gateway, model, CARD)
    for text, expected in ((CARD, "hit"), (CARD_TOO, "semantic")):
        got = ask(gateway, model, text)
        assert state(got) == expected
    rows = gateway.rows_of(model.client, 3)
    assert all(row["latency_us"] >= 550_000 for row in rows), [row["latency_us"] for row in rows]


def test_a_reload_switches_it_on_and_off(start_gateway: gateway_factory, upstream: fake_upstream, model: model_name) -> None:
    config = semantic_config(upstream)
    gateway = start_gateway(config)
    ask(gateway, model, CARD)
    assert state(ask(gateway, model, CARD_TOO)) == "semantic"
    reload(gateway, merge(config, {"cache": {"semantic": {"mode": "off"}}}))
    assert state(ask(gateway, model, "How can I put the lost card back into my app?")) == "miss"
    reload(gateway, config)
    assert state(ask(gateway, model, "How could I put my lost card back in the app?")) == "semantic"


def test_entries_come_back_after_a_restart(start_gateway: gateway_factory, upstream: fake_upstream, model: model_name) -> None:
    config = merge(semantic_config(upstream), {"cache": {"file": "answers.sqlite"}})
    gateway = start_gateway(config)
    ask(gateway, model, CARD)
    gateway.stop()
    gateway.start()
    wait_until_filled(gateway, times=2)
    assert '"vectors":1' in gateway.log_text()
    assert state(ask(gateway, model, CARD_TOO)) == "semantic"
    assert state(ask(gateway, model, CARD)) == "hit"
    assert len(upstream.calls(model.upstream)) == 1


def test_a_damaged_index_is_built_again(start_gateway: gateway_factory, upstream: fake_upstream, model: model_name) -> None:
    gateway = start_gateway(merge(semantic_config(upstream), {"cache": {"file": "answers.sqlite"}}))
    ask(gateway, model, CARD)
    gateway.stop()
    for file in gateway.folder.glob("answers.sqlite.index*"):
        file.write_bytes(file.read_bytes()[:-3])
    gateway.start()
    wait_until_filled(gateway, times=2)
    assert "the semantic index could not be loaded" in gateway.log_text()
    assert state(ask(gateway, model, CARD_TOO)) == "semantic"
