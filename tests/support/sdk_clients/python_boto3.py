"""boto3, bedrock-runtime: converse and converse_stream."""

from __future__ import annotations

import json
import os
from unittest.mock import patch

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from support.sdk_clients.wish import made_call, outcome, wish

# Nothing of the machine's own configuration, and no question to a metadata service.
ISOLATED = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


class python_boto3:
    name = "python boto3"
    errors = {
        0: "EventStreamError",
        400: "ValidationException",
        401: "AccessDeniedException",
        403: "AccessDeniedException",
        404: "ResourceNotFoundException",
        429: "ThrottlingException",
        500: "InternalServerException",
        502: "ServiceUnavailableException",
        503: "ServiceUnavailableException",
    }

    def __init__(self, url: str) -> None:
        config = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=60, proxies={})
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        with patch.dict(os.environ, {**kept, **ISOLATED}, clear=True):
            session = boto3.Session("AKIAFAKE", "not-a-secret", region_name="us-east-1")
            self._sdk = session.client("bedrock-runtime", endpoint_url=url, config=config)

    def ask(self, want: wish) -> outcome:
        try:
            if want.stream:
                return self._streamed(want)
            got = self._sdk.converse(**self._call(want))
            return self._outcome(got["output"]["message"]["content"], got["stopReason"], got["usage"], 0)
        except ClientError as raised:
            answer = raised.response.get("ResponseMetadata", {})
            wait = answer.get("HTTPHeaders", {}).get("retry-after", "")
            status = answer.get("HTTPStatusCode", 0)
            return outcome(error=type(raised).__name__, status=status, message=str(raised), retry_after=wait)
        except BotoCoreError as raised:
            return outcome(error=type(raised).__name__, message=str(raised))

    def _streamed(self, want: wish) -> outcome:
        blocks: dict[int, dict] = {}
        arguments: dict[int, str] = {}
        reason, usage, count = "", {}, 0
        for event in self._sdk.converse_stream(**self._call(want))["stream"]:
            kind, value = next(iter(event.items()))
            index = value.get("contentBlockIndex", 0)
            if kind == "contentBlockStart":
                blocks[index] = {"toolUse": dict(value["start"]["toolUse"])}
                arguments[index] = ""
            elif kind == "contentBlockDelta" and "text" in value["delta"]:
                count += 1
                blocks.setdefault(index, {"text": ""})["text"] += value["delta"]["text"]
            elif kind == "contentBlockDelta" and "toolUse" in value["delta"]:
                arguments[index] += value["delta"]["toolUse"]["input"]
            elif kind == "messageStop":
                reason = value["stopReason"]
            elif kind == "metadata":
                usage = value["usage"]
        for index, text in arguments.items():
            blocks[index]["toolUse"]["input"] = json.loads(text)
        return self._outcome(list(blocks.values()), reason, usage, count)

    @staticmethod
    def _outcome(blocks: list[dict], reason: str, usage: dict, pieces: int) -> outcome:
        text = "".join(block.get("text", "") for block in blocks)
        found = [block["toolUse"] for block in blocks if "toolUse" in block]
        calls = [made_call(use["toolUseId"], use["name"], use["input"]) for use in found]
        assert reason == ("tool_use" if calls else "end_turn"), reason
        given = usage["inputTokens"] + usage.get("cacheReadInputTokens", 0) + usage.get("cacheWriteInputTokens", 0)
        return outcome(text, calls, given, usage["outputTokens"], pieces, {"role": "assistant", "content": blocks})

    @staticmethod
    def _call(want: wish) -> dict:
        content: list = [{"text": want.prompt}]
        if want.picture:
            content.append({"image": {"format": "png", "source": {"bytes": want.picture}}})
        messages: list = [{"role": "user", "content": content}]
        for native, results in want.history:
            answers = [{"toolResult": {"toolUseId": call, "content": [{"text": text}]}} for call, _, text in results]
            messages += [native, {"role": "user", "content": answers}]
        config = {"temperature": want.temperature, "maxTokens": want.tokens_max}
        call: dict = {
            "modelId": want.model,
            "system": [{"text": want.system}],
            "messages": messages,
            "inferenceConfig": config,
        }
        if want.tools:
            specs = [
                {"name": t.name, "description": t.description, "inputSchema": {"json": t.parameters}}
                for t in want.tools
            ]
            call["toolConfig"] = {"tools": [{"toolSpec": spec} for spec in specs]}
        if want.schema:
            structure = {"jsonSchema": {"name": "answer", "schema": json.dumps(want.schema)}}
            call["outputConfig"] = {"textFormat": {"type": "json_schema", "structure": structure}}
        return call
