"""openai for Python, responses."""

from __future__ import annotations

import base64
import json

import openai

from support.sdk_clients.python_openai_chat import ERRORS, failed
from support.sdk_clients.wish import made_call, outcome, wish


class python_openai_responses:
    name = "python openai, responses"
    errors = ERRORS

    def __init__(self, url: str) -> None:
        self._sdk = openai.OpenAI(base_url=f"{url}/v1", api_key="unused", max_retries=0, timeout=60)

    def ask(self, want: wish) -> outcome:
        try:
            if not want.stream:
                return self._outcome(self._sdk.responses.create(**self._call(want)), 0)
            with self._sdk.responses.stream(**self._call(want)) as stream:
                count = sum(event.type == "response.output_text.delta" for event in stream)
                return self._outcome(stream.get_final_response(), count)
        except openai.APIError as raised:
            return failed(raised)

    @staticmethod
    def _outcome(got: openai.types.responses.Response, pieces: int) -> outcome:
        assert got.status == "completed", got.status
        items = [item for item in got.output if item.type == "function_call"]
        calls = [made_call(item.call_id, item.name, json.loads(item.arguments)) for item in items]
        assert got.usage is not None, "no usage"
        return outcome(got.output_text, calls, got.usage.input_tokens, got.usage.output_tokens, pieces, got.output)

    @staticmethod
    def _call(want: wish) -> dict:
        content: list = [{"type": "input_text", "text": want.prompt}]
        if want.picture:
            url = "data:image/png;base64," + base64.b64encode(want.picture).decode()
            content.append({"type": "input_image", "image_url": url, "detail": "auto"})
        items: list = [{"role": "user", "content": content}]
        for native, results in want.history:
            items += native  # type: ignore[operator]
            items += [{"type": "function_call_output", "call_id": call, "output": text} for call, _, text in results]
        call: dict = {"model": want.model, "instructions": want.system, "input": items, "temperature": want.temperature}
        call["max_output_tokens"] = want.tokens_max
        if want.tools:
            call["tools"] = [
                {
                    "type": "function",
                    "name": t.name,
                    "description": t.description,
                    "parameters": t.parameters,
                    "strict": False,
                }
                for t in want.tools
            ]
        if want.schema:
            form = {"type": "json_schema", "name": "answer", "schema": want.schema, "strict": True}
            call["text"] = {"format": form}
        return call
