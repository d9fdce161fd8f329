"""Bedrock's Converse and ConverseStream."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

from support.fakes import event_stream
from support.fakes.asked import asked, told_call, told_result
from support.fakes.shape import (
    CALL_NAME,
    checked_picture,
    decoded,
    halves,
    number_in,
    object_of,
    only,
    pieces,
    require,
    schema_object,
    shape,
    strict_body,
)
from support.upstream_script import behaviour, refused, seen_request

TARGET = re.compile(r"^/model/(?P<model>[^/?]+)/(?P<method>converse|converse-stream)$")
KNOWN = {
    "messages", "system", "inferenceConfig", "toolConfig", "guardrailConfig", "additionalModelRequestFields", "promptVariables",
    "additionalModelResponseFieldPaths", "requestMetadata", "performanceConfig", "serviceTier", "outputConfig",
}  # fmt: skip
TYPES = {
    400: "ValidationException", 401: "UnrecognizedClientException", 403: "AccessDeniedException", 404: "ResourceNotFoundException",
    424: "ModelErrorException", 429: "ThrottlingException", 500: "InternalServerException", 503: "ServiceUnavailableException",
}  # fmt: skip
STOPS = {"stop": "end_turn", "length": "max_tokens"}
IDENTIFIER = re.compile(r"^[a-zA-Z0-9_.:-]{1,64}$")


class bedrock(shape):
    name = "bedrock"
    stream_type = "application/vnd.amazon.eventstream"
    words_401 = "The security token included in the request is invalid: {key}"

    @staticmethod
    def _target(request: seen_request) -> dict[str, str]:
        found = TARGET.match(request.target)
        return {} if found is None else found.groupdict()

    def model_of(self, request: seen_request) -> str:
        return unquote(self._target(request).get("model", ""))

    def wants_stream(self, request: seen_request) -> bool:
        return self._target(request).get("method") == "converse-stream"

    def check(self, request: seen_request) -> asked | None:
        signed = (request.header("authorization") or "").startswith(("AWS4-HMAC-SHA256 Credential=", "Bearer "))
        require(signed, "Missing Authentication Token", 403)
        require(self._target(request), "Unknown operation", 404)
        body = strict_body(request)
        only(body, KNOWN, "request")
        got = asked(self.model_of(request), self.wants_stream(request))
        for block in body.get("system") or []:
            got.say("system", block.get("text", ""))
        self._read_tools(body, got)
        self._read_messages(body, got)
        self._read_wishes(body, got)
        return got

    @staticmethod
    def _read_tools(body: dict, got: asked) -> None:
        config = body.get("toolConfig") or {}
        require(
            "toolConfig" not in body or config.get("tools"),
            "toolConfig.tools: must have length greater than or equal to 1",
        )
        for i, tool in enumerate(config.get("tools", [])):
            only(tool, {"toolSpec", "cachePoint"}, f"toolConfig.tools.{i}")
            if "toolSpec" not in tool:
                continue
            spec = tool["toolSpec"]
            only(spec, {"name", "description", "inputSchema", "strict"}, f"toolConfig.tools.{i}.toolSpec")
            require(CALL_NAME.match(str(spec.get("name"))), f"toolConfig.tools.{i}.toolSpec.name: does not match")
            schema = spec["inputSchema"]["json"]
            require(
                schema.get("type") == "object", f"toolConfig.tools.{i}.toolSpec.inputSchema.json.type must be object"
            )
            got.tools[spec["name"]] = schema
        choice = config.get("toolChoice") or {}
        require(
            len(choice) < 2 and set(choice) <= {"auto", "any", "tool"}, "toolConfig.toolChoice: one of auto, any, tool"
        )
        got.choice = choice["tool"]["name"] if "tool" in choice else next(iter(choice), "")

    def _read_messages(self, body: dict, got: asked) -> None:
        messages = body.get("messages")
        require(isinstance(messages, list) and messages, "messages: must not be empty")
        assert isinstance(messages, list)
        waiting: set[str] = set()
        before = "assistant"
        for i, message in enumerate(messages):
            only(message, {"role", "content"}, f"messages.{i}")
            role, blocks = message.get("role"), message.get("content")
            require(role in ("user", "assistant"), f"messages.{i}.role: must satisfy enum value set: [user, assistant]")
            start = (
                "A conversation must start with a user message."
                if i == 0
                else "Roles must alternate between user and assistant."
            )
            require(role != before, start)
            before = role
            require(blocks, f"The content field in the Message object at messages.{i} is empty.")
            answered = {block["toolResult"]["toolUseId"] for block in blocks if "toolResult" in block}
            require(
                answered == waiting,
                f"Expected toolResult blocks at messages.{i}.content for the following Ids: {sorted(waiting)}",
            )
            waiting = set()
            for n, block in enumerate(blocks):
                self._read_block(block, str(role), f"messages.{i}.content.{n}", got, waiting)
            got.ends_with_results = bool(answered)
        require(not waiting, f"Expected toolResult blocks for the following Ids: {sorted(waiting)}")
        used = got.calls or got.results
        require(
            not used or "toolConfig" in body,
            "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        )

    @staticmethod
    def _read_block(block: dict, role: str, where: str, got: asked, waiting: set[str]) -> None:
        require(len(block) == 1, f"{where}: exactly one member of the union must be set, found {sorted(block)}")
        kind, value = next(iter(block.items()))
        if kind == "text":
            require(str(value).strip(), f"The text field in the ContentBlock object at {where} is blank.")
            got.say(role, value)
        elif kind == "image" and role == "user":
            only(value, {"format", "source"}, where)
            form = value.get("format")
            require(form in ("png", "jpeg", "gif", "webp"), f"{where}.image.format: must satisfy enum value set")
            data = decoded(value["source"].get("bytes"), f"{where}.image.source.bytes")
            got.pictures.append(checked_picture(f"image/{form}", data, f"{where}.image"))
        elif kind == "toolUse" and role == "assistant":
            only(value, {"toolUseId", "name", "input", "type"}, where)
            require(
                IDENTIFIER.match(str(value.get("toolUseId"))),
                f"{where}.toolUse.toolUseId: does not match {IDENTIFIER.pattern}",
            )
            require(
                isinstance(value.get("input"), dict), f"The format of the value at {where}.toolUse.input is invalid."
            )
            waiting.add(value["toolUseId"])
            got.calls.append(told_call(value["toolUseId"], value["name"], value["input"]))
        elif kind == "toolResult" and role == "user":
            only(value, {"toolUseId", "content", "status", "type"}, where)
            for part in value["content"]:
                if "image" in part or "document" in part:
                    got.files.append(decoded(next(iter(part.values()))["source"].get("bytes"), where))
            spoken = [part for part in value["content"] if "text" in part or "json" in part]
            words = [part["text"] if "text" in part else json.dumps(part["json"]) for part in spoken]
            got.results.append(told_result(value["toolUseId"], "".join(words), failed=value.get("status") == "error"))
        elif kind == "reasoningContent" and role == "assistant":
            got.thoughts.append(value.get("reasoningText", {}).get("text", ""))
        elif kind == "document" and role == "user":
            got.files.append(decoded(value["source"].get("bytes"), f"{where}.document.source.bytes"))
        elif kind != "cachePoint":
            raise refused(400, f"{where}: {kind!r} is not expected in a message of {role}")

    @staticmethod
    def _read_wishes(body: dict, got: asked) -> None:
        config = body.get("inferenceConfig") or {}
        only(config, {"maxTokens", "temperature", "topP", "stopSequences"}, "inferenceConfig")
        number_in(config, "temperature", 0, 1, "inferenceConfig.")
        number_in(config, "topP", 0, 1, "inferenceConfig.")
        form = (body.get("outputConfig") or {}).get("textFormat")
        if form:
            require(form.get("type") == "json_schema", "outputConfig.textFormat.type: must be json_schema")
            holder = form["structure"]["jsonSchema"]
            only(holder, {"schema", "name", "description"}, "outputConfig.textFormat.structure.jsonSchema")
            got.schema = schema_object(object_of(holder["schema"], "jsonSchema.schema"), "jsonSchema.schema")
        names = {"temperature": "temperature", "topP": "top_p", "maxTokens": "tokens_max", "stopSequences": "stop"}
        got.sampling = {ours: config[theirs] for theirs, ours in names.items() if config.get(theirs) is not None}

    @staticmethod
    def _usage(how: behaviour) -> dict:
        if how.usage is None:
            return {}
        counts = how.usage
        fresh = counts.prompt - counts.cached - counts.written
        cache = {"cacheReadInputTokens": counts.cached, "cacheWriteInputTokens": counts.written}
        return {"usage": {"inputTokens": fresh, "outputTokens": counts.completion, "totalTokens": counts.sum, **cache}}

    @staticmethod
    def _content(request: seen_request, how: behaviour, number: int) -> list[dict]:
        assert request.asked is not None
        blocks: list[dict] = []
        if how.reasoning:
            thought = {"text": how.reasoning, "signature": "c2lnbmVkIGJ5IHRoZSBmYWtl"}
            blocks.append({"reasoningContent": {"reasoningText": thought}})
        calls = how.calls_for(request.asked)
        for i, call in enumerate(calls):
            blocks.append(
                {"toolUse": {"toolUseId": f"tooluse_fake{number}x{i}", "name": call.name, "input": call.arguments}}
            )
        return blocks if calls else [*blocks, {"text": how.text}]

    def document(self, request: seen_request, how: behaviour, number: int) -> bytes:
        blocks = self._content(request, how, number)
        message = {"message": {"role": "assistant", "content": blocks}}
        tail = {"stopReason": _stop(blocks, how), **self._usage(how), "metrics": {"latencyMs": 12}}
        return json.dumps({"output": message, **tail}).encode()

    def events(self, request: seen_request, how: behaviour, number: int) -> Iterator[bytes]:
        blocks = self._content(request, how, number)
        yield event_stream.event("messageStart", {"role": "assistant"})
        for index, block in enumerate(blocks):
            at = {"contentBlockIndex": index}
            if "toolUse" in block:
                begun = {name: block["toolUse"][name] for name in ("toolUseId", "name")}
                yield event_stream.event("contentBlockStart", {"start": {"toolUse": begun}, **at})
            for delta in _deltas(block):
                yield event_stream.event("contentBlockDelta", {"delta": delta, **at})
            yield event_stream.event("contentBlockStop", at)
        yield event_stream.event("messageStop", {"stopReason": _stop(blocks, how)})
        yield event_stream.event("metadata", {**self._usage(how), "metrics": {"latencyMs": 12}})

    def error(self, status: int, message: str, how: behaviour) -> tuple[bytes, list[tuple[str, str]]]:
        kind = TYPES.get(status, "InternalServerException")
        return json.dumps({"message": message}).encode(), [
            ("x-amzn-ErrorType", f"{kind}:http://internal.amazon.com/coral/")
        ]

    def error_event(self, message: str, how: behaviour) -> bytes:
        return event_stream.exception("modelStreamErrorException", message)

    def garbage_event(self) -> bytes:
        good = event_stream.event("contentBlockDelta", {"delta": {"text": "x"}, "contentBlockIndex": 0})
        return good[:-1] + bytes([good[-1] ^ 0xFF])


def _stop(blocks: list[dict], how: behaviour) -> str:
    called = any("toolUse" in block for block in blocks)
    return "tool_use" if called else STOPS.get(how.finish_reason, how.finish_reason)


def _deltas(block: dict) -> list[dict]:
    if "text" in block:
        return [{"text": part} for part in pieces(block["text"])]
    if "toolUse" in block:
        return [{"toolUse": {"input": part}} for part in ["", *halves(json.dumps(block["toolUse"]["input"]))]]
    thought = block["reasoningContent"]["reasoningText"]
    words = [{"reasoningContent": {"text": part}} for part in pieces(thought["text"])]
    return [*words, {"reasoningContent": {"signature": thought["signature"]}}]
