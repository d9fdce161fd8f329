"""cohere for Python, its client of version 2."""

from __future__ import annotations

import base64
import json

import cohere
from cohere.core.api_error import ApiError

from support.sdk_clients.wish import made_call, outcome, wish

OPTIONS = {"max_retries": 0}


class python_cohere:
    name = "python cohere"
    errors = {
        0: "message-end",  # an event of the stream; the SDK hands it over and raises nothing
        400: "BadRequestError",
        401: "UnauthorizedError",
        403: "ForbiddenError",
        404: "NotFoundError",
        429: "TooManyRequestsError",
        500: "InternalServerError",
        502: "ApiError",
        503: "ServiceUnavailableError",
    }

    def __init__(self, url: str) -> None:
        self._sdk = cohere.ClientV2(api_key="unused", base_url=url, timeout=60)

    def ask(self, want: wish) -> outcome:
        try:
            return self._streamed(want) if want.stream else self._whole(want)
        except ApiError as raised:
            wait = (raised.headers or {}).get("retry-after", "")
            status = raised.status_code or 0
            return outcome(error=type(raised).__name__, status=status, message=str(raised), retry_after=wait)

    def _whole(self, want: wish) -> outcome:
        got = self._sdk.chat(**self._call(want), request_options=OPTIONS)
        message = got.message
        text = "".join(block.text for block in message.content or [] if block.type == "text")
        found = [(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or []]
        return self._outcome(text, found, got.finish_reason, got.usage, 0, message.tool_plan)

    def _streamed(self, want: wish) -> outcome:
        text, plan, count = "", "", 0
        found: dict[int, list[str]] = {}
        reason = usage = None
        for event in self._sdk.chat_stream(**self._call(want), request_options=OPTIONS):
            if event.type == "content-delta":
                count += 1
                text += event.delta.message.content.text or ""
            elif event.type == "tool-plan-delta":
                plan += event.delta.message.tool_plan
            elif event.type == "tool-call-start":
                call = event.delta.message.tool_calls
                found[event.index] = [call.id, call.function.name, call.function.arguments or ""]
            elif event.type == "tool-call-delta":
                found[event.index][2] += event.delta.message.tool_calls.function.arguments
            elif event.type == "message-end":
                reason, usage = event.delta.finish_reason, event.delta.usage
                if event.delta.error:
                    return outcome(error="message-end", message=event.delta.error)
        return self._outcome(text, [tuple(call) for call in found.values()], reason, usage, count, plan)  # type: ignore[misc]

    @staticmethod
    def _outcome(
        text: str, found: list[tuple], reason: object, usage: object, pieces: int, plan: str | None
    ) -> outcome:
        assert reason == ("TOOL_CALL" if found else "COMPLETE"), reason
        assert isinstance(usage, cohere.Usage) and usage.billed_units is not None, "no usage"
        calls = [made_call(call, name, json.loads(arguments)) for call, name, arguments in found]
        counts = (int(usage.billed_units.input_tokens or 0), int(usage.billed_units.output_tokens or 0))
        native: dict = {"role": "assistant", "tool_calls": []}
        if plan:
            native["tool_plan"] = plan
        for call, name, arguments in found:
            function = {"name": name, "arguments": arguments}
            native["tool_calls"].append({"id": call, "type": "function", "function": function})
        return outcome(text, calls, *counts, pieces, native)

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
            call["response_format"] = {"type": "json_object", "json_schema": want.schema}
        return call
