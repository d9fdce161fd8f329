"""Cohere v2: chat and embed."""

from __future__ import annotations

import json
from collections.abc import Iterator

from support.fakes.asked import asked, told_call, told_result
from support.fakes.openai_common import vector_of
from support.fakes.shape import (
    CALL_NAME,
    halves,
    need_key,
    number_in,
    object_of,
    only,
    picture_of_url,
    pieces,
    require,
    schema_object,
    shape,
    sse,
    strict_body,
)
from support.upstream_script import behaviour, refused, seen_request

KNOWN = {
    "model", "messages", "tools", "strict_tools", "documents", "citation_options", "response_format", "safety_mode", "max_tokens",
    "stop_sequences", "temperature", "seed", "frequency_penalty", "presence_penalty", "k", "p", "logprobs", "tool_choice",
    "thinking", "priority", "stream",
}  # fmt: skip
EMBED = {
    "model", "texts", "images", "inputs", "input_type", "max_tokens", "output_dimension", "embedding_types", "truncate", "priority",
}  # fmt: skip
STOPS = {"stop": "COMPLETE", "length": "MAX_TOKENS"}


class cohere(shape):
    name = "cohere"
    words_401 = "invalid api token {key}"

    def check(self, request: seen_request) -> asked | None:
        need_key(request, "authorization", "Bearer ")
        body = strict_body(request)
        if request.target.endswith("/v2/embed"):
            self._check_embedding(body)
            return None
        require(request.target.endswith("/v2/chat"), "page not found", 404)
        unknown = sorted(set(body) - KNOWN)
        require(not unknown, f"unknown field: parameter '{', '.join(unknown)}' is not a valid field")
        require(isinstance(body.get("model"), str), "model is required")
        number_in(body, "temperature", 0, 2)
        number_in(body, "p", 0.01, 0.99)
        number_in(body, "k", 0, 500)
        got = asked(str(body["model"]), body.get("stream") is True)
        for i, tool in enumerate(body.get("tools") or []):
            function = tool["function"]
            only(function, {"name", "description", "parameters"}, f"tools[{i}].function")
            require(CALL_NAME.match(str(function.get("name"))), f"tools[{i}].function.name is not valid")
            require(isinstance(function.get("parameters"), dict), f"tools[{i}].function.parameters is required")
            got.tools[function["name"]] = function["parameters"]
        choice = body.get("tool_choice")
        require(choice in (None, "REQUIRED", "NONE"), f"tool_choice: {choice!r} is not REQUIRED or NONE")
        require(choice is None or got.tools, "tool_choice: tools must be given")
        got.choice = choice or ""
        self._read_messages(body.get("messages"), got)
        self._read_wishes(body, got)
        return got

    @staticmethod
    def _check_embedding(body: dict) -> None:
        only(body, EMBED, "embed")
        require(body.get("input_type"), "input_type is required")
        given = body.get("texts") or body.get("inputs")
        require(isinstance(given, list) and 0 < len(given) <= 96, "texts: from 1 to 96 are allowed")

    def _read_messages(self, messages: object, got: asked) -> None:
        require(isinstance(messages, list) and messages, "messages must not be empty")
        assert isinstance(messages, list)
        waiting: list[str] = []
        for i, message in enumerate(messages):
            role = message.get("role")
            where = f"messages[{i}]"
            allowed = {"role", "content", "tool_calls", "tool_plan", "citations", "tool_call_id"}
            only(message, allowed, where)
            require(role in ("system", "user", "assistant", "tool"), f"{where}.role: {role!r} is not valid")
            if role == "tool":
                require(message.get("tool_call_id") in waiting, f"{where}: tool_call_id does not match a tool call")
                waiting.remove(message["tool_call_id"])
                got.results.append(_result(message))
                continue
            require(not waiting, f"{where}: tool calls {waiting} have no tool message behind them")
            calls = message.get("tool_calls") or []
            require(calls or message.get("content"), f"{where}: must have content")
            require(not calls or role == "assistant", f"{where}: only assistants call tools")
            got.say(str(role), self._words(message.get("content") or "", where, got, str(role)))
            for n, call in enumerate(calls):
                function = call["function"]
                waiting.append(call["id"])
                got.calls.append(
                    told_call(
                        call["id"], function["name"], object_of(function["arguments"], f"{where}.tool_calls[{n}]")
                    )
                )
        require(not waiting, f"messages: tool calls {waiting} have no tool message behind them")
        require(messages[-1]["role"] in ("user", "tool"), "the last message must be of a user or a tool")
        got.ends_with_results = messages[-1]["role"] == "tool"

    @staticmethod
    def _words(content: object, where: str, got: asked, role: str) -> str:
        if isinstance(content, str):
            return content
        assert isinstance(content, list)
        words = []
        for n, part in enumerate(content):
            kind = part.get("type")
            if kind == "text":
                words.append(part["text"])
            elif kind == "image_url" and role == "user":
                got.pictures.append(picture_of_url(part["image_url"]["url"], f"{where}.content[{n}]"))
            elif kind == "thinking" and role == "assistant":
                got.thoughts.append(part["thinking"])
            else:
                raise refused(400, f"{where}.content[{n}].type: {kind!r} is not valid for {role}")
        return "".join(words)

    @staticmethod
    def _read_wishes(body: dict, got: asked) -> None:
        form = body.get("response_format") or {"type": "text"}
        only(form, {"type", "json_schema", "schema"}, "response_format")
        require(form.get("type") in ("text", "json_object"), f"response_format.type: {form.get('type')!r} is not valid")
        if form["type"] == "json_object":
            require(not got.tools, "response_format: json_object cannot be used with tools")
            schema = form.get("json_schema", form.get("schema"))
            got.schema = {} if schema is None else schema_object(schema, "response_format.json_schema")
            require(
                schema is None or schema.get("type") == "object", "response_format: the schema's root must be an object"
            )
        names = {"temperature": "temperature", "p": "top_p", "k": "top_k", "seed": "seed", "max_tokens": "tokens_max"}
        names["stop_sequences"] = "stop"
        got.sampling = {ours: body[theirs] for theirs, ours in names.items() if body.get(theirs) is not None}

    @staticmethod
    def _usage(how: behaviour) -> dict:
        if how.usage is None:
            return {}
        counts = how.usage
        billed = {"input_tokens": counts.prompt, "output_tokens": counts.completion}
        tokens = {"input_tokens": counts.prompt + 60, "output_tokens": counts.completion + 2}
        return {"usage": {"billed_units": billed, "tokens": tokens, "cached_tokens": counts.cached}}

    @staticmethod
    def _calls(request: seen_request, how: behaviour, number: int) -> list[dict]:
        assert request.asked is not None
        found = []
        for i, call in enumerate(how.calls_for(request.asked)):
            function = {"name": call.name, "arguments": json.dumps(call.arguments)}
            found.append({"id": f"{call.name}_fake{number}x{i}", "type": "function", "function": function})
        return found

    def document(self, request: seen_request, how: behaviour, number: int) -> bytes:
        if request.target.endswith("/v2/embed"):
            return _embeddings(request, how)
        calls = self._calls(request, how, number)
        blocks = [{"type": "thinking", "thinking": how.reasoning}] if how.reasoning else []
        message: dict[str, object] = {"role": "assistant"}
        if calls:
            message.update(tool_plan="I will call these tools.", tool_calls=calls)
        else:
            message["content"] = [*blocks, {"type": "text", "text": how.text}]
        reason = "TOOL_CALL" if calls else STOPS.get(how.finish_reason, how.finish_reason)
        return json.dumps(
            {"id": f"fake-{number}", "message": message, "finish_reason": reason, **self._usage(how)}
        ).encode()

    def events(self, request: seen_request, how: behaviour, number: int) -> Iterator[bytes]:
        calls = self._calls(request, how, number)
        start = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
        yield _event("message-start", id=f"fake-{number}", delta={"message": start})
        if calls:
            for part in pieces("I will call these tools."):
                yield _event("tool-plan-delta", delta={"message": {"tool_plan": part}})
        for index, call in enumerate(calls):
            begun = {**call, "function": {**call["function"], "arguments": ""}}
            yield _event("tool-call-start", index=index, delta={"message": {"tool_calls": begun}})
            for part in halves(call["function"]["arguments"]):
                yield _event(
                    "tool-call-delta", index=index, delta={"message": {"tool_calls": {"function": {"arguments": part}}}}
                )
            yield _event("tool-call-end", index=index)
        blocks = [("thinking", how.reasoning)] if how.reasoning else []
        blocks += [] if calls else [("text", how.text)]
        for index, (kind, words) in enumerate(blocks):
            yield _event("content-start", index=index, delta={"message": {"content": {"type": kind, kind: ""}}})
            for part in pieces(words):
                yield _event("content-delta", index=index, delta={"message": {"content": {kind: part}}})
            yield _event("content-end", index=index)
        reason = "TOOL_CALL" if calls else STOPS.get(how.finish_reason, how.finish_reason)
        yield _event("message-end", delta={"finish_reason": reason, **self._usage(how)})
        yield b"data: [DONE]\n\n"

    def error(self, status: int, message: str, how: behaviour) -> tuple[bytes, list[tuple[str, str]]]:
        return json.dumps({"id": "fake-error", "message": message}).encode(), []

    def error_event(self, message: str, how: behaviour) -> bytes:
        return _event("message-end", delta={"finish_reason": "ERROR", "error": message})


def _result(message: dict) -> told_result:
    content = message.get("content")
    if isinstance(content, str):
        return told_result(message["tool_call_id"], content)
    words, failed = [], False
    for part in content or []:
        if part.get("type") == "document":
            data = part["document"]["data"]
            alone = data if isinstance(data, str) else next(iter(data.values())) if len(data) == 1 else None
            failed = failed or (isinstance(data, dict) and set(data) == {"error"})
            words.append(alone if isinstance(alone, str) else json.dumps(data))
        else:
            words.append(part["text"])
    return told_result(message["tool_call_id"], "".join(words), failed=failed)


def _embeddings(request: seen_request, how: behaviour) -> bytes:
    body = request.json()
    given = body.get("texts") or [entry["content"][0]["text"] for entry in body["inputs"]]  # type: ignore[union-attr,index,attr-defined]
    vectors = {"float": [vector_of(i) for i in range(len(given))]}  # type: ignore[arg-type]
    tokens = {"billed_units": {"input_tokens": how.usage.prompt if how.usage else 0}}
    head = {"id": "fake-embed", "response_type": "embeddings_by_type"}
    return json.dumps({**head, "embeddings": vectors, "texts": given, "meta": tokens}).encode()


def _event(kind: str, **fields: object) -> bytes:
    return sse({"type": kind, **fields}, kind)
