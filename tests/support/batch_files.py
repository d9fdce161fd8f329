"""Files and batches of the gateway under test, through the official OpenAI SDK."""

from __future__ import annotations

import json
import time

import openai

from support.gateway_process import gateway_process

CHAT = "/v1/chat/completions"
OVER = {"failed", "completed", "expired", "cancelled"}


def sdk(gateway: gateway_process, tenant: str = "") -> openai.OpenAI:
    headers = {"x-inferenceflow-tenant": tenant} if tenant else {}
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="unused", default_headers=headers, max_retries=0)


def chat_line(custom_id: str, model: str, content: str = "", **extra: object) -> dict:
    body = {"model": model, "messages": [{"role": "user", "content": content or custom_id}], **extra}
    return {"custom_id": custom_id, "method": "POST", "url": CHAT, "body": body}


def jsonl(lines: list[dict]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def send(client: openai.OpenAI, content: bytes, name: str = "in.jsonl") -> openai.types.FileObject:
    return client.files.create(file=(name, content), purpose="batch")


def begin(client: openai.OpenAI, lines: list[dict], window: str = "24h", endpoint: str = CHAT, **extra: object) -> openai.types.Batch:
    file = send(client, jsonl(lines))
    return client.batches.create(
        input_file_id=file.id,
        endpoint=endpoint,
        completion_window=window,
        **extra,  # type: ignore[arg-type]
    )


def wait_over(client: openai.OpenAI, batch_id: str, timeout_s: float = 30.0) -> openai.types.Batch:
    """The batch once nothing changes any more."""
    deadline = time.monotonic() + timeout_s
    while (batch := client.batches.retrieve(batch_id)).status not in OVER:
        if time.monotonic() > deadline:
            raise AssertionError(f"still {batch.status} after {timeout_s} s: {batch.request_counts}")
        time.sleep(0.02)
    return batch


def content(client: openai.OpenAI, file_id: str | None) -> list[dict]:
    """The lines of an output or error file; none when there is no file."""
    return [json.loads(line) for line in client.files.content(file_id).text.splitlines()] if file_id else []
