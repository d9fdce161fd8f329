"""The columns of the matrix: what is scripted, what is asked, and what must have come of it on both sides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from support.configurations import PROVIDER_KEY
from support.fakes.asked import asked
from support.openai_bodies import usage_counts
from support.sdk_clients.wish import outcome, picture, tool, wish
from support.upstream_script import behaviour, fault, seen_request, wanted_call

TEXT = "Bonjour \u2014 it is \u00e9t\u00e9 in \u6771\u4eac, \U0001f30d says."
USAGE = usage_counts(prompt=40, completion=20, cached=8, reasoning=4)
CITY = {"type": "object", "properties": {"city": {"type": "string", "description": "Its name."}}, "required": ["city"]}
ZONE = {
    "type": "object",
    "properties": {"zone": {"type": "string", "enum": ["CET", "JST"]}, "exact": {"type": "boolean"}},
}
TOOLS = (tool("get_weather", "The weather of a city.", CITY), tool("get_time", "The time of a zone.", ZONE))
CALLS = (
    wanted_call("get_weather", {"city": 'Z\u00fcrich "Alt"'}),
    wanted_call("get_time", {"zone": "CET", "exact": True}),
)
RESULTS = {"get_weather": "21 \u00b0C, \u201cclear\u201d", "get_time": "12:00\nCET"}
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
PERSON = {"name": "Ann", "age": 7}
SAID = "the fake's own reason number 7"

# What a client does about it is the same: a provider's failure is the gateway's 502, Anthropic says 529 for 503, and a
# key that is refused keeps its status where bytes pass.
SAME = {500: (502,), 503: (529,), 403: (401,)}
KEY_REFUSED = "the key that the gateway is configured with"
TAKEN_S = 0.01  # between events, so that the client has some words before the rest fails; else it is told by status
BROKEN = 0  # in place of a status: the answer had begun


@dataclass(frozen=True)
class case:
    """One column."""

    name: str
    how: behaviour
    want: wish
    status: int = 200
    words: str = ""  # that an error's message must hold; empty takes any

    @property
    def calls_tools(self) -> bool:
        return bool(self.want.tools)


def _want(**extra: object) -> wish:
    return wish(model="", prompt="What is it like there?", **extra)  # type: ignore[arg-type]


def _says(text: str = TEXT, **extra: object) -> behaviour:
    return behaviour(text=text, usage=USAGE, **extra)  # type: ignore[arg-type]


def _fails(status: int, **extra: object) -> behaviour:
    return behaviour(status=status, error_message=SAID, **extra)  # type: ignore[arg-type]


CASES = (
    case("text", _says(), _want()),
    case("stream", _says(), _want(stream=True)),
    case("tools", _says(calls=CALLS), _want(tools=TOOLS)),
    case("tools, streamed", _says(calls=CALLS), _want(tools=TOOLS, stream=True)),
    case("thought, tools", _says(calls=CALLS, reasoning="I think, so I call."), _want(tools=TOOLS)),
    case("image", _says(), _want(picture=picture())),
    case("schema", _says(json.dumps(PERSON)), _want(schema=SCHEMA)),
    case("400", _fails(400), _want(), 400, SAID),
    case("429", _fails(429, retry_after="7"), _want(), 429, SAID),
    case("429, streamed", _fails(429, retry_after="7"), _want(stream=True), 429, SAID),
    case("500", _fails(500), _want(), 500, SAID),
    case("no such model", behaviour(status=404, own_error=True), _want(), 404),
    case("bad key", behaviour(status=401, own_error=True), _want(), 403, KEY_REFUSED),
    case(
        "stream breaks",
        _says(fault=fault.reset_mid_stream, fault_at_event=5, chunk_delay_s=TAKEN_S),
        _want(stream=True),
        BROKEN,
        "broke off",
    ),
    case(
        "stream fails",
        _says(fault=fault.error_event, fault_at_event=6, chunk_delay_s=TAKEN_S, error_message=SAID),
        _want(stream=True),
        BROKEN,
        SAID,
    ),
)

# What a backend cannot carry, by the tables of src/codecs/*/README.md and src/providers/local/README.md: the gateway
# answers 400 and names the field. (case, backend) -> how the message names it.
REFUSED = {
    ("tools", "tgi"): "tools",
    ("tools, streamed", "tgi"): "tools",
    ("thought, tools", "tgi"): "tools",
    ("image", "tgi"): "messages[1].parts[1]",
    ("tools", "local"): "tools",
    ("tools, streamed", "local"): "tools",
    ("thought, tools", "local"): "tools",
    ("image", "local"): "content",
}


def upstream_name(column: case, client: str) -> str:
    """The model's name at the backend: of one cell alone, so that a cell finds its own requests."""
    return f"m-{column.name}-{client}".replace(",", "").replace(" ", "-")


def wish_of(column: case, client: str, backend: str) -> wish:
    """The wish with the cell's model; the prompt says it too, for backends whose requests name none."""
    name = upstream_name(column, client)
    return replace(column.want, model=f"{name}-over-{backend}", prompt=f"{column.want.prompt} #{name}")


def check_answer(column: case, got: Sequence[outcome], backend: str) -> None:
    """What the SDK's user sees: the last answer's words and counts, and the calls before it."""
    last = got[-1]
    assert not last.error, f"{last.error} {last.status}: {last.message}"
    assert len(got) == (2 if column.calls_tools else 1), f"{len(got)} answers"
    assert last.text == column.how.text, f"text {last.text!r}"
    assert not last.calls, "calls after the results"
    counts = (last.input_tokens, last.output_tokens)
    assert counts == (USAGE.prompt, USAGE.completion), f"usage {counts}"
    if column.want.stream:
        assert last.pieces > 2, f"the stream came in {last.pieces} pieces"
    for before in got[:-1]:
        made = [(call.name, call.arguments) for call in before.calls]
        assert made == [(call.name, call.arguments) for call in CALLS], f"calls {made}"
        ids = [call.id for call in before.calls if call.id]  # Gemini's have none
        assert len(set(ids)) == len(ids), f"two calls of one id in {ids}"


def check_arrival(column: case, want: wish, seen: Sequence[seen_request], backend: str) -> None:
    """What the provider was asked: what the SDK's user meant."""
    assert all(request.refusal is None for request in seen), [request.refusal for request in seen]
    assert len(seen) == (2 if column.calls_tools else 1), f"{len(seen)} requests at the backend"
    for request in seen:
        meant = request.asked
        assert meant is not None
        assert meant.stream == want.stream
        _check_words(meant, want, backend)
        if column.calls_tools:
            assert meant.tools == {one.name: one.parameters for one in TOOLS}, f"tools {meant.tools}"
        assert [one.data for one in meant.pictures] == ([want.picture] if want.picture else []), "pictures"
        assert meant.schema == want.schema, f"schema {meant.schema}"
    if column.calls_tools:
        _check_history(seen[-1].asked)


def _check_words(meant: asked, want: wish, backend: str) -> None:
    if backend == "tgi":
        prompt = meant.turns[0][1]
        assert want.system in prompt and want.prompt in prompt, f"prompt {prompt!r}"
    else:
        assert meant.system == want.system, f"system {meant.system!r}"
        assert meant.turns[0] == ("user", want.prompt), f"turns {meant.turns}"
    assert meant.sampling.get("tokens_max") == want.tokens_max, f"sampling {meant.sampling}"
    assert meant.sampling.get("temperature") == want.temperature, f"sampling {meant.sampling}"


def _check_history(meant: asked | None) -> None:
    assert meant is not None
    calls = [(call.name, call.arguments) for call in meant.calls]
    assert calls == [(call.name, call.arguments) for call in CALLS], f"calls of the history {calls}"
    assert [result.text for result in meant.results] == list(RESULTS.values()), f"results {meant.results}"
    ids = [call.id for call in meant.calls]
    assert [result.id for result in meant.results] == ids, f"results {meant.results} do not answer {ids}"


def check_error(column: case, got: outcome, errors: dict[int, str], hidden: Sequence[str]) -> None:
    """The SDK's own exception for the status, with the provider's words, without what clients must not see."""
    assert got.error, f"no error, but {got.text!r}"
    if column.status != BROKEN:
        assert got.status in (column.status, *SAME.get(column.status, ())), f"status {got.status}: {got.message}"
    expected = errors[BROKEN if column.status == BROKEN else got.status]
    assert got.error == expected, f"{got.error} instead of {expected}"
    assert column.words in got.message, f"message {got.message!r}"
    if column.how.retry_after:
        assert got.retry_after == column.how.retry_after, f"retry-after {got.retry_after!r}"
    for secret in (PROVIDER_KEY, *hidden):
        assert secret not in got.message, f"the message tells {secret}"
