"""/v1/files and /v1/batches through the official OpenAI SDK, and with what it would never send."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import openai
import pytest
from support.batch_files import CHAT, begin, chat_line, content, jsonl, sdk, send, wait_over
from support.configurations import PROVIDER_KEY, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import gateway_process
from support.upstream_script import behaviour

PARALLEL = 4


@pytest.fixture(scope="module")
def own(upstream: fake_upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gateway_process]:
    """A gateway with small bounds, which tells tenants apart."""
    bounds = {
        "server": {"trust_identity_headers": True},
        "batches": {
            "parallel_max": PARALLEL,
            "lines_max": 300,
            "file_bytes_max": 3 << 20,
            "files_max": 50,
            "bytes_max": 4 << 20,
            "unfinished_max": 3,
            "attempts_max": 2,
        },
    }
    config = merge(base_config(upstream), bounds)
    with gateway_process(config, {"FAKE_PROVIDER_KEY": PROVIDER_KEY}, tmp_path_factory.mktemp("batches")) as process:
        yield process


@pytest.fixture
def client(own: gateway_process, request: pytest.FixtureRequest) -> openai.OpenAI:
    """The SDK of a tenant that no other test has."""
    return sdk(own, tenant=re.sub(r"[^A-Za-z0-9_.-]", "-", request.node.name)[:100])


def test_files_are_kept_listed_and_deleted(client: openai.OpenAI) -> None:
    sent = send(client, b"anything\n", "\u00e9t\u00e9.jsonl")
    assert (sent.object, sent.purpose, sent.bytes, sent.filename) == ("file", "batch", 9, "\u00e9t\u00e9.jsonl")
    assert client.files.retrieve(sent.id) == sent
    assert client.files.content(sent.id).content == b"anything\n"
    other = send(client, b"x")
    assert [file.id for file in client.files.list()] == [other.id, sent.id]
    assert [file.id for file in client.files.list(order="asc", limit=1)] == [sent.id, other.id], "page by page"
    assert [file.id for file in client.files.list(purpose="batch_output")] == []
    assert client.files.delete(sent.id).deleted
    for gone in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError):
            gone(sent.id)


def test_a_batch_from_file_to_results(client: openai.OpenAI, own: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    lines = [chat_line(f"line-{i}", model.client, temperature=0) for i in range(20)]
    lines.insert(7, chat_line("unknown", "no such model"))
    batch = begin(client, lines, metadata={"ticket": "42"})
    assert batch.status == "validating"
    assert batch.expires_at == batch.created_at + 86_400
    done = wait_over(client, batch.id)
    assert done.status == "completed"
    assert done.metadata == {"ticket": "42"}
    assert done.request_counts is not None
    assert done.request_counts.model_dump() == {"total": 21, "completed": 20, "failed": 1}
    assert done.in_progress_at and done.finalizing_at and done.completed_at
    answers = content(client, done.output_file_id)
    assert [answer["custom_id"] for answer in answers] == [f"line-{i}" for i in range(20)]
    for answer in answers:
        assert answer["error"] is None
        assert answer["response"]["status_code"] == 200
        assert answer["response"]["body"]["choices"][0]["message"]["content"] == behaviour().text
    (wrong,) = content(client, done.error_file_id)
    assert wrong["custom_id"] == "unknown"
    assert wrong["response"]["status_code"] == 404
    assert wrong["response"]["body"]["error"]["code"] == "model_not_found"
    assert own.gauge("inferenceflow_batch_lines_total", 'outcome="completed"') >= 20
    assert own.gauge("inferenceflow_batch_lines_total", 'outcome="failed"') >= 1
    assert own.gauge("inferenceflow_batch_lines_in_flight") == 0
    rows = own.rows_of(model.client, 20)
    assert {row["request_id"] for row in rows} == {answer["response"]["request_id"] for answer in answers}
    assert len(upstream.calls(model.upstream)) == 20
    assert [one.id for one in client.batches.list()] == [batch.id]
    assert client.files.retrieve(str(done.output_file_id)).purpose == "batch_output"
    again = wait_over(client, begin(client, lines[:7]).id)
    assert again.status == "completed"
    assert [one.id for one in client.batches.list(limit=1)] == [again.id, batch.id], "page by page"
    assert len(upstream.calls(model.upstream)) == 20, "a batch takes answers from the cache"


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("/v1/completions", {"prompt": "x"}),
        ("/v1/embeddings", {"input": "x"}),
        ("/v1/responses", {"input": "x"}),
    ],
)
def test_every_endpoint_takes_batches(client: openai.OpenAI, model: model_name, endpoint: str, body: dict) -> None:
    line = {"custom_id": "a", "method": "POST", "url": endpoint, "body": {"model": model.client, **body}}
    done = wait_over(client, begin(client, [line], endpoint=endpoint).id)
    assert done.status == "completed"
    (answer,) = content(client, done.output_file_id) or content(client, done.error_file_id)
    assert answer["response"]["status_code"] == 200, answer
    assert answer["response"]["body"]["object"]


def test_a_file_that_is_not_fit_says_so_line_by_line(client: openai.OpenAI, upstream: fake_upstream, model: model_name) -> None:
    good = chat_line("a", model.client)
    lines = [
        json.dumps(good),
        "this is no JSON",
        json.dumps(good),
        json.dumps({**good, "custom_id": "b", "method": "GET"}),
        json.dumps({**good, "custom_id": "c", "url": "/v1/embeddings"}),
        json.dumps({**good, "custom_id": "d", "body": None}),
        json.dumps({key: good[key] for key in ("method", "url", "body")}),
    ]
    file = send(client, "\n".join(lines).encode())
    batch = client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
    done = wait_over(client, batch.id)
    assert done.status == "failed"
    assert done.failed_at
    assert done.errors is not None and done.errors.data is not None
    assert [(one.line, one.code) for one in done.errors.data] == [
        (2, "invalid_json_line"),
        (3, "duplicate_custom_id"),
        (4, "invalid_method"),
        (5, "url_mismatch"),
        (6, "missing_required_parameter"),
        (7, "missing_required_parameter"),
    ]
    assert done.output_file_id is None and done.error_file_id is None
    assert not upstream.calls(model.upstream)


@pytest.mark.parametrize(
    ("text", "code"), [(b"\n \n", "empty_file"), (jsonl([chat_line(f"{i}", "m") for i in range(301)]), "too_many_tasks")]
)
def test_a_file_has_one_line_and_no_more_than_allowed(client: openai.OpenAI, text: bytes, code: str) -> None:
    batch = client.batches.create(input_file_id=send(client, text).id, endpoint=CHAT, completion_window="24h")
    done = wait_over(client, batch.id)
    assert done.errors is not None and done.errors.data is not None
    assert [one.code for one in done.errors.data] == [code]


def test_a_line_that_fails_is_asked_again_and_then_told(
    client: openai.OpenAI, upstream: fake_upstream, model: model_name, other_model: model_name
) -> None:
    upstream.script_next(model.upstream, behaviour(status=503))
    upstream.script(other_model.upstream, behaviour(status=429))
    lines = [chat_line("once", model.client), chat_line("always", other_model.client)]
    lines.append(chat_line("stream", model.client, stream=True))
    done = wait_over(client, begin(client, lines).id)
    assert done.status == "completed"
    assert [answer["custom_id"] for answer in content(client, done.output_file_id)] == ["once"]
    statuses = {one["custom_id"]: one["response"]["status_code"] for one in content(client, done.error_file_id)}
    assert statuses == {"always": 429, "stream": 400}
    assert len(upstream.calls(model.upstream)) == 2
    assert len(upstream.calls(other_model.upstream)) == 2


def test_cancel_halfway_keeps_what_was_answered(
    client: openai.OpenAI, own: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.gate.close()
    try:
        upstream.script(model.upstream, behaviour(hold_head=True))
        batch = begin(client, [chat_line(f"{i}", model.client) for i in range(30)])
        wait_until(lambda: len(upstream.calls(model.upstream)) == PARALLEL, what="lines in flight")
        own.turn_loops()
        assert len(upstream.calls(model.upstream)) == PARALLEL, "no more at once"
        assert client.batches.cancel(batch.id).status == "cancelling"
        assert client.batches.cancel(batch.id).status == "cancelling", "twice is once"
    finally:
        upstream.gate.open()
    done = wait_over(client, batch.id)
    assert done.status == "cancelled"
    assert done.cancelling_at and done.cancelled_at
    assert len(upstream.calls(model.upstream)) == PARALLEL
    assert len(content(client, done.output_file_id)) == PARALLEL, "what was in flight was waited for"
    errors = content(client, done.error_file_id)
    assert {one["error"]["code"] for one in errors} == {"batch_cancelled"}
    assert all(one["response"] is None for one in errors)
    assert done.request_counts is not None
    assert done.request_counts.model_dump() == {"total": 30, "completed": PARALLEL, "failed": 30 - PARALLEL}
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(batch.id)


def test_a_window_that_is_over_expires_the_rest(client: openai.OpenAI, upstream: fake_upstream, model: model_name) -> None:
    upstream.gate.close()
    try:
        upstream.script(model.upstream, behaviour(hold_head=True))
        batch = begin(client, [chat_line(f"{i}", model.client) for i in range(8)], window="1s")
        wait_until(lambda: len(upstream.calls(model.upstream)) == PARALLEL, what="lines in flight")
        wait_until(lambda: time.time() > (batch.expires_at or 0) + 0.2, what="the window is over")
    finally:
        upstream.gate.open()
    done = wait_over(client, batch.id)
    assert done.status == "expired"
    assert done.expired_at
    assert len(content(client, done.output_file_id)) == PARALLEL
    assert {one["error"]["code"] for one in content(client, done.error_file_id)} == {"batch_expired"}


def test_tenants_do_not_see_each_other(own: gateway_process, model: model_name) -> None:
    mine, theirs = sdk(own, "mine"), sdk(own, "theirs")
    batch = begin(mine, [chat_line("a", model.client)])
    done = wait_over(mine, batch.id)
    assert own.rows_of(model.client, 1)[0]["tenant"] == "mine"
    for read in (theirs.files.retrieve, theirs.files.content, theirs.files.delete):
        for file in (batch.input_file_id, done.output_file_id):
            with pytest.raises(openai.NotFoundError):
                read(str(file))
    for act in (theirs.batches.retrieve, theirs.batches.cancel):
        with pytest.raises(openai.NotFoundError):
            act(batch.id)
    with pytest.raises(openai.BadRequestError):
        theirs.batches.create(input_file_id=batch.input_file_id, endpoint=CHAT, completion_window="24h")
    assert not list(theirs.files.list()) and not list(theirs.batches.list())
    assert content(mine, done.output_file_id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"input_file_id": "file-none"},
        {"endpoint": "/v1/moderations"},
        {"completion_window": "24 hours"},
        {"completion_window": "-1h"},
        {"completion_window": "8d"},
        {"metadata": {"a": 1}},
        {"metadata": {f"{i}": "x" for i in range(17)}},
        {"metadata": {"a": "x" * 513}},
    ],
)
def test_a_batch_that_cannot_be_is_refused(client: openai.OpenAI, wrong: dict) -> None:
    file = send(client, jsonl([chat_line("a", "m")]))
    good = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h"}
    with pytest.raises(openai.BadRequestError) as refused:
        client.batches.create(**{**good, **wrong})
    assert refused.value.param == next(iter(wrong))


def test_bounds_are_told(client: openai.OpenAI, upstream: fake_upstream, model: model_name) -> None:
    with pytest.raises(openai.APIStatusError) as too_large:
        send(client, b"x" * ((3 << 20) + 1))
    assert too_large.value.status_code == 413
    for _ in range(4):
        send(client, b"x" * ((1 << 20) - 9))
    with pytest.raises(openai.ConflictError):
        send(client, b"x" * (1 << 20))
    upstream.gate.close()
    try:
        upstream.script(model.upstream, behaviour(hold_head=True))
        file = next(iter(client.files.list()))
        client.files.delete(file.id)
        lines = [chat_line("a", model.client)]
        running = [begin(client, lines) for _ in range(3)]
        with pytest.raises(openai.RateLimitError):
            begin(client, lines)
    finally:
        upstream.gate.open()
    assert {wait_over(client, one.id).status for one in running} == {"completed"}


def form(*parts: tuple[str, str]) -> bytes:
    text = "".join(f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n" for head, body in parts)
    return f"{text}--b--\r\n".encode()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"--b", 400),
        (form(('name="purpose"', "batch")), 400),
        (form(('name="file"; filename="f"', "x")), 400),
        (form(('name="purpose"', "fine-tune"), ('name="file"; filename="f"', "x")), 400),
        (form(('name="purpose"', "batch"), ('name="file"', "x")), 400),
        (form(('name="purpose"', "batch"), ('name="file"; filename="f"', "")), 400),
        (form(('name="purpose"', "batch"), ('name="file"; filename="f"', "x"), ('name="expires_after[seconds]"', "1")), 400),
        (form(('name="purpose"', "batch"), ('name="file"; filename="f"', "x"))[:-9], 400),
        (form(('name="purpose"', "batch"), ('name="file"; filename="f"', "x")), 200),
    ],
)
def test_uploads_are_read_with_care(own: gateway_process, body: bytes, status: int) -> None:
    got = own.call("POST", "/v1/files", body, {"content-type": "multipart/form-data; boundary=b"})
    assert got.status == status, got.body
    if status == 400:
        assert got.error["message"]


def test_uploads_are_forms(own: gateway_process) -> None:
    assert own.call("POST", "/v1/files", {"purpose": "batch"}).status == 415


def test_methods_and_paths(own: gateway_process) -> None:
    assert own.call("DELETE", "/v1/batches/batch_x").status == 405
    assert own.call("PUT", "/v1/files/file-x").header("allow") == "GET, HEAD, DELETE, OPTIONS"
    assert own.call("POST", "/v1/batches/batch_x").status == 404
    assert own.call("GET", "/v1/batches/batch_x").error["message"] == "No such batch object: batch_x"
    assert own.call("GET", "/v1/batches?limit=0").status == 400
    assert own.call("GET", "/v1/files?order=random").status == 400
    assert own.call("GET", "/v1/files/" + "x" * 100).status == 404


def test_long_files_come_whole_and_only_when_asked(own: gateway_process) -> None:
    client = sdk(own, "long")
    text = b"".join(b"%09d\n" % i for i in range(100_000))
    file = send(client, text)
    assert client.files.content(file.id).content == text
    with own.connect() as raw:
        headers = {"x-inferenceflow-tenant": "long"}
        assert raw.request("HEAD", f"/v1/files/{file.id}/content", headers=headers).status == 200
        assert raw.request("GET", f"/v1/files/{file.id}", headers=headers).status == 200, "no body stood behind the head"
