"""The official OpenAI SDK for Python, unchanged but for base_url: against an upstream and against the local model."""

from __future__ import annotations

import asyncio

import pytest
from support.configurations import CHAT_MODEL, EMBEDDING_MODEL, model_name
from support.fake_upstream import fake_upstream
from support.gateway_process import gateway_process
from support.upstream_script import behaviour, fault

openai = pytest.importorskip("openai", reason="openai is in tests/requirements.txt")
TEXT = behaviour().text


def client(gateway: gateway_process) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="unused", max_retries=0, timeout=60)


def async_client(gateway: gateway_process) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key="unused", max_retries=0, timeout=60)


def messages(text: str = "Name the capital of France.") -> list[dict]:
    return [{"role": "user", "content": text}]


def test_chat(gateway: gateway_process, model: model_name) -> None:
    got = client(gateway).chat.completions.create(model=model.client, messages=messages())
    assert got.choices[0].message.content == TEXT
    assert got.usage is not None and got.usage.total_tokens == 18


def test_stream(gateway: gateway_process, model: model_name) -> None:
    options = {"include_usage": True}
    chunks = list(
        client(gateway).chat.completions.create(
            model=model.client, messages=messages(), stream=True, stream_options=options
        )
    )
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == TEXT
    assert chunks[-1].usage is not None and chunks[-1].usage.total_tokens == 18


def test_stream_without_usage_asked(gateway: gateway_process, model: model_name) -> None:
    chunks = client(gateway).chat.completions.create(model=model.client, messages=messages(), stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == TEXT, "every chunk has a choice"


def test_completions_and_embeddings(gateway: gateway_process, model: model_name) -> None:
    text = client(gateway).completions.create(model=model.client, prompt="x").choices[0].text
    assert text == TEXT
    got = client(gateway).embeddings.create(model=model.client, input=["a", "b"], encoding_format="float")
    assert [entry.embedding for entry in got.data] == [[0.25, -0.5, 0.125], [0.25, -0.5, 1.125]]


def test_models(gateway: gateway_process) -> None:
    assert "plain-model" in [entry.id for entry in client(gateway).models.list()]
    assert client(gateway).models.retrieve("plain-model").id == "plain-model"


def test_async(gateway: gateway_process, model: model_name) -> None:
    async def ask() -> tuple[str | None, str]:
        async with async_client(gateway) as sdk:
            plain = await sdk.chat.completions.create(model=model.client, messages=messages())
            stream = await sdk.chat.completions.create(model=model.client, messages=messages(), stream=True)
            pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
            return plain.choices[0].message.content, "".join(pieces)

    assert asyncio.run(ask()) == (TEXT, TEXT)


def test_many_async_at_once(gateway: gateway_process, model: model_name) -> None:
    async def ask() -> list[str | None]:
        async with async_client(gateway) as sdk:
            calls = [
                sdk.chat.completions.create(model=model.client, messages=messages(f"question {i}")) for i in range(50)
            ]
            return [got.choices[0].message.content for got in await asyncio.gather(*calls)]

    assert asyncio.run(ask()) == [TEXT] * 50


def test_raw_response_shows_cost(gateway: gateway_process, model: model_name) -> None:
    raw = client(gateway).chat.completions.with_raw_response.create(model=model.client, messages=messages())
    assert float(raw.headers["x-inferenceflow-cost"]) > 0
    assert raw.request_id


@pytest.mark.parametrize(
    ("status", "raised"),
    [(400, "BadRequestError"), (429, "RateLimitError"), (500, "InternalServerError"), (503, "InternalServerError")],
)
def test_upstream_errors_are_the_right_classes(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, status: int, raised: str
) -> None:
    upstream.script(model.upstream, behaviour(status=status))
    with pytest.raises(getattr(openai, raised)) as caught:
        client(gateway).chat.completions.create(model=model.client, messages=messages())
    assert caught.value.status_code == status
    assert caught.value.body["message"] == behaviour().error_message


def test_own_errors_are_the_right_classes(gateway: gateway_process, model: model_name) -> None:
    sdk = client(gateway)
    with pytest.raises(openai.NotFoundError) as caught:
        sdk.chat.completions.create(model="no-such-model", messages=messages())
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as bad:
        sdk.chat.completions.create(model=model.client, messages=messages(), temperature="hot")  # type: ignore
    assert bad.value.param == "temperature"


def test_dead_stream_raises(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(fault=fault.close_mid_stream))
    with pytest.raises(openai.APIError):
        list(client(gateway).chat.completions.create(model=model.client, messages=messages(), stream=True))


@pytest.mark.local_model
def test_local_chat_and_stream(local_gateway: gateway_process) -> None:
    sdk = client(local_gateway)
    options: dict = {"model": CHAT_MODEL, "messages": messages(), "temperature": 0, "max_tokens": 12}
    plain = sdk.chat.completions.create(**options)
    chunks = sdk.chat.completions.create(**options, stream=True)
    assert "Paris" in (plain.choices[0].message.content or "")
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == plain.choices[0].message.content


@pytest.mark.local_model
def test_local_embeddings_in_the_default_encoding(local_gateway: gateway_process) -> None:
    got = client(local_gateway).embeddings.create(model=EMBEDDING_MODEL, input=["hello", "world"])
    assert [len(entry.embedding) for entry in got.data] == [384, 384]


@pytest.mark.local_model
def test_local_errors(local_gateway: gateway_process) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client(local_gateway).chat.completions.create(model=CHAT_MODEL, messages=messages("word " * 6000))
    assert caught.value.code == "context_length_exceeded"
