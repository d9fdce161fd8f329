"""How clients of each protocol ask, and how they understand what came back."""

from __future__ import annotations

import json
from dataclasses import dataclass

from support.raw_http import answer, sse_data

PROTOCOLS = ("openai", "openai_responses", "anthropic", "gemini", "cohere", "bedrock")


@dataclass
class heard:
    """A client's understanding of an answer."""

    text: str = ""
    whole: bool = False  # the protocol's own end came
    told: bool = False  # an error event came


def target_of(client: str, model: str, streamed: bool) -> str:
    return {
        "openai": "/v1/chat/completions",
        "openai_responses": "/v1/responses",
        "anthropic": "/v1/messages",
        "gemini": f"/v1beta/models/{model}:" + ("streamGenerateContent?alt=sse" if streamed else "generateContent"),
        "cohere": "/v2/chat",
        "bedrock": f"/model/{model}/converse" + ("-stream" if streamed else ""),
    }[client]


def body_of(client: str, model: str, streamed: bool, words: str) -> dict:
    if client == "gemini":
        return {"contents": [{"role": "user", "parts": [{"text": words}]}]}
    if client == "bedrock":
        return {"messages": [{"role": "user", "content": [{"text": words}]}]}
    said = [{"role": "user", "content": words}]
    named = {"model": model, "stream": streamed}
    if client == "openai_responses":
        return {**named, "input": said}
    return {**named, "messages": said, "max_tokens": 400}


def document(client: str, got: answer) -> heard:
    body = got.json()
    if client == "openai":
        text = body["choices"][0]["message"]["content"]
    elif client == "openai_responses":
        text = "".join(part["text"] for item in body["output"] for part in item.get("content", []))
    elif client == "gemini":
        text = "".join(part["text"] for part in body["candidates"][0]["content"]["parts"])
    elif client == "anthropic":
        text = "".join(block["text"] for block in body["content"])
    else:
        message = body["message"] if client == "cohere" else body["output"]["message"]
        text = "".join(block["text"] for block in message["content"])
    return heard(text, whole=True)


def stream(client: str, got: answer) -> heard:
    if client == "bedrock":
        return _frames(got.body)
    found = heard()
    for data in sse_data(got.body):
        if data == "[DONE]":
            found.whole = found.whole or client == "openai"
            continue
        _take(client, json.loads(data), found)
    return found


def _take(client: str, event: dict, found: heard) -> None:
    kind = event.get("type")
    if client == "openai":
        found.told |= "error" in event
        found.text += "".join(choice["delta"].get("content") or "" for choice in event.get("choices", []))
    elif client == "openai_responses":
        found.told |= kind in ("error", "response.failed")
        found.whole |= kind in ("response.completed", "response.incomplete")
        found.text += event["delta"] if kind == "response.output_text.delta" else ""
    elif client == "anthropic":
        found.told |= kind == "error"
        found.whole |= kind == "message_stop"
        found.text += event["delta"].get("text", "") if kind == "content_block_delta" else ""
    elif client == "gemini":
        found.told |= "error" in event
        for candidate in event.get("candidates", []):
            found.whole |= bool(candidate.get("finishReason"))
            found.text += "".join(part.get("text", "") for part in candidate.get("content", {}).get("parts", []))
    elif kind == "message-end":
        failed = event["delta"].get("finish_reason") in ("ERROR", "TIMEOUT") or bool(event["delta"].get("error"))
        found.told |= failed
        found.whole |= not failed
    elif kind == "content-delta":
        found.text += event["delta"]["message"]["content"]["text"]


def _frames(rest: bytes) -> heard:
    """AWS' event stream: length, length of the headers, checksum; headers, payload, checksum."""
    found = heard()
    while rest:
        length, headers_length = int.from_bytes(rest[:4], "big"), int.from_bytes(rest[4:8], "big")
        headers, payload = rest[12 : 12 + headers_length], rest[12 + headers_length : length - 4]
        found.told |= b":exception-type" in headers or b":error-code" in headers
        found.whole |= b"messageStop" in headers
        found.text += json.loads(payload).get("delta", {}).get("text", "")
        rest = rest[length:]
    return found
