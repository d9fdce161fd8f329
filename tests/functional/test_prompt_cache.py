"""The prompt caches of providers: marks and keys are placed where they pay, and the bill shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from support.configurations import CHAT
from support.gateway_process import gateway_process
from support.prompt_cache_upstream import prompt_cache_upstream
from support.raw_http import answer

CLAUDE = "claude-sonnet-4-5"
BEDROCK_CLAUDE = "global.anthropic.claude-sonnet-4-5-20250929-v1:0"
MODES = ("off", "observe", "on")
SYSTEM = "You answer questions about the sea. " * 160  # some 1,440 tokens
# Sonnet 4.5, nano-dollars per token: fresh, read, written for five minutes and for an hour, answer.
PRICES = {"fresh_input": 3_000, "cached_input": 300, "cache_write": 3_750, "hour": 6_000, "output": 15_000}


@pytest.fixture(scope="module")
def upstream() -> Iterator[prompt_cache_upstream]:
    with prompt_cache_upstream() as running:
        yield running


@pytest.fixture(scope="module")
def gateway(upstream: prompt_cache_upstream) -> Iterator[gateway_process]:
    routes = []
    for mode in MODES:
        routes.append({"model": f"claude-{mode}", "target": f"anthropic/{CLAUDE}", "prompt_cache": mode})
        routes.append({"model": f"bedrock-{mode}", "target": f"bedrock/{BEDROCK_CLAUDE}", "prompt_cache": mode})
        routes.append({"model": f"gpt-{mode}", "target": "openai/gpt-4o-mini", "prompt_cache": mode})
    config = {
        "server": {"host": "127.0.0.1", "port": 0, "loops": 2},
        "local": {"enabled": False},
        "providers": [
            {"name": "anthropic", "protocol": "anthropic", "base_url": upstream.url, "models": [CLAUDE]},
            {"name": "bedrock", "protocol": "bedrock", "base_url": upstream.url, "models": [BEDROCK_CLAUDE]},
            {
                "name": "openai",
                "base_url": f"{upstream.url}/v1",
                "models": ["gpt-4o-mini"],
                "prompt_cache_key": "always",
            },
        ],
        "routes": routes,
        "ledger": {"path": "ledger.sqlite"},
    }
    with gateway_process(config) as process:
        yield process


class conversation:
    """Grows by a question and an answer with every turn, as the messages of one client do."""

    def __init__(self, gateway: gateway_process, client: str, model: str, tenant: str) -> None:
        self.gateway, self.client, self.model, self.tenant = gateway, client, model, tenant
        self.messages: list[dict] = []
        self.sent = b""
        # Of its own for each tenant: the upstream would hold a common one already.
        self.system = f"{tenant:.<32} {SYSTEM}"

    def body(self) -> dict:
        if self.client == "bedrock":
            return {"system": [{"text": self.system}], "messages": self.messages}
        if self.client == "openai":
            return {"model": self.model, "messages": [{"role": "system", "content": self.system}, *self.messages]}
        return {"model": self.model, "max_tokens": 99, "system": self.system, "messages": self.messages}

    def say(self, text: str, **extra: object) -> answer:
        content = [{"text": text}] if self.client == "bedrock" else text
        self.messages.append({"role": "user", "content": content})
        self.sent = json.dumps(self.body() | extra).encode()
        path = {"bedrock": f"/model/{self.model}/converse", "openai": CHAT}.get(self.client, "/v1/messages")
        got = self.gateway.call("POST", path, self.sent, headers={"x-inferenceflow-tenant": self.tenant})
        assert got.status == 200, got.body
        reply = f"Answer to: {text}"
        self.messages.append(
            {"role": "assistant", "content": [{"text": reply}] if self.client == "bedrock" else reply}
        )
        return got

    def turns(self, count: int, **extra: object) -> None:
        for turn in range(count):
            self.say(f"{self.tenant:.<32} question {turn}: " + "how deep is the sea there? " * 20, **extra)


def cost_of(row: dict, hour: int = 0) -> int:
    parts = {name: row[name] for name in ("fresh_input", "cached_input", "output")}
    parts |= {"cache_write": row["cache_write"] - hour, "hour": hour}
    return sum(PRICES[name] * tokens for name, tokens in parts.items())


@pytest.mark.parametrize("client", ("anthropic", "openai", "bedrock"))
@pytest.mark.parametrize("backend", ("claude", "bedrock"))
def test_a_chat_costs_less(
    gateway: gateway_process, upstream: prompt_cache_upstream, client: str, backend: str
) -> None:
    rows: dict[str, list[dict]] = {}
    for mode in MODES:
        tenant = f"chat-{client}-{backend}-{mode}"
        first = len(upstream.bills)
        before = len([row for row in gateway.ledger_rows() if row["model_requested"] == f"{backend}-{mode}"])
        conversation(gateway, client, f"{backend}-{mode}", tenant).turns(10)
        rows[mode] = gateway.rows_of(f"{backend}-{mode}", before + 10)[before:]
        for row, paid in zip(rows[mode], upstream.bills[first:], strict=True):
            assert (row["fresh_input"], row["cached_input"]) == (paid.fresh, paid.read)
            assert row["cache_write"] == sum(paid.written.values())
            assert row["cost_nano_usd"] == cost_of(row, paid.written["1h"])
    assert all(row["cached_input"] == row["cache_write"] == 0 for row in rows["off"] + rows["observe"])
    total = {mode: sum(row["cost_nano_usd"] for row in rows[mode]) for mode in MODES}
    assert total["observe"] == total["off"]
    assert total["on"] < total["off"] * 0.45, total
    # The first turn writes; from the second on, everything before the new question is read.
    assert rows["on"][0]["cache_write"] > 1024
    for earlier, later in zip(rows["on"], rows["on"][1:], strict=False):
        assert later["cached_input"] >= earlier["cached_input"] + earlier["cache_write"] > 1024


@pytest.mark.parametrize("mode", ("off", "observe"))
def test_nothing_is_changed(gateway: gateway_process, upstream: prompt_cache_upstream, mode: str) -> None:
    odd = b'{ "messages" : [ {"content":"%s","role":"user"} ],"max_tokens":9 , "model":"%s"}\n' % (
        b"na\\u00efve " * 2_000,
        f"claude-{mode}".encode(),
    )
    for _ in range(3):
        got = gateway.call("POST", "/v1/messages", odd, headers={"x-inferenceflow-tenant": f"bytes-{mode}"})
        assert got.status == 200, got.body
        assert upstream.bodies[-1] == odd.replace(f"claude-{mode}".encode(), CLAUDE.encode())


def test_only_marks_are_added(gateway: gateway_process, upstream: prompt_cache_upstream) -> None:
    talk = conversation(gateway, "anthropic", "claude-on", "bytes-on")
    talk.turns(4)
    sent = upstream.bodies[-1].decode()
    asked = talk.sent.decode().replace('"claude-on"', f'"{CLAUDE}"')
    assert sent != asked
    unmarked = re.sub(r',"cache_control":{"type":"ephemeral"(,"ttl":"1h")?}', "", sent)
    # A string becomes the one block that it stands for, so that there is a place for the mark.
    assert re.sub(r'\[{"type":"text","text":("(?:[^"\\]|\\.)*")}]', r"\1", unmarked) == asked


def test_a_stream_is_billed_and_learnt_from(gateway: gateway_process, upstream: prompt_cache_upstream) -> None:
    talk = conversation(gateway, "anthropic", "claude-on", "streams")
    talk.turns(3, stream=True)
    assert [paid.read > 0 for paid in upstream.bills[-3:]] == [False, True, True]


@pytest.mark.parametrize("mode", MODES)
def test_the_clients_own_marks_stay(gateway: gateway_process, upstream: prompt_cache_upstream, mode: str) -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    blocks = [{"type": "text", "text": f"Part {i}. " * 600} | mark for i in range(4)]
    talk = conversation(gateway, "anthropic", f"claude-{mode}", f"own-{mode}")
    talk.body = lambda: {"model": talk.model, "max_tokens": 9, "system": blocks, "messages": talk.messages}
    talk.turns(3)
    # All four are the client's: there is no place for another one.
    assert upstream.bodies[-1] == talk.sent.replace(f'"claude-{mode}"'.encode(), f'"{CLAUDE}"'.encode())
    assert upstream.bills[-1].read > 3_000


def test_beside_one_of_the_clients(gateway: gateway_process, upstream: prompt_cache_upstream) -> None:
    block = {"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}
    talk = conversation(gateway, "anthropic", "claude-on", "beside")
    talk.body = lambda: {"model": talk.model, "max_tokens": 9, "system": [block], "messages": talk.messages}
    talk.turns(3)
    sent = json.loads(upstream.bodies[-1])
    assert sent["system"] == [block]
    assert '"cache_control"' in json.dumps(sent["messages"])
    assert upstream.bills[-1].read > upstream.bills[-2].read


def test_automatic_marks_stay_automatic(gateway: gateway_process, upstream: prompt_cache_upstream) -> None:
    talk = conversation(gateway, "anthropic", "claude-on", "automatic")
    talk.turns(3, cache_control={"type": "ephemeral"})
    assert upstream.bodies[-1] == talk.sent.replace(b'"claude-on"', f'"{CLAUDE}"'.encode())


def test_prompts_that_do_not_come_back_are_not_written(
    gateway: gateway_process, upstream: prompt_cache_upstream
) -> None:
    first = len(upstream.bills)
    for number in range(40):
        body = {"model": "claude-on", "max_tokens": 9, "messages": [{"role": "user", "content": f"{number} " * 4_000}]}
        got = gateway.call("POST", "/v1/messages", body, headers={"x-inferenceflow-tenant": "one-shots"})
        assert got.status == 200, got.body
    written = [sum(paid.written.values()) > 0 for paid in upstream.bills[first:]]
    # Prompts of the other tenants here come back, so it takes a few requests to see that this one is different.
    assert sum(written) <= 8, "trying costs the first requests, and no more"
    assert not any(written[8:])


def test_tenants_do_not_learn_from_each_other(gateway: gateway_process, upstream: prompt_cache_upstream) -> None:
    keys = {}
    for tenant in ("key-a", "key-b"):
        talk = conversation(gateway, "openai", "gpt-on", tenant)
        talk.turns(2)
        keys[tenant] = [json.loads(body)["prompt_cache_key"] for body in upstream.bodies[-2:]]
        assert len(set(keys[tenant])) == 1, "a conversation keeps its key"
        assert upstream.bodies[-1].decode().replace(f',"prompt_cache_key":"{keys[tenant][0]}"', "").replace(
            "gpt-4o-mini", "gpt-on"
        ) == talk.sent.decode()
    assert keys["key-a"] != keys["key-b"]
    assert all(len(key) == 32 and tenant not in key for tenant, both in keys.items() for key in both)


@pytest.mark.parametrize("mode", ("off", "observe"))
def test_no_key_unless_on(gateway: gateway_process, upstream: prompt_cache_upstream, mode: str) -> None:
    conversation(gateway, "openai", f"gpt-{mode}", "no-key").turns(2)
    assert b"prompt_cache_key" not in upstream.bodies[-1]


def test_the_clients_own_key_stays(gateway: gateway_process, upstream: prompt_cache_upstream) -> None:
    conversation(gateway, "openai", "gpt-on", "own-key").turns(1, prompt_cache_key="mine")
    assert upstream.bodies[-1].count(b"prompt_cache_key") == 1
    assert json.loads(upstream.bodies[-1])["prompt_cache_key"] == "mine"


def test_what_it_brought_is_in_the_metrics(gateway: gateway_process) -> None:
    def usd(kind: str) -> float:
        return gateway.gauge("inferenceflow_prompt_cache_usd_total", f'provider="anthropic",kind="{kind}"')

    before = {kind: usd(kind) for kind in ("saved", "spent", "expected_saved", "expected_spent")}
    for mode in ("observe", "on"):
        first = len([row for row in gateway.ledger_rows() if row["model_requested"] == f"claude-{mode}"])
        conversation(gateway, "anthropic", f"claude-{mode}", f"metrics-{mode}").turns(6)
        rows = gateway.rows_of(f"claude-{mode}", first + 6)[first:]
    read = sum(row["cached_input"] for row in rows)
    written = sum(row["cache_write"] for row in rows)
    got = {kind: usd(kind) - before[kind] for kind in before}
    assert got["saved"] == pytest.approx(read * 2.7e-6)
    assert got["spent"] == pytest.approx(written * 0.75e-6)
    # What was expected while observing is what came true when it was on, as far as tokens can be estimated.
    assert got["expected_saved"] == pytest.approx(got["saved"], rel=0.05)
    assert got["expected_spent"] == pytest.approx(got["spent"], rel=0.1)
    assert gateway.gauge("inferenceflow_prompt_cache_missed_total", 'provider="anthropic"') == 0
