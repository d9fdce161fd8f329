"""What a caller can get wrong in a request, and the clear answer it gets."""

from __future__ import annotations

import re

import pytest
from support.configurations import CHAT, model_name
from support.fake_upstream import fake_upstream
from support.gateway_process import gateway_process

USER = {"role": "user", "content": "hi"}


def refused(gateway: gateway_process, path: str, body: dict | bytes, status: int = 400) -> dict:
    got = gateway.call("POST", path, body)
    assert got.status == status, got.body
    assert got.header(
        "content-type",
    ).startswith("application/json")
    assert set(got.error) == {"message", "type", "param", "code"}
    assert got.error["message"] and got.error["type"] == "invalid_request_error"
    assert got.header("x-request-id")
    return got.error


@pytest.mark.parametrize(
    ("body", "offset"),
    [
        (b'{"model": "plain-model", "x": , "messages": []}', 30),
        (b'{"model": "plain-model" "messages": []}', 24),
        (b'{"model": "plain-model", "messages": [{"role": "user", "content": "unclosed', None),
        (b'{"model": "plain-model", "messages": [{"role":"user","content":"\xff\xfe"}]}', None),
        (b'{"model": "plain-model", "messages": [{"role":"user","content":"a\nb"}]}', None),
        (b'{"model": "plain-model", "messages": [{"role":"user","content":"x"}]} trailing', None),
        (b'{"model": "plain-model", "n": 01, "messages": [{"role":"user","content":"x"}]}', None),
    ],
)
def test_malformed_json_names_its_offset(gateway: gateway_process, body: bytes, offset: int | None) -> None:
    message = refused(gateway, CHAT, body)["message"]
    numbers = [int(number) for number in re.findall(r"\d+", message)]
    assert numbers, message
    if offset is not None:
        assert any(abs(number - offset) <= 1 for number in numbers), message


@pytest.mark.parametrize("body", [b"", b"not json", b"null", b"[]", b'"text"', b"1", b"{}"])
def test_document_must_be_an_object_with_fields(gateway: gateway_process, body: bytes) -> None:
    refused(gateway, CHAT, body)


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        (CHAT, {"model": 5, "messages": [USER]}, "model"),
        (CHAT, {"model": "", "messages": [USER]}, "model"),
        (CHAT, {"messages": [USER]}, "model"),
        (CHAT, {"model": "plain-model"}, "messages"),
        (CHAT, {"model": "plain-model", "messages": "hi"}, "messages"),
        (CHAT, {"model": "plain-model", "messages": [USER], "temperature": "hot"}, "temperature"),
        (CHAT, {"model": "plain-model", "messages": [USER], "stream": "yes"}, "stream"),
        (CHAT, {"model": "plain-model", "messages": [USER], "max_tokens": -1}, "max_tokens"),
        (CHAT, {"model": "plain-model", "messages": [USER], "max_tokens": "5"}, "max_tokens"),
        (CHAT, {"model": "plain-model", "messages": [USER], "n": 0}, "n"),
        (CHAT, {"model": "plain-model", "messages": [USER], "stream_options": 1}, "stream_options"),
        (CHAT, {"model": "plain-model", "messages": [USER], "user": 1}, "user"),
        ("/v1/completions", {"model": "plain-model"}, "prompt"),
        ("/v1/completions", {"model": "plain-model", "prompt": {"a": 1}}, "prompt"),
        ("/v1/embeddings", {"model": "plain-model"}, "input"),
        ("/v1/embeddings", {"model": "plain-model", "input": {"a": 1}}, "input"),
        ("/v1/inference", {"prompt": 5}, "prompt"),
        ("/v1/inference", {"model": "plain-model"}, "prompt"),
        ("/v1/generate", {}, "prompt"),
        ("/v1/generate", {"prompt": "x", "temperature": "hot"}, "temperature"),
    ],
)
def test_wrong_field_is_named(
    gateway: gateway_process, upstream: fake_upstream, path: str, body: dict, param: str
) -> None:
    before = len(upstream.requests)
    error = refused(gateway, path, body)
    assert error["param"] == param, error
    assert len(upstream.requests) == before


def test_duplicate_keys_are_refused(gateway: gateway_process) -> None:
    refused(gateway, CHAT, b'{"model": "plain-model", "model": "other", "messages": [{"role":"user","content":"x"}]}')


def test_nesting_is_bounded(gateway: gateway_process) -> None:
    deep = b"[" * 5000 + b"]" * 5000
    refused(gateway, CHAT, b'{"model": "plain-model", "x": ' + deep + b', "messages": []}')


@pytest.mark.parametrize("path", [CHAT, "/v1/completions", "/v1/embeddings"])
def test_unknown_model_is_404(gateway: gateway_process, path: str) -> None:
    body = {"model": "no-such-model", "messages": [USER], "prompt": "x", "input": "x"}
    error = refused(gateway, path, body, 404)
    assert error["code"] == "model_not_found"
    assert error["param"] == "model"
    assert "no-such-model" in error["message"]


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/nothing", "/v1/chat/completions/extra", "/v1/chat", "//v1/models", "/V1/models"]
)
def test_unknown_path_is_404(gateway: gateway_process, path: str) -> None:
    got = gateway.call("GET", path)
    assert got.status == 404
    assert set(got.error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", CHAT, "POST"),
        ("PUT", CHAT, "POST"),
        ("DELETE", "/v1/models", "GET"),
        ("POST", "/v1/models", "GET"),
        ("POST", "/health", "GET"),
        ("GET", "/v1/inference", "POST"),
        ("POST", "/metrics", "GET"),
        ("POST", "/v1/cache", "DELETE"),
        ("BREW", CHAT, "POST"),
    ],
)
def test_wrong_method_is_405_with_allow(gateway: gateway_process, method: str, path: str, allowed: str) -> None:
    got = gateway.call(method, path)
    assert got.status == 405
    assert allowed in [name.strip() for name in (got.header("allow") or "").split(",")]
    assert set(got.error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8"])
def test_content_type(gateway: gateway_process, model: model_name, kind: str) -> None:
    got = gateway.call("POST", CHAT, model.chat(), {"Content-Type": kind})
    expected = (200,) if kind.startswith("application/json") else (200, 415)
    assert got.status in expected, got.body


def test_wrong_answers_leak_nothing_between_requests(gateway: gateway_process, model: model_name) -> None:
    """A failed request leaves nothing in the connection's buffers for the next one."""
    with gateway.connect() as conn:
        first = conn.request("POST", CHAT, model.chat("secret-of-the-first-request", temperature="hot"))
        second = conn.request("POST", CHAT, b'{"model": }')
        third = conn.request("POST", CHAT, model.chat("third"))
    assert (first.status, second.status, third.status) == (400, 400, 200)
    assert b"secret-of-the-first-request" not in second.body + third.body
