"""Valid requests of every client protocol against every backend: answered, or refused by the gateway, which names a field.

What a provider refuses although the client's protocol allows it is a translation gone wrong, but for `PROVIDERS_OWN`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from support.configurations import CHAT, PROVIDER_KEY, base_config, merge
from support.fake_upstream import fake_upstream
from support.fakes.protocols import PROTOCOLS, base_url, fake_providers
from support.gateway_process import gateway_process
from support.request_shapes import anthropic, bedrock, cohere, gemini, openai, openai_responses
from support.upstream_script import behaviour

SHAPES = {
    "openai": openai.SHAPES,
    "openai_responses": openai_responses.SHAPES,
    "anthropic": anthropic.SHAPES,
    "gemini": gemini.SHAPES,
    "cohere": cohere.SHAPES,
    "bedrock": bedrock.SHAPES,
}
# What only the provider can judge, and says in its own words.
PROVIDERS_OWN = {
    "assistant_first": {"anthropic", "bedrock"},
    "model_first": {"anthropic", "bedrock"},
    "assistant_last": {"cohere"},
    "assistant_last_space": {"cohere"},
    "model_last": {"cohere"},
    "prefill": {"cohere"},
    "blank_user": {"bedrock"},
    "only_empty": {"anthropic", "cohere", "bedrock"},
    "schema_array": {"cohere"},
    "schema_arr": {"cohere"},
    "stop5": {"tgi"},
    "badname": {"openai", "openai_responses", "anthropic", "cohere", "bedrock"},
}
CELLS = [(client, shape) for client, shapes in SHAPES.items() for shape in shapes]


@pytest.fixture(scope="module")
def fakes() -> Iterator[dict[str, fake_upstream]]:
    with fake_providers() as found:
        for fake in found.values():
            fake.script("m", behaviour(text='{"a": null}'))
        yield found


@pytest.fixture(scope="module")
def front(fakes: dict[str, fake_upstream]) -> Iterator[gateway_process]:
    config = merge(base_config(None), {"cache": {"enabled": False}})
    for name, fake in fakes.items():
        one = {"name": name, "protocol": name, "base_url": base_url(fake), "api_key_env": "FAKE_PROVIDER_KEY"}
        config["providers"].append({**one, "models": [{"name": f"{name}-model", "upstream_name": "m"}]})
    with gateway_process(config, {"FAKE_PROVIDER_KEY": PROVIDER_KEY}) as process:
        yield process


def sent(client: str, model: str, body: dict) -> tuple[str, dict]:
    """Where and how a client of this protocol sends `body`."""
    if client == "gemini":
        return f"/v1beta/models/{model}:generateContent", body
    if client == "bedrock":
        return f"/model/{model}/converse", body
    paths = {"openai": CHAT, "openai_responses": "/v1/responses", "anthropic": "/v1/messages", "cohere": "/v2/chat"}
    extra = {"max_tokens": 100, **body} if client == "anthropic" else body
    return paths[client], {"model": model, **extra}


@pytest.mark.parametrize(("client", "shape"), CELLS, ids=[f"{client}-{shape}" for client, shape in CELLS])
def test_no_provider_refuses_what_was_translated(
    front: gateway_process, fakes: dict[str, fake_upstream], client: str, shape: str
) -> None:
    for backend in (name for name in PROTOCOLS if name != client):
        fake = fakes[backend]
        before = len(fake.requests)
        got = front.call("POST", *sent(client, f"{backend}-model", SHAPES[client][shape]))
        seen = fake.requests[before:]
        refusals = [request.refusal.message for request in seen if request.refusal]
        if backend in PROVIDERS_OWN.get(shape, set()):
            assert got.status == 400 and refusals, f"{backend}: {got.body!r}"
            continue
        assert not refusals, f"{backend} refuses what was made of it: {refusals}"
        if got.status == 200:
            assert len(seen) == 1
        else:
            assert got.status == 400 and not seen, f"{backend}: {got.body!r}"
            words = json.dumps(got.json())
            assert any(sign in words for sign in NAMED), f"{backend}: no field in {words}"


NAMED = ("tools", "messages[", "format", "choice", "answers", "logprobs", "stop", "generationConfig", "guardrailConfig",
         "previous_response_id", "background", "web_search_options")  # fmt: skip


@pytest.mark.parametrize("backend", [name for name in PROTOCOLS if name not in ("openai", "tgi")])
def test_results_in_another_order_find_their_calls(
    front: gateway_process, fakes: dict[str, fake_upstream], backend: str
) -> None:
    """Two calls of one tool whose results come the other way round."""
    got = front.call("POST", *sent("openai", f"{backend}-model", openai.SHAPES["same_name_swapped"]))
    assert got.status == 200, got.body
    meant = fakes[backend].calls("m")[-1].asked
    assert meant is not None
    said = {call.id: call.arguments["x"] for call in meant.calls}
    told = {result.id: result.text for result in meant.results}
    assert {said[of]: told[of] for of in said} == {"1": "one", "2": "two"}
