"""OpenAI's embeddings from upstreams of Gemini and Cohere: vectors, forms, usage, cache, and what is refused."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator

import pytest
from support.configurations import base_config
from support.fake_upstream import fake_upstream, wait_until
from support.fakes.openai_common import vector_of
from support.fakes.protocols import PROTOCOLS
from support.gateway_process import gateway_process
from support.raw_http import answer
from support.upstream_script import behaviour, fault

PATH = "/v1/embeddings"
BACKENDS = ("gemini", "cohere")
KEYS = {"GEMINI_API_KEY": "AIza-key-of-the-test-0000000000", "CO_API_KEY": "co-key-of-the-test"}


@pytest.fixture(scope="module")
def fakes() -> Iterator[dict[str, fake_upstream]]:
    with fake_upstream(speaks=PROTOCOLS["gemini"]()) as gemini, fake_upstream(speaks=PROTOCOLS["cohere"]()) as cohere:
        yield {"gemini": gemini, "cohere": cohere}


@pytest.fixture(scope="module")
def over(
    fakes: dict[str, fake_upstream], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[gateway_process]:
    config = base_config(None)
    for name in BACKENDS:
        entry = {"name": name, "preset": name, "base_url": fakes[name].origin, "any_model": True}
        config["providers"].append({**entry, "first_byte_timeout_ms": 700})
    with gateway_process(config, KEYS, tmp_path_factory.mktemp("gateway")) as process:
        yield process


def embed(gateway: gateway_process, backend: str, model: str, given: object, **extra: object) -> answer:
    return gateway.call("POST", PATH, {"model": f"{backend}/{model}", "input": given, **extra})


def row_of(gateway: gateway_process, got: answer) -> dict:
    def rows() -> list[dict]:
        return [row for row in gateway.ledger_rows() if row["request_id"] == got.header("x-request-id")]

    wait_until(lambda: bool(rows()), what="the ledger has the row")
    return rows()[0]


def close(one: list[float], other: list[float]) -> bool:
    return len(one) == len(other) and all(abs(a - b) < 1e-6 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_text_and_several(over: gateway_process, fakes: dict[str, fake_upstream], backend: str) -> None:
    one = embed(over, backend, "embed-one", "hello")
    assert one.status == 200, one.body
    assert one.json()["object"] == "list"
    assert close(one.json()["data"][0]["embedding"], vector_of(0))
    several = embed(over, backend, "embed-some", ["a", "b", "c"])
    assert several.status == 200, several.body
    found = several.json()["data"]
    assert [entry["index"] for entry in found] == [0, 1, 2]
    assert all(close(entry["embedding"], vector_of(i)) for i, entry in enumerate(found))
    assert several.json()["model"] == f"{backend}/embed-some"
    assert len(fakes[backend].calls("embed-some")) == 1, "one call for all texts"


@pytest.mark.parametrize("backend", BACKENDS)
def test_base64_is_the_same_vector(over: gateway_process, backend: str) -> None:
    got = embed(over, backend, "embed-64", "hello", encoding_format="base64")
    packed = base64.b64decode(got.json()["data"][0]["embedding"])
    assert close(list(struct.unpack(f"<{len(packed) // 4}f", packed)), vector_of(0))


def test_dimensions_reach_the_backend(over: gateway_process, fakes: dict[str, fake_upstream]) -> None:
    assert embed(over, "gemini", "embed-dim", "hello", dimensions=256).status == 200
    assert fakes["gemini"].calls("embed-dim")[-1].json()["outputDimensionality"] == 256
    assert embed(over, "cohere", "embed-dim", "hello", dimensions=256).status == 200
    assert fakes["cohere"].calls("embed-dim")[-1].json()["output_dimension"] == 256


def test_usage_is_the_backends_or_said_to_be_estimated(over: gateway_process) -> None:
    told = embed(over, "cohere", "embed-usage", "hello")
    assert told.json()["usage"] == {"prompt_tokens": 11, "total_tokens": 11}
    row = row_of(over, told)
    assert (row["fresh_input"], row["output"], row["estimated"]) == (11, 0, 0)
    guessed = embed(over, "gemini", "embed-usage", "eight by")
    assert guessed.json()["usage"]["prompt_tokens"] == 2, "Gemini's API does not count embeddings: four bytes each"
    assert row_of(over, guessed)["estimated"] == 1


def test_cost_is_the_models(over: gateway_process) -> None:
    got = embed(over, "cohere", "embed-v4.0", "hello")
    assert got.status == 200
    assert got.header("x-inferenceflow-cost") == "0.000001320", "11 tokens at 0.12 dollars per million"


@pytest.mark.parametrize("backend", BACKENDS)
def test_second_time_is_a_hit(over: gateway_process, fakes: dict[str, fake_upstream], backend: str) -> None:
    first, again = (embed(over, backend, "embed-kept", ["x", "y"]) for _ in range(2))
    assert (first.header("x-inferenceflow-cache"), again.header("x-inferenceflow-cache")) == ("miss", "hit")
    assert again.body == first.body
    assert again.header("x-inferenceflow-cost") == "0.000000000"
    assert len(fakes[backend].calls("embed-kept")) == 1


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("given", "extra", "field"),
    [
        ([[1, 2, 3]], {}, "input"),
        ([1, 2, 3], {}, "input"),
        ("", {}, "input"),
        ([], {}, "input"),
        (["a", ""], {}, "input"),
        (["x"] * 101, {}, "input"),
        ("x", {"encoding_format": "int8"}, "encoding_format"),
        ("x", {"dimensions": 0}, "dimensions"),
    ],
)
def test_refused_by_name(over: gateway_process, backend: str, given: object, extra: dict, field: str) -> None:
    got = embed(over, backend, "embed-wrong", given, **extra)
    assert got.status == 400, got.body
    assert (got.error["param"] or "").startswith(field)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("how", "status"),
    [
        (behaviour(status=429, error_message="slow down", retry_after="3"), 429),
        (behaviour(status=500, error_message="oops"), 502),
        (behaviour(fault=fault.garbage_json), 502),
        (behaviour(fault=fault.stall_head), 504),
    ],
)
def test_failures(
    over: gateway_process, fakes: dict[str, fake_upstream], backend: str, how: behaviour, status: int
) -> None:
    fakes[backend].script("embed-fails", how)
    got = embed(over, backend, "embed-fails", "hello")
    assert got.status == status, got.body
    assert set(got.error) == {"message", "type", "param", "code"}
    assert all(key not in got.body.decode() for key in KEYS.values())
