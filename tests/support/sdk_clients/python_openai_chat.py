"""openai for Python, chat completions."""

from __future__ import annotations

import base64
import json

import openai

from support.sdk_clients.wish import made_call, outcome, wish

ERRORS = {
    0: "APIError",
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    429: "RateLimitError",
    500: "InternalServerError",
    502: "InternalServerError",
    503: "InternalServerError",
}
PARSED = {"function": {"parsed_arguments"}, "index": True}


class python_openai_chat:
    name = "python openai, chat"
    errors = ERRORS

    def __init__(self, url: str) -> None:
        self._sdk = openai.OpenAI(base_url=f"{url}/v1", api_key="unused", max_retries=0, timeout=60)

    def ask(self, want: wish) -> outcome:
        try:
            return self._streamed(want) if want.stream else self._whole(want)
        except openai.APIError as raised:
            return failed(raised)

    def _whole(self, want: wish) -> outcome:
        return self._outcome(self._sdk.chat.completions.create(**self._call(want)), 0)

    def _streamed(self, want: wish) -> outcome:
        options = {"include_usage": True}
        with self._sdk.chat.completions.stream(**self._call(want), stream_options=options) as stream:
            count = sum(event.type == "content.delta" for event in stream)
            return self._outcome(stream.get_final_completion(), count)

    @staticmethod
    def _outcome(got: openai.types.chat.ChatCompletion, pieces: int) -> outcome:
        message = got.choices[0].message
        calls = [made_call(c.id, c.function.name, json.loads(c.function.arguments)) for c in message.tool_calls or []]
        assert got.choices[0].finish_reason == ("tool_calls" if calls else "stop"), got.choices[0].finish_reason
        assert got.usage is not None, "no usage"
        counts = (got.usage.prompt_tokens, got.usage.completion_tokens)
        # What the SDK's stream adds to its answers is no field of the API.
        native = message.model_dump(exclude_none=True, exclude={"parsed": True, "tool_calls": {"__all__": PARSED}})
        return outcome(message.content or "", calls, *counts, pieces, native)

    @staticmethod
    def _call(want: wish) -> dict:
        content: object = want.prompt
        if want.picture:
            url = "data:image/png;base64," + base64.b64encode(want.picture).decode()
            content = [{"type": "text", "text": want.prompt}, {"type": "image_url", "image_url": {"url": url}}]
        messages: list = [{"role": "system", "content": want.system}, {"role": "user", "content": content}]
        for native, results in want.history:
            messages.append(native)
            messages += [{"role": "tool", "tool_call_id": call, "content": text} for call, _, text in results]
        call: dict = {
            "model": want.model,
            "messages": messages,
            "temperature": want.temperature,
            "max_tokens": want.tokens_max,
        }
        if want.tools:
            call["tools"] = [
                {
                    "type": "function",
                    "function": {"name": t.name, "description": t.description, "parameters": t.parameters},
                }
                for t in want.tools
            ]
        if want.schema:
            holder = {"name": "answer", "schema": want.schema, "strict": True}
            call["response_format"] = {"type": "json_schema", "json_schema": holder}
        return call


def failed(raised: openai.APIError) -> outcome:
    """What openai's SDK raised."""
    status = getattr(raised, "status_code", 0)
    headers = raised.response.headers if isinstance(raised, openai.APIStatusError) else {}
    wait = headers.get("retry-after", "")
    return outcome(error=type(raised).__name__, status=status, message=str(raised), retry_after=wait)
