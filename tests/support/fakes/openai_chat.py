"""OpenAI Chat Completions, /v1/models and /v1/embeddings, as strict as OpenAI itself."""

from __future__ import annotations

import json
from collections.abc import Iterator

from support import openai_bodies
from support.fakes.asked import asked, told_call, told_result
from support.fakes.openai_common import (
    MODELS,
    check_format,
    embeddings,
    error_document,
    sampling_of,
)
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
from support.upstream_script import behaviour, seen_request

KNOWN = {
    "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens",
    "messages", "metadata", "modalities", "model", "moderation", "n", "parallel_tool_calls", "prediction", "presence_penalty",
    "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "reasoning_effort", "response_format",
    "safety_identifier", "seed", "service_tier", "stop", "store", "stream", "stream_options", "temperature", "tool_choice",
    "tools", "top_logprobs", "top_p", "user", "verbosity", "web_search_options",
}  # fmt: skip
MESSAGE = {"role", "content", "name", "tool_calls", "tool_call_id", "refusal", "audio", "function_call", "annotations"}


class openai_chat(shape):
    name = "openai"
    words_401 = (
        "Incorrect API key provided: {key}. You can find your API key at https://platform.openai.com/account/api-keys."
    )

    def check(self, request: seen_request) -> asked | None:
        need_key(request, "authorization", "Bearer ")
        if request.target.endswith("/models"):
            return None
        body = strict_body(request)
        if request.target.endswith("/embeddings"):
            embeddings.check(body)
            return None
        require(request.target.endswith("/chat/completions"), f"Invalid URL ({request.method} {request.target})", 404)
        require(isinstance(body.get("model"), str) and body["model"], "you must provide a model parameter")
        unknown = sorted(set(body) - KNOWN)
        require(not unknown, f"Unrecognized request argument supplied: {', '.join(unknown)}")
        number_in(body, "temperature", 0, 2)
        number_in(body, "top_p", 0, 1)
        both = body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None
        require(not both, "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
        require(
            "stream_options" not in body or body.get("stream"),
            "'stream_options' is only allowed when 'stream' is enabled.",
        )
        got = asked(str(body["model"]), body.get("stream") is True)
        got.wants_usage = not got.stream or (body.get("stream_options") or {}).get("include_usage") is True
        self._read_tools(body, got)
        self._read_messages(body.get("messages"), got)
        form = body.get("response_format") or {"type": "text"}
        got.schema = check_format(form, form.get("json_schema"), "response_format")
        got.sampling = sampling_of(body)
        return got

    @staticmethod
    def _read_tools(body: dict, got: asked) -> None:
        for i, tool in enumerate(body.get("tools") or []):
            require(tool.get("type") == "function", f"tools[{i}].type: unsupported value {tool.get('type')!r}")
            function = tool["function"]
            only(function, {"name", "description", "parameters", "strict"}, f"tools[{i}].function")
            require(CALL_NAME.match(str(function.get("name"))), f"Invalid 'tools[{i}].function.name'")
            got.tools[function["name"]] = function.get("parameters") or {}
        choice = body.get("tool_choice")
        require(choice is None or got.tools, "'tool_choice' is only allowed when 'tools' are specified.")
        require(
            "parallel_tool_calls" not in body or got.tools,
            "'parallel_tool_calls' is only allowed when 'tools' are specified.",
        )
        got.choice = choice["function"]["name"] if isinstance(choice, dict) else str(choice or "")

    def _read_messages(self, messages: object, got: asked) -> None:
        require(isinstance(messages, list) and messages, "[] is too short - 'messages'")
        assert isinstance(messages, list)
        open_calls: set[str] = set()
        for i, message in enumerate(messages):
            where = f"messages[{i}]"
            only(message, MESSAGE, where)
            role = message.get("role")
            require(
                role in ("system", "developer", "user", "assistant", "tool"), f"{where}.role: invalid value {role!r}"
            )
            if role == "tool":
                known = message.get("tool_call_id") in open_calls
                require(known, "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.")
                open_calls.discard(message["tool_call_id"])
                got.results.append(
                    told_result(message["tool_call_id"], self._words(message.get("content"), where, got, role))
                )
                continue
            require(
                not open_calls,
                f"An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                f"'tool_call_id'. The following tool_call_ids did not have response messages: {sorted(open_calls)}",
            )
            calls = message.get("tool_calls") or []
            require(
                message.get("content") is not None or calls or message.get("refusal"),
                f"{where}.content: expected a string, got null",
            )
            words = self._words(message.get("content"), where, got, str(role))
            got.say("system" if role == "developer" else str(role), words)
            for n, call in enumerate(calls):
                function = call["function"]
                open_calls.add(call["id"])
                arguments = spoken_arguments(function["arguments"], f"{where}.tool_calls[{n}].function.arguments")
                got.calls.append(told_call(call["id"], function["name"], arguments))
        require(not open_calls, f"tool_call_ids did not have response messages: {sorted(open_calls)}")
        got.ends_with_results = messages[-1].get("role") == "tool"

    @staticmethod
    def _words(content: object, where: str, got: asked, role: str) -> str:
        if content is None or isinstance(content, str):
            return content or ""
        require(isinstance(content, list) and content, f"{where}.content: must be a string or a list of parts")
        assert isinstance(content, list)
        words = []
        for n, part in enumerate(content):
            at = f"{where}.content[{n}]"
            kind = part.get("type")
            if kind in ("text", "refusal"):
                words.append(part[kind])
            elif kind == "image_url" and role == "user":
                got.pictures.append(picture_of_url(part["image_url"]["url"], f"{at}.image_url.url"))
            elif kind == "file" and role == "user":
                got.files.append(decoded(part["file"]["file_data"].partition(",")[2], at))
            else:
                require(False, f"{at}.type: invalid value {kind!r} in a message of {role}")
        return "".join(words)

    def document(self, request: seen_request, how: behaviour, number: int) -> bytes:
        if request.target.endswith("/models"):
            return openai_bodies.models(MODELS)
        if request.target.endswith("/embeddings"):
            return embeddings.document(request, how)
        got = request.asked
        assert got is not None
        calls = how.calls_for(got)
        message: dict[str, object] = {
            "role": "assistant",
            "content": None if calls else how.text,
            "refusal": None,
            "annotations": [],
        }
        if calls:
            message["tool_calls"] = [
                _call(call_id, call.name, json.dumps(call.arguments)) for call_id, call in named(calls, number)
            ]
        reason = "tool_calls" if calls else how.finish_reason
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        usage = {"usage": how.usage.document()} if how.usage else {}
        head = {
            "id": f"chatcmpl-fake{number}",
            "object": "chat.completion",
            "created": 1_755_000_000,
            "model": got.model,
        }
        return json.dumps({**head, "choices": [choice], **usage, "service_tier": "default"}).encode()

    def events(self, request: seen_request, how: behaviour, number: int) -> Iterator[bytes]:
        got = request.asked
        assert got is not None
        head = {
            "id": f"chatcmpl-fake{number}",
            "object": "chat.completion.chunk",
            "created": 1_755_000_000,
            "model": got.model,
        }

        def chunk(delta: dict, reason: str | None = None) -> bytes:
            usage = {"usage": None} if got.wants_usage else {}
            return sse(
                {**head, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}], **usage}
            )

        calls = how.calls_for(got)
        yield chunk({"role": "assistant", "content": None if calls else "", "refusal": None})
        for i, (call_id, call) in enumerate(named(calls, number)):
            yield chunk({"tool_calls": [{"index": i, **_call(call_id, call.name, "")}]})
            for part in halves(json.dumps(call.arguments)):
                yield chunk({"tool_calls": [{"index": i, "function": {"arguments": part}}]})
        for part in [] if calls else pieces(how.text):
            yield chunk({"content": part})
        yield chunk({}, "tool_calls" if calls else how.finish_reason)
        if got.wants_usage and how.usage:
            yield sse({**head, "choices": [], "usage": how.usage.document()})
        yield b"data: [DONE]\n\n"

    def error(self, status: int, message: str, how: behaviour) -> tuple[bytes, list[tuple[str, str]]]:
        return error_document(status, message), []

    def error_event(self, message: str, how: behaviour) -> bytes:
        return sse(json.loads(error_document(500, message)))


def named(calls: tuple, number: int) -> list[tuple[str, object]]:
    """Each call with an id of its own."""
    return [(f"call_fake{number}x{i}", call) for i, call in enumerate(calls)]


def _call(call_id: str, name: str, arguments: str) -> dict:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
