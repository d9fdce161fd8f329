"""anthropic for Python."""

from __future__ import annotations

import base64

import anthropic

from support.sdk_clients.wish import made_call, outcome, wish


class python_anthropic:
    name = "python anthropic"
    errors = {
        0: "APIStatusError",
        400: "BadRequestError",
        401: "AuthenticationError",
        403: "PermissionDeniedError",
        404: "NotFoundError",
        429: "RateLimitError",
        500: "InternalServerError",
        502: "InternalServerError",
        503: "ServiceUnavailableError",
        529: "OverloadedError",
    }

    def __init__(self, url: str) -> None:
        self._sdk = anthropic.Anthropic(base_url=url, api_key="unused", max_retries=0, timeout=60)

    def ask(self, want: wish) -> outcome:
        try:
            if not want.stream:
                return self._outcome(self._sdk.messages.create(**self._call(want)), 0)
            with self._sdk.messages.stream(**self._call(want)) as stream:
                count = sum(event.type == "text" for event in stream)
                return self._outcome(stream.get_final_message(), count)
        except anthropic.APIError as raised:
            status = getattr(raised, "status_code", 0)
            headers = raised.response.headers if isinstance(raised, anthropic.APIStatusError) else {}
            wait = headers.get("retry-after", "")
            return outcome(error=type(raised).__name__, status=status, message=str(raised), retry_after=wait)

    @staticmethod
    def _outcome(got: anthropic.types.Message, pieces: int) -> outcome:
        text = "".join(block.text for block in got.content if block.type == "text")
        calls = [made_call(b.id, b.name, dict(b.input)) for b in got.content if b.type == "tool_use"]
        assert got.stop_reason == ("tool_use" if calls else "end_turn"), got.stop_reason
        usage = got.usage
        given = usage.input_tokens + (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
        return outcome(text, calls, given, usage.output_tokens, pieces, got.content)

    @staticmethod
    def _call(want: wish) -> dict:
        content: list = [{"type": "text", "text": want.prompt}]
        if want.picture:
            data = base64.b64encode(want.picture).decode()
            content.append({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}})
        messages: list = [{"role": "user", "content": content}]
        for native, results in want.history:
            messages.append({"role": "assistant", "content": native})
            answers = [{"type": "tool_result", "tool_use_id": call, "content": text} for call, _, text in results]
            messages.append({"role": "user", "content": answers})
        call: dict = {"model": want.model, "system": want.system, "messages": messages, "max_tokens": want.tokens_max}
        call["extra_body"] = {"temperature": want.temperature}  # the SDK has no argument for it any more, the API has
        if want.tools:
            call["tools"] = [
                {"name": t.name, "description": t.description, "input_schema": t.parameters} for t in want.tools
            ]
        if want.schema:
            call["output_config"] = {"format": {"type": "json_schema", "schema": want.schema}}
        return call
