"""What clients of each protocol find when an answer fails: their own error document, their own event in a stream."""

from __future__ import annotations

import json
from dataclasses import dataclass

from support.fakes import event_stream
from support.raw_http import answer


@dataclass(frozen=True)
class told_error:
    message: str
    kind: str  # the protocol's own word for it


def error_in_document(client: str, got: answer) -> told_error:
    """Asserts that the document has the shape which the client's SDK expects."""
    body = got.json()
    if client in ("openai", "openai_responses"):
        assert set(body) == {"error"} and set(body["error"]) >= {"message", "type", "param", "code"}, body
        return told_error(body["error"]["message"], str(body["error"]["type"]))
    if client == "anthropic":
        assert body["type"] == "error" and set(body["error"]) >= {"type", "message"}, body
        return told_error(body["error"]["message"], body["error"]["type"])
    if client == "gemini":
        assert body["error"]["code"] == got.status and body["error"]["status"].isupper(), body
        return told_error(body["error"]["message"], body["error"]["status"])
    if client == "cohere":
        return told_error(body["message"], "")
    kind = got.header("x-amzn-errortype")
    assert kind is not None and kind.endswith("Exception"), got.headers
    return told_error(body["message"], kind)


@dataclass(frozen=True)
class stream_end:
    """How a stream came out: its words, whether the protocol's own end was there, and the error if one was told."""

    text: str
    whole: bool
    error: told_error | None


def read_stream(client: str, got: answer) -> stream_end:
    if client == "bedrock":
        return _bedrock(got.body)
    words: list[str] = []
    whole, error = False, None
    for data in got.events():
        if data == "[DONE]":
            whole = True
            continue
        event = json.loads(data)
        failed = _failure(client, event)
        error = error or failed
        words.append(_words(client, event))
        whole = whole or _is_end(client, event)
    return stream_end("".join(words), whole and error is None, error)


def _failure(client: str, event: dict) -> told_error | None:
    if client == "openai_responses":
        if event["type"] == "response.failed":
            return told_error(event["response"]["error"]["message"], "response.failed")
        return told_error(event.get("error", event)["message"], "error") if event["type"] == "error" else None
    if client == "cohere":
        ended = event.get("delta", {}) if event.get("type") == "message-end" else {}
        return told_error(str(ended["error"]), str(ended.get("finish_reason"))) if "error" in ended else None
    error = event.get("error")
    if not isinstance(error, dict):
        return None
    return told_error(error["message"], str(error.get("type") or error.get("status")))


def _words(client: str, event: dict) -> str:
    if client == "openai":
        return "".join(choice["delta"].get("content") or "" for choice in event.get("choices") or [])
    if client == "openai_responses":
        return event["delta"] if event["type"] == "response.output_text.delta" else ""
    if client == "anthropic":
        return event["delta"].get("text", "") if event["type"] == "content_block_delta" else ""
    if client == "gemini":
        content = (event.get("candidates") or [{}])[0].get("content") or {}
        return "".join(part.get("text", "") for part in content.get("parts") or [])
    return event["delta"]["message"]["content"]["text"] if event.get("type") == "content-delta" else ""


def _is_end(client: str, event: dict) -> bool:
    if client == "gemini":
        return bool((event.get("candidates") or [{}])[0].get("finishReason"))
    ends = {"openai_responses": "response.completed", "anthropic": "message_stop", "cohere": "message-end"}
    return event.get("type") == ends.get(client, "")


def _bedrock(body: bytes) -> stream_end:
    words, whole, error = [], False, None
    for headers, payload in event_stream.frames_of(body):
        document = json.loads(payload)
        if headers[":message-type"] == "exception":
            error = told_error(document["message"], headers[":exception-type"])
        elif headers[":event-type"] == "contentBlockDelta":
            words.append(document["delta"].get("text", ""))
        whole = whole or headers.get(":event-type") == "messageStop"
    return stream_end("".join(words), whole and error is None, error)
