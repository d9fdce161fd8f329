"""Anthropic Messages and count_tokens, as strict as Anthropic itself."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator

from support.fakes.asked import asked, picture, told_call, told_result
from support.fakes.shape import (
    CALL_NAME,
    checked_picture,
    compact,
    decoded,
    halves,
    need_key,
    number_in,
    only,
    pieces,
    require,
    schema_object,
    shape,
    sse,
    strict_body,
)
from support.upstream_script import behaviour, refused, seen_request

KNOWN = {
    "cache_control", "container", "context_management", "diagnostics", "fallbacks", "inference_geo", "max_tokens", "mcp_servers",
    "messages", "metadata", "model", "output_config", "service_tier", "speed", "stop_sequences", "stream", "system",
    "temperature", "thinking", "tool_choice", "tools", "top_k", "top_p",
}  # fmt: skip
ERRORS = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    413: "request_too_large", 429: "rate_limit_error", 500: "api_error", 503: "api_error", 529: "overloaded_error",
}  # fmt: skip
IDENTIFIER = re.compile(r"^[a-zA-Z0-9_-]+$")
STOPS = {"stop": "end_turn", "length": "max_tokens"}


class anthropic(shape):
    name = "anthropic"
    words_401 = "invalid x-api-key {key}"

    def check(self, request: seen_request) -> asked | None:
        need_key(request, "x-api-key")
        require(request.header("anthropic-version"), "anthropic-version: header is required")
        counting = request.target.endswith("/v1/messages/count_tokens")
        require(counting or request.target.split("?")[0].endswith("/v1/messages"), "Not found", 404)
        body = strict_body(request)
        unknown = sorted(set(body) - KNOWN)
        require(not unknown, f"{', '.join(unknown)}: Extra inputs are not permitted")
        require(isinstance(body.get("model"), str), "model: Field required")
        if not counting:
            require(isinstance(body.get("max_tokens"), int), "max_tokens: Field required")
            require(body["max_tokens"] >= 1, "max_tokens: Input should be greater than or equal to 1")
        number_in(body, "temperature", 0, 1)
        number_in(body, "top_p", 0, 1)
        got = asked(str(body["model"]), body.get("stream") is True)
        system = body.get("system")
        got.say("system", system if isinstance(system, str) else "\n\n".join(block["text"] for block in system or []))
        self._read_tools(body, got)
        self._read_messages(body.get("messages"), got)
        self._read_wishes(body, got)
        return None if counting else got

    @staticmethod
    def _read_tools(body: dict, got: asked) -> None:
        for i, tool in enumerate(body.get("tools") or []):
            require(CALL_NAME.match(str(tool.get("name"))), f"tools.{i}.custom.name: String should match pattern")
            if tool.get("type", "custom") != "custom":  # a tool that the provider runs itself
                got.tools[tool["name"]] = {}
                continue
            schema = tool.get("input_schema")
            require(isinstance(schema, dict), f"tools.{i}.custom.input_schema: Field required")
            require(schema.get("type") == "object", f"tools.{i}.custom.input_schema.type: Field required")
            got.tools[tool["name"]] = schema
        choice = body.get("tool_choice") or {}
        require(not choice or got.tools, "tool_choice: may only be specified while providing tools")
        got.choice = choice.get("name") or choice.get("type", "")

    def _read_messages(self, messages: object, got: asked) -> None:
        require(isinstance(messages, list) and messages, "messages: at least one message is required")
        assert isinstance(messages, list)
        require(messages[0].get("role") == "user", 'messages: first message must use the "user" role')
        waiting: set[str] = set()
        for i, message in enumerate(messages):
            only(message, {"role", "content"}, f"messages.{i}")
            role, content = message.get("role"), message.get("content")
            require(
                role in ("user", "assistant", "system"), f"messages.{i}.role: Input should be 'user' or 'assistant'"
            )
            blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
            require(isinstance(blocks, list), f"messages.{i}.content: Input should be a valid list")
            require(blocks, f"messages.{i}: all messages must have non-empty content")
            answered = {b.get("tool_use_id") for b in blocks if b.get("type") == "tool_result"}
            missing = waiting - answered
            require(
                not missing,
                f"messages.{i}: `tool_use` ids were found without `tool_result` blocks immediately after: {sorted(missing)}",
            )
            stray = answered - waiting
            require(not stray, f"messages.{i}: unexpected `tool_use_id` found in `tool_result` blocks: {stray}")
            kinds = [block.get("type") == "tool_result" for block in blocks]
            require(
                kinds == sorted(kinds, reverse=True), f"messages.{i}: tool_result blocks must come first in the content"
            )
            waiting = set()
            for n, block in enumerate(blocks):
                self._read_block(block, str(role), f"messages.{i}.content.{n}", got, waiting)
            got.ends_with_results = bool(answered)
        require(not waiting, f"messages: `tool_use` ids were found without `tool_result` blocks: {sorted(waiting)}")

    def _read_block(self, block: dict, role: str, where: str, got: asked, waiting: set[str]) -> None:
        kind = block.get("type")
        if kind == "text":
            only(block, {"type", "text", "cache_control", "citations"}, where)
            require(block.get("text"), "messages: text content blocks must be non-empty")
            got.say(role, block["text"])
        elif kind == "image" and role == "user":
            got.pictures.append(_picture(block["source"], where))
        elif kind == "document" and role == "user":
            source = block["source"]
            plain = source.get("type") == "text"
            got.files.append(source["data"].encode() if plain else decoded(source.get("data"), where))
        elif kind == "tool_use" and role == "assistant":
            only(block, {"type", "id", "name", "input", "cache_control", "caller"}, where)
            require(isinstance(block.get("input"), dict), f"{where}.tool_use.input: Input should be a valid dictionary")
            require(IDENTIFIER.match(str(block.get("id"))), f"{where}.tool_use.id: String should match pattern")
            waiting.add(block["id"])
            got.calls.append(told_call(block["id"], block["name"], block["input"]))
        elif kind == "tool_result" and role == "user":
            only(block, {"type", "tool_use_id", "content", "is_error", "cache_control"}, where)
            content = block.get("content", "")
            words = content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
            got.results.append(told_result(block["tool_use_id"], words, failed=block.get("is_error") is True))
        elif kind == "thinking" and role == "assistant":
            good = block.get("signature") == signature_of(block["thinking"])
            require(good, f"{where}: Invalid `signature` in `thinking` block")
            got.thoughts.append(block["thinking"])
        else:
            raise refused(400, f"{where}: Input tag {kind!r} is not expected in a message of {role}")

    @staticmethod
    def _read_wishes(body: dict, got: asked) -> None:
        thinking = body.get("thinking") or {}
        if thinking.get("type") == "enabled":
            budget = thinking.get("budget_tokens", 0)
            require(budget >= 1024, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
            require(
                budget < body.get("max_tokens", 1 << 30), "`max_tokens` must be greater than `thinking.budget_tokens`"
            )
            require(body.get("temperature", 1) == 1, "`temperature` may only be set to 1 when thinking is enabled")
        output = body.get("output_config") or {}
        only(output, {"effort", "format", "task_budget"}, "output_config")
        form = output.get("format")
        if form is not None:
            only(form, {"type", "schema"}, "output_config.format")
            require(form.get("type") == "json_schema", "output_config.format.type: Input should be 'json_schema'")
            got.schema = schema_object(form.get("schema"), "output_config.format.schema")
        found = {
            "temperature": "temperature",
            "top_p": "top_p",
            "max_tokens": "tokens_max",
            "stop_sequences": "stop",
            "top_k": "top_k",
        }
        got.sampling = {ours: body[theirs] for theirs, ours in found.items() if body.get(theirs) is not None}

    @staticmethod
    def _content(request: seen_request, how: behaviour, number: int) -> list[dict]:
        got = request.asked
        assert got is not None
        blocks: list[dict] = []
        if how.reasoning:
            blocks.append({"type": "thinking", "thinking": how.reasoning, "signature": signature_of(how.reasoning)})
        calls = how.calls_for(got)
        for i, call in enumerate(calls):
            blocks.append(
                {"type": "tool_use", "id": f"toolu_fake{number}x{i}", "name": call.name, "input": call.arguments}
            )
        if not calls:
            blocks.append({"type": "text", "text": how.text})
        return blocks

    @staticmethod
    def _usage(how: behaviour) -> dict:
        if how.usage is None:
            return {}
        counts = how.usage
        return {
            "input_tokens": counts.prompt - counts.cached - counts.written,
            "cache_creation_input_tokens": counts.written,
            "cache_read_input_tokens": counts.cached,
            "cache_creation": {"ephemeral_5m_input_tokens": counts.written, "ephemeral_1h_input_tokens": 0},
            "output_tokens": counts.completion,
            "service_tier": "standard",
        }

    def _message(
        self, request: seen_request, how: behaviour, number: int, blocks: list[dict], reason: str | None
    ) -> dict:
        head = {"id": f"msg_fake{number}", "type": "message", "role": "assistant", "model": request.model}
        return {**head, "content": blocks, "stop_reason": reason, "stop_sequence": None, "usage": self._usage(how)}

    def document(self, request: seen_request, how: behaviour, number: int) -> bytes:
        if request.target.endswith("count_tokens"):
            return compact({"input_tokens": how.usage.prompt if how.usage else 0}).encode()
        blocks = self._content(request, how, number)
        return json.dumps(self._message(request, how, number, blocks, _stop(blocks, how))).encode()

    def events(self, request: seen_request, how: behaviour, number: int) -> Iterator[bytes]:
        blocks = self._content(request, how, number)
        start = self._message(request, how, number, [], None)
        if start["usage"]:
            start["usage"] = {**start["usage"], "output_tokens": 1}
        yield _event("message_start", message=start)
        for index, block in enumerate(blocks):
            begun, deltas = _streamed(block)
            yield _event("content_block_start", index=index, content_block=begun)
            if index == 0:
                yield _event("ping")
            for delta in deltas:
                yield _event("content_block_delta", index=index, delta=delta)
            yield _event("content_block_stop", index=index)
        usage = {"usage": {"output_tokens": how.usage.completion}} if how.usage else {"usage": {}}
        yield _event("message_delta", delta={"stop_reason": _stop(blocks, how), "stop_sequence": None}, **usage)
        yield _event("message_stop")

    def error(self, status: int, message: str, how: behaviour) -> tuple[bytes, list[tuple[str, str]]]:
        document = {"type": "error", "error": {"type": ERRORS.get(status, "api_error"), "message": message}}
        return compact({**document, "request_id": "req_fake"}).encode(), [("request-id", "req_fake")]

    def error_event(self, message: str, how: behaviour) -> bytes:
        return _event("error", error={"type": "overloaded_error", "message": message})

    def garbage_event(self) -> bytes:
        return b"event: content_block_delta\ndata: {{{ not json\n\n"


def signature_of(thought: str) -> str:
    """What makes a thought the provider's own: nobody else can say it."""
    return base64.b64encode(b"signed:" + thought.encode()[::-1]).decode()


def _picture(source: dict, where: str) -> picture:
    if source.get("type") == "url":
        return picture(url=source["url"])
    require(source.get("type") == "base64", f"{where}.image.source: Input tag {source.get('type')!r} is not expected")
    return checked_picture(source["media_type"], decoded(source.get("data"), where), f"{where}.image.source")


def _stop(blocks: list[dict], how: behaviour) -> str:
    called = any(block["type"] == "tool_use" for block in blocks)
    return "tool_use" if called else STOPS.get(how.finish_reason, how.finish_reason)


def _streamed(block: dict) -> tuple[dict, list[dict]]:
    """How a block begins, and its deltas."""
    if block["type"] == "text":
        return {**block, "text": ""}, [{"type": "text_delta", "text": part} for part in pieces(block["text"])]
    if block["type"] == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": part} for part in pieces(block["thinking"])]
        return {**block, "thinking": "", "signature": ""}, [
            *deltas,
            {"type": "signature_delta", "signature": block["signature"]},
        ]
    parts = ["", *halves(json.dumps(block["input"]))]
    return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": part} for part in parts]


def _event(kind: str, **fields: object) -> bytes:
    return sse({"type": kind, **fields}, kind)
