"""OpenAI's Responses API."""

from __future__ import annotations

import json
from collections.abc import Iterator

from support.fakes.asked import asked, told_call, told_result
from support.fakes.openai_chat import named
from support.fakes.openai_common import check_format, error_document, sampling_of
from support.fakes.shape import (
    CALL_NAME,
    decoded,
    halves,
    need_key,
    number_in,
    only,
    picture_of_url,
    pieces,
    require,
    shape,
    spoken_arguments,
    sse,
    strict_body,
)
from support.upstream_script import behaviour, refused, seen_request

KNOWN = {
    "background", "conversation", "include", "input", "instructions", "max_output_tokens", "max_tool_calls", "metadata", "model",
    "moderation", "parallel_tool_calls", "previous_response_id", "prompt", "prompt_cache_key", "prompt_cache_options",
    "prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store", "stream", "stream_options",
    "temperature", "text", "tool_choice", "tools", "top_logprobs", "top_p", "truncation", "user",
}  # fmt: skip
TOOLS = ("function", "custom", "web_search", "file_search", "code_interpreter", "image_generation", "mcp")


class openai_responses(shape):
    name = "openai_responses"
    words_401 = (
        "Incorrect API key provided: {key}. You can find your API key at https://platform.openai.com/account/api-keys."
    )

    def check(self, request: seen_request) -> asked | None:
        need_key(request, "authorization", "Bearer ")
        require(request.target.endswith("/v1/responses"), f"Invalid URL ({request.method} {request.target})", 404)
        body = strict_body(request)
        unknown = sorted(set(body) - KNOWN)
        require(not unknown, f"Unknown parameter: {', '.join(map(repr, unknown))}.")
        require(isinstance(body.get("model"), str), "Missing required parameter: 'model'.")
        number_in(body, "temperature", 0, 2)
        number_in(body, "top_p", 0, 1)
        number_in(body, "max_output_tokens", 16, 1 << 30)
        got = asked(str(body["model"]), body.get("stream") is True)
        got.say("system", body.get("instructions") or "")
        self._read_tools(body, got)
        given = body.get("input")
        if isinstance(given, str):
            got.say("user", given)
        else:
            self._read_items(given, got)
        text = body.get("text") or {}
        only(text, {"format", "verbosity"}, "text")
        form = text.get("format") or {"type": "text"}
        got.schema = check_format(form, form, "text.format")
        got.sampling = sampling_of(body)
        return got

    @staticmethod
    def _read_tools(body: dict, got: asked) -> None:
        for i, tool in enumerate(body.get("tools") or []):
            require(tool.get("type") in TOOLS, f"Invalid value for 'tools[{i}].type': {tool.get('type')!r}")
            if tool["type"] != "function":
                got.tools[tool.get("name", tool["type"])] = {}
                continue
            only(tool, {"type", "name", "description", "parameters", "strict"}, f"tools[{i}]")
            require(CALL_NAME.match(str(tool.get("name"))), f"Missing required parameter: 'tools[{i}].name'.")
            require("parameters" in tool, f"Missing required parameter: 'tools[{i}].parameters'.")
            got.tools[tool["name"]] = tool["parameters"] or {}
        choice = body.get("tool_choice")
        got.choice = choice.get("name", "") if isinstance(choice, dict) else str(choice or "")

    def _read_items(self, items: object, got: asked) -> None:
        require(isinstance(items, list) and items, "Missing required parameter: 'input'.")
        assert isinstance(items, list)
        open_calls: dict[str, str] = {}
        for i, item in enumerate(items):
            kind = item.get("type", "message")
            if kind == "message":
                got.say(*self._message(item, f"input[{i}]", got))
            elif kind == "function_call":
                only(item, {"type", "id", "call_id", "name", "arguments", "status", "namespace"}, f"input[{i}]")
                open_calls[item["call_id"]] = item["name"]
                arguments = spoken_arguments(item["arguments"], f"input[{i}].arguments")
                got.calls.append(told_call(item["call_id"], item["name"], arguments))
            elif kind == "function_call_output":
                only(item, {"type", "id", "call_id", "output", "status"}, f"input[{i}]")
                known = open_calls.pop(item.get("call_id"), None)
                require(known, f"No tool call found for function call output with call_id {item.get('call_id')}.")
                output = item["output"]
                words = output if isinstance(output, str) else self._output_words(output, got)
                got.results.append(told_result(item["call_id"], words, str(known)))
            elif kind == "reasoning":
                got.thoughts.append("".join(part["text"] for part in item.get("summary", [])))
            else:
                raise refused(400, f"Invalid value for 'input[{i}].type': {kind!r}")
        require(not open_calls, f"No tool output found for function call {', '.join(open_calls)}.")
        got.ends_with_results = items[-1].get("type") == "function_call_output"

    @staticmethod
    def _output_words(parts: list, got: asked) -> str:
        """The texts of a tool's output; its images and files are noted."""
        for part in parts:
            if part["type"] == "input_image":
                got.pictures.append(picture_of_url(part["image_url"], "output.image_url"))
            elif part["type"] == "input_file":
                got.files.append(decoded(part["file_data"].partition(",")[2], "output.file_data"))
        return "".join(part["text"] for part in parts if part["type"] == "input_text")

    @staticmethod
    def _message(item: dict, where: str, got: asked) -> tuple[str, str]:
        role = item.get("role")
        require(role in ("user", "assistant", "system", "developer"), f"Invalid value for '{where}.role': {role!r}")
        only(item, {"type", "role", "content", "id", "status", "phase"}, where)
        content = item.get("content")
        words = []
        for n, part in enumerate(
            [{"type": "input_text", "text": content}] if isinstance(content, str) else content or []
        ):
            kind = part.get("type")
            spoken = isinstance(content, str) or kind == ("output_text" if role == "assistant" else "input_text")
            if spoken:
                words.append(part["text"])
            elif kind == "refusal" and role == "assistant":
                words.append(part["refusal"])
            elif kind == "input_file" and role == "user":
                got.files.append(decoded(part["file_data"].partition(",")[2], where))
            elif kind == "input_image" and role == "user":
                got.pictures.append(picture_of_url(part.get("image_url"), f"{where}.content[{n}].image_url"))
            else:
                raise refused(400, f"Invalid value for '{where}.content[{n}].type': {kind!r} in a message of {role}")
        return ("system" if role == "developer" else str(role)), "".join(words)

    def _items(self, request: seen_request, how: behaviour, number: int) -> list[dict]:
        got = request.asked
        assert got is not None
        items: list[dict] = []
        if how.reasoning:
            summary = [{"type": "summary_text", "text": how.reasoning}]
            items.append({"id": f"rs_fake{number}", "type": "reasoning", "summary": summary})
        calls = how.calls_for(got)
        for i, (call_id, call) in enumerate(named(calls, number)):
            fields = {"call_id": call_id, "name": call.name, "arguments": json.dumps(call.arguments)}
            items.append({"id": f"fc_fake{number}x{i}", "type": "function_call", "status": "completed", **fields})
        if not calls:
            part = {"type": "output_text", "text": how.text, "annotations": [], "logprobs": []}
            items.append(
                {
                    "id": f"msg_fake{number}",
                    "type": "message",
                    "status": "completed",
                    "role": "assistant",
                    "content": [part],
                }
            )
        return items

    @staticmethod
    def _response(request: seen_request, how: behaviour, number: int, status: str, items: list[dict]) -> dict:
        cut = status == "completed" and how.finish_reason == "length"
        usage = None
        if how.usage and status == "completed":
            counts = how.usage
            usage = {
                "input_tokens": counts.prompt,
                "input_tokens_details": {"cached_tokens": counts.cached},
                "output_tokens": counts.completion,
                "output_tokens_details": {"reasoning_tokens": counts.reasoning},
                "total_tokens": counts.sum,
            }
        return {
            "id": f"resp_fake{number}", "object": "response", "created_at": 1_755_000_000,
            "status": "incomplete" if cut else status, "background": False, "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if cut else None, "instructions": None,
            "max_output_tokens": None, "model": request.model, "output": items, "parallel_tool_calls": True,
            "previous_response_id": None, "reasoning": {"effort": None, "summary": None}, "store": False, "temperature": 1.0,
            "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": 1.0, "truncation": "disabled",
            "usage": usage, "user": None, "metadata": {},
        }  # fmt: skip

    def document(self, request: seen_request, how: behaviour, number: int) -> bytes:
        items = self._items(request, how, number)
        return json.dumps(self._response(request, how, number, "completed", items), indent=2).encode()

    def events(self, request: seen_request, how: behaviour, number: int) -> Iterator[bytes]:
        sequence = 0

        def event(kind: str, **fields: object) -> bytes:
            nonlocal sequence
            sequence += 1
            return sse({"type": kind, "sequence_number": sequence - 1, **fields}, kind)

        begun = self._response(request, how, number, "in_progress", [])
        yield event("response.created", response=begun)
        yield event("response.in_progress", response=begun)
        items = self._items(request, how, number)
        for index, item in enumerate(items):
            for kind, fields in _item_events(item):
                yield event(kind, output_index=index, **fields)
        whole = self._response(request, how, number, "completed", items)
        yield event(f"response.{whole['status']}", response=whole)

    def error(self, status: int, message: str, how: behaviour) -> tuple[bytes, list[tuple[str, str]]]:
        return error_document(status, message), []

    def error_event(self, message: str, how: behaviour) -> bytes:
        why = {"type": "server_error", "code": "server_error", "message": message, "param": None}
        event = {"type": "error", "sequence_number": 9, "error": why}  # the form that the official SDKs raise for
        return sse(event, "error")


def _item_events(item: dict) -> Iterator[tuple[str, dict]]:
    """The events of one output item, in OpenAI's order."""
    at = {"item_id": item["id"]}
    kind = item["type"]
    if kind == "function_call":
        yield "response.output_item.added", {"item": {**item, "status": "in_progress", "arguments": ""}}
        for part in halves(item["arguments"]):
            yield "response.function_call_arguments.delta", {**at, "delta": part}
        yield "response.function_call_arguments.done", {**at, "name": item["name"], "arguments": item["arguments"]}
    elif kind == "reasoning":
        yield "response.output_item.added", {"item": {**item, "summary": []}}
        for n, part in enumerate(item["summary"]):
            place = {**at, "summary_index": n}
            yield "response.reasoning_summary_part.added", {**place, "part": {**part, "text": ""}}
            for word in pieces(part["text"]):
                yield "response.reasoning_summary_text.delta", {**place, "delta": word}
            yield "response.reasoning_summary_text.done", {**place, "text": part["text"]}
            yield "response.reasoning_summary_part.done", {**place, "part": part}
    else:
        yield "response.output_item.added", {"item": {**item, "status": "in_progress", "content": []}}
        for n, part in enumerate(item["content"]):
            place = {**at, "content_index": n}
            yield "response.content_part.added", {**place, "part": {**part, "text": ""}}
            for word in pieces(part["text"]):
                yield "response.output_text.delta", {**place, "delta": word, "logprobs": []}
            yield "response.output_text.done", {**place, "text": part["text"], "logprobs": []}
            yield "response.content_part.done", {**place, "part": part}
    yield "response.output_item.done", {"item": item}
