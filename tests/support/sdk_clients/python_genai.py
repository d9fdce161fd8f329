"""google-genai for Python."""

from __future__ import annotations

from google import genai
from google.genai import errors, types

from support.sdk_clients.wish import made_call, outcome, wish


class python_genai:
    name = "python google-genai"
    errors = {
        0: "ServerError",
        400: "ClientError",
        401: "ClientError",
        403: "ClientError",
        404: "ClientError",
        429: "ClientError",
        500: "ServerError",
        502: "ServerError",
        503: "ServerError",
    }

    def __init__(self, url: str) -> None:
        options = types.HttpOptions(base_url=url, timeout=60_000)
        self._sdk = genai.Client(api_key="unused", vertexai=False, http_options=options)

    def ask(self, want: wish) -> outcome:
        try:
            if want.stream:
                return self._streamed(want)
            got = self._sdk.models.generate_content(**self._call(want))
            candidate = got.candidates[0]
            return self._outcome(candidate.content.parts, candidate.finish_reason, got.usage_metadata, 0)
        except errors.APIError as raised:
            headers = getattr(raised.response, "headers", {})
            wait = headers.get("retry-after", "")
            return outcome(error=type(raised).__name__, status=raised.code, message=str(raised), retry_after=wait)

    def _streamed(self, want: wish) -> outcome:
        parts: list[types.Part] = []
        usage = reason = None
        count = 0
        for chunk in self._sdk.models.generate_content_stream(**self._call(want)):
            usage = chunk.usage_metadata or usage
            for candidate in chunk.candidates or []:
                reason = candidate.finish_reason or reason
                found = (candidate.content and candidate.content.parts) or []
                parts += found
                count += sum(part.text is not None for part in found)
        return self._outcome(parts, reason, usage, count)

    @staticmethod
    def _outcome(parts: list, reason: object, usage: object, pieces: int) -> outcome:
        assert reason == types.FinishReason.STOP, reason
        text = "".join(part.text or "" for part in parts if not part.thought)
        found = [part.function_call for part in parts if part.function_call]
        calls = [made_call(call.id or "", call.name, dict(call.args or {})) for call in found]
        assert isinstance(usage, types.GenerateContentResponseUsageMetadata), "no usage"
        output = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
        content = types.Content(role="model", parts=parts)
        return outcome(text, calls, usage.prompt_token_count or 0, output, pieces, content)

    @staticmethod
    def _call(want: wish) -> dict:
        parts = [types.Part.from_text(text=want.prompt)]
        if want.picture:
            parts.append(types.Part.from_bytes(data=want.picture, mime_type="image/png"))
        contents: list = [types.Content(role="user", parts=parts)]
        for native, results in want.history:
            answers = []
            for call, name, text in results:
                given = types.FunctionResponse(id=call or None, name=name, response={"output": text})
                answers.append(types.Part(function_response=given))
            contents += [native, types.Content(role="user", parts=answers)]
        config: dict = {
            "system_instruction": want.system,
            "temperature": want.temperature,
            "max_output_tokens": want.tokens_max,
        }
        if want.tools:
            declared = [
                types.FunctionDeclaration(name=t.name, description=t.description, parameters_json_schema=t.parameters)
                for t in want.tools
            ]
            config["tools"] = [types.Tool(function_declarations=declared)]
        if want.schema:
            config.update(response_mime_type="application/json", response_json_schema=want.schema)
        return {"model": want.model, "contents": contents, "config": types.GenerateContentConfig(**config)}
