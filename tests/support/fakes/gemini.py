"""Gemini: generateContent, streamGenerateContent, countTokens, embedContent, batchEmbedContents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

from support.fakes.asked import asked, picture, told_call, told_result
from support.fakes.openai_common import vector_of
from support.fakes.shape import (
    checked_picture,
    decoded,
    need_key,
    number_in,
    pieces,
    require,
    schema_object,
    shape,
    sse,
    strict_body,
)
from support.upstream_script import behaviour, refused, seen_request

TARGET = re.compile(r"^/v1(?:beta)?/models/(?P<model>[^/:]+):(?P<method>\w+)(?:\?(?P<query>.*))?$")
KNOWN = {
    "contents", "tools", "toolConfig", "safetySettings", "systemInstruction", "generationConfig", "cachedContent", "serviceTier",
    "labels", "store", "model",
}  # fmt: skip
CONFIG = {
    "stopSequences", "responseMimeType", "responseSchema", "responseJsonSchema", "responseModalities", "candidateCount",
    "maxOutputTokens", "temperature", "topP", "topK", "seed", "presencePenalty", "frequencyPenalty", "responseLogprobs",
    "logprobs", "thinkingConfig", "mediaResolution", "speechConfig", "imageConfig", "responseFormat",
}  # fmt: skip
PART = {
    "text",
    "thought",
    "thoughtSignature",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "mediaResolution",
}
STATUS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL", 503: "UNAVAILABLE",
}  # fmt: skip
FUNCTION = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$")
STOPS = {"stop": "STOP", "length": "MAX_TOKENS"}


def snake_to_camel(value: object) -> object:
    """Both spellings of a field are one to Google's parser; the members of schemas and arguments are not fields."""
    if isinstance(value, list):
        return [snake_to_camel(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    free = {"args", "response", "parameters", "parametersJsonSchema", "responseJsonSchema", "responseSchema"}
    camel = {re.sub(r"_([a-z])", lambda m: m[1].upper(), name): member for name, member in value.items()}
    return {name: member if name in free else snake_to_camel(member) for name, member in camel.items()}


def known(document: dict, allowed: set[str], where: str) -> None:
    unknown = sorted(set(document) - allowed)
    at = f" at '{where}'" if where else ""
    require(not unknown, f'Invalid JSON payload received. Unknown name "{", ".join(unknown)}"{at}: Cannot find field.')


class gemini(shape):
    name = "gemini"
    document_type = "application/json; charset=UTF-8"
    stream_type = "text/event-stream"
    words_401 = "API key not valid. Please pass a valid API key. Got {key}."

    @staticmethod
    def _target(request: seen_request) -> dict[str, str]:
        found = TARGET.match(request.target)
        return {} if found is None else {name: unquote(value or "") for name, value in found.groupdict().items()}

    def model_of(self, request: seen_request) -> str:
        return self._target(request).get("model", "")

    def wants_stream(self, request: seen_request) -> bool:
        return self._target(request).get("method") == "streamGenerateContent"

    def check(self, request: seen_request) -> asked | None:
        target = self._target(request)
        if "key=" not in target.get("query", ""):
            need_key(request, "x-goog-api-key")
        methods = ("generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents")
        require(target.get("method") in methods, f"{request.target} was not found on this server", 404)
        streamed = target["method"] == "streamGenerateContent"
        require(not streamed or "alt=sse" in target["query"], "this fake streams with alt=sse only")
        body = snake_to_camel(strict_body(request))
        assert isinstance(body, dict)
        if "mbed" in target["method"]:
            self._check_embedding(body, target["method"])
            return None
        if target["method"] == "countTokens":
            body = body.get("generateContentRequest", body)
        known(body, KNOWN, "")
        got = asked(target["model"], streamed)
        got.say(
            "system",
            "\n\n".join(part.get("text", "") for part in (body.get("systemInstruction") or {}).get("parts", [])),
        )
        self._read_tools(body, got)
        self._read_contents(body.get("contents"), got)
        self._read_config(body.get("generationConfig") or {}, got)
        return None if target["method"] == "countTokens" else got

    @staticmethod
    def _check_embedding(body: dict, method: str) -> None:
        for one in body.get("requests", []) if method == "batchEmbedContents" else [body]:
            known(
                one, {"model", "content", "taskType", "title", "outputDimensionality", "embedContentConfig"}, "requests"
            )
            words = [part.get("text") for part in one["content"]["parts"]]
            require(words and all(words), "content: contains no text")

    @staticmethod
    def _read_tools(body: dict, got: asked) -> None:
        for i, tool in enumerate(body.get("tools") or []):
            known(tool, {"functionDeclarations", "googleSearch", "codeExecution", "urlContext"}, f"tools[{i}]")
            for n, function in enumerate(tool.get("functionDeclarations", [])):
                where = f"tools[{i}].function_declarations[{n}]"
                known(
                    function,
                    {"name", "description", "parameters", "parametersJsonSchema", "response", "behavior"},
                    where,
                )
                require(FUNCTION.match(str(function.get("name"))), f"Invalid function name at {where}.name")
                both = "parameters" in function and "parametersJsonSchema" in function
                require(not both, f"{where}: parameters and parameters_json_schema are mutually exclusive")
                got.tools[function["name"]] = function.get("parametersJsonSchema") or function.get("parameters") or {}
        calling = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
        names = calling.get("allowedFunctionNames") or []
        require(not names or calling.get("mode") in ("ANY", "VALIDATED"), "allowed_function_names needs mode ANY")
        require(set(names) <= set(got.tools), f"allowed_function_names {names} are not declared")
        got.choice = names[0] if len(names) == 1 else calling.get("mode", "")

    def _read_contents(self, contents: object, got: asked) -> None:
        require(isinstance(contents, list) and contents, "* GenerateContentRequest.contents: contents is not specified")
        assert isinstance(contents, list)
        called: list[str] = []
        for i, content in enumerate(contents):
            known(content, {"role", "parts"}, f"contents[{i}]")
            role = {"user": "user", "model": "assistant", "function": "user", None: "user"}.get(content.get("role"))
            require(role, "Please use a valid role: user, model.")
            parts = content.get("parts")
            require(parts, f"* GenerateContentRequest.contents[{i}].parts: contents.parts must not be empty.")
            results = [part["functionResponse"]["name"] for part in parts if "functionResponse" in part]
            answers = sorted(results) == sorted(called)
            require(
                answers or not (called or results),
                "Please ensure that the number of function response parts is equal to the number of function call parts of "
                "the function call turn. function response turn comes immediately after a function call turn.",
            )
            called = [part["functionCall"]["name"] for part in parts if "functionCall" in part]
            require(not called or role == "assistant", "Please ensure that function call turn comes from the model.")
            require(not called or i > 0, "Please ensure that function call turn comes immediately after a user turn.")
            for n, part in enumerate(parts):
                self._read_part(part, str(role), f"contents[{i}].parts[{n}]", got)
            got.ends_with_results = bool(results)
        require(not called, "Please ensure that function response turn comes immediately after a function call turn.")

    @staticmethod
    def _read_part(part: dict, role: str, where: str, got: asked) -> None:
        known(part, PART, where)
        if "text" in part:
            if part.get("thought"):
                got.thoughts.append(part["text"])
            else:
                got.say(role, part["text"])
        elif "inlineData" in part:
            blob = part["inlineData"]
            known(blob, {"mimeType", "data"}, f"{where}.inline_data")
            if str(blob.get("mimeType")).startswith(("application/", "text/")):
                got.files.append(decoded(blob.get("data"), where, web=True))
                return
            got.pictures.append(
                checked_picture(
                    blob.get("mimeType"), decoded(blob.get("data"), where, web=True), f"{where}.inline_data"
                )
            )
        elif "fileData" in part:
            got.pictures.append(picture(url=part["fileData"]["fileUri"]))
        elif "functionCall" in part:
            call = part["functionCall"]
            known(call, {"id", "name", "args"}, f"{where}.function_call")
            got.calls.append(told_call(call.get("id", ""), call["name"], call.get("args") or {}))
        elif "functionResponse" in part:
            given = part["functionResponse"]
            known(
                given, {"id", "name", "response", "parts", "scheduling", "willContinue"}, f"{where}.function_response"
            )
            value = given["response"]
            require(isinstance(value, dict), f"Invalid value at '{where}.function_response.response' (Struct)")
            alone = value.get("output", value.get("result", value.get("error"))) if len(value) == 1 else None
            words = alone if isinstance(alone, str) else json.dumps(value)
            got.results.append(told_result(given.get("id", ""), words, given["name"], failed="error" in value))
        else:
            raise refused(
                400,
                f"* GenerateContentRequest.{where}.data: required oneof field 'data' must have one initialized field",
            )

    @staticmethod
    def _read_config(config: dict, got: asked) -> None:
        known(config, CONFIG, "generation_config")
        number_in(config, "temperature", 0, 2)
        number_in(config, "topP", 0, 1)
        kind = config.get("responseMimeType", "text/plain")
        schemas = [config[name] for name in ("responseJsonSchema", "responseSchema") if name in config]
        require(len(schemas) < 2, "Only one of response_schema and response_json_schema can be set.")
        structured = kind in ("application/json", "text/x.enum")
        require(not schemas or structured, "response_schema needs response_mime_type application/json")
        if kind == "application/json":
            got.schema = schema_object(schemas[0], "response_schema") if schemas else {}
        names = {"temperature": "temperature", "topP": "top_p", "topK": "top_k", "seed": "seed"}
        names.update({"maxOutputTokens": "tokens_max", "stopSequences": "stop"})
        got.sampling = {ours: config[theirs] for theirs, ours in names.items() if config.get(theirs) is not None}

    @staticmethod
    def _usage(how: behaviour) -> dict:
        if how.usage is None:
            return {}
        counts = how.usage
        found = {"promptTokenCount": counts.prompt, "candidatesTokenCount": counts.completion - counts.reasoning}
        found["totalTokenCount"] = counts.sum
        if counts.cached:
            found["cachedContentTokenCount"] = counts.cached
        if counts.reasoning:
            found["thoughtsTokenCount"] = counts.reasoning
        return {"usageMetadata": found}

    def _chunk(self, request: seen_request, how: behaviour, number: int, parts: list[dict], reason: str = "") -> dict:
        candidate: dict[str, object] = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if reason:
            candidate["finishReason"] = STOPS.get(reason, reason)
        tail = {"modelVersion": request.model, "responseId": f"fake{number}"}
        return {"candidates": [candidate], **self._usage(how), **tail}

    @staticmethod
    def _calls(request: seen_request, how: behaviour) -> list[dict]:
        assert request.asked is not None
        return [{"functionCall": {"name": call.name, "args": call.arguments}} for call in how.calls_for(request.asked)]

    def document(self, request: seen_request, how: behaviour, number: int) -> bytes:
        method = self._target(request)["method"]
        if method == "countTokens":
            return json.dumps({"totalTokens": how.usage.prompt if how.usage else 0}).encode()
        if method == "embedContent":
            return json.dumps({"embedding": {"values": vector_of(0)}}).encode()
        if method == "batchEmbedContents":
            count = len(request.json()["requests"])  # type: ignore[arg-type]
            return json.dumps({"embeddings": [{"values": vector_of(i)} for i in range(count)]}).encode()
        parts: list[dict] = [{"text": how.reasoning, "thought": True}] if how.reasoning else []
        parts += self._calls(request, how) or [{"text": how.text}]
        return json.dumps(self._chunk(request, how, number, parts, how.finish_reason), indent=2).encode()

    def events(self, request: seen_request, how: behaviour, number: int) -> Iterator[bytes]:
        parts = [{"text": part, "thought": True} for part in pieces(how.reasoning)]
        parts += self._calls(request, how) or [{"text": part} for part in pieces(how.text)]
        for n, part in enumerate(parts):
            reason = how.finish_reason if n + 1 == len(parts) else ""
            yield sse(self._chunk(request, how, number, [part], reason)).replace(b"\n\n", b"\r\n\r\n")

    def error(self, status: int, message: str, how: behaviour) -> tuple[bytes, list[tuple[str, str]]]:
        document = {"error": {"code": status, "message": message, "status": STATUS.get(status, "UNKNOWN")}}
        return json.dumps(document, indent=2).encode(), []

    def error_event(self, message: str, how: behaviour) -> bytes:
        return sse({"error": {"code": 503, "message": message, "status": "UNAVAILABLE"}})
