"""The shortest question in every protocol that clients speak."""

from __future__ import annotations

from support.configurations import CHAT


def path_of(client: str, model: str, stream: bool) -> str:
    return {
        "openai": CHAT,
        "openai_responses": "/v1/responses",
        "anthropic": "/v1/messages",
        "gemini": f"/v1beta/models/{model}:" + ("streamGenerateContent?alt=sse" if stream else "generateContent"),
        "cohere": "/v2/chat",
        "bedrock": f"/model/{model}/converse" + ("-stream" if stream else ""),
    }[client]


def body_of(client: str, model: str, stream: bool, temperature: float = 0.5) -> dict:
    spoken = [{"role": "user", "content": "Say something."}]
    if client == "gemini":
        return {
            "contents": [{"role": "user", "parts": [{"text": "Say something."}]}],
            "generationConfig": {"temperature": temperature},
        }
    if client == "bedrock":
        return {
            "messages": [{"role": "user", "content": [{"text": "Say something."}]}],
            "inferenceConfig": {"temperature": temperature},
        }
    if client == "openai_responses":
        return {"model": model, "input": spoken, "stream": stream, "temperature": temperature}
    return {"model": model, "messages": spoken, "stream": stream, "max_tokens": 99, "temperature": temperature}
