"""Requests of Bedrock's Converse."""

from __future__ import annotations

import json

from support.request_shapes.common import PNG, SCHEMA

USER = {"role": "user", "content": [{"text": "hi #m"}]}
TOOL = {
    "toolSpec": {
        "name": "f",
        "description": "d",
        "inputSchema": {"json": {"type": "object", "properties": {"x": {"type": "string"}}}},
    }
}


def use(of: str) -> dict:
    return {"toolUse": {"toolUseId": of, "name": "f", "input": {"x": "1"}}}


def result(of: str, content: list | None = None, **extra: object) -> dict:
    return {"toolResult": {"toolUseId": of, "content": content or [{"text": "r"}], **extra}}


SHAPES: dict[str, dict] = {
    "plain": {"messages": [USER]},
    "any": {"messages": [USER], "toolConfig": {"tools": [TOOL], "toolChoice": {"any": {}}}},
    "tool": {"messages": [USER], "toolConfig": {"tools": [TOOL], "toolChoice": {"tool": {"name": "f"}}}},
    "loop": {
        "messages": [
            USER,
            {"role": "assistant", "content": [{"text": "c"}, use("a"), use("b")]},
            {"role": "user", "content": [result("a"), result("b", [{"json": {"k": 1}}]), {"text": "and"}]},
        ],
        "toolConfig": {"tools": [TOOL]},
    },
    "loop_swapped": {
        "messages": [
            USER,
            {"role": "assistant", "content": [use("a"), use("b")]},
            {"role": "user", "content": [result("b"), result("a")]},
        ],
        "toolConfig": {"tools": [TOOL]},
    },
    "loop_ids": {
        "messages": [
            USER,
            {"role": "assistant", "content": [use("functions.f:0")]},
            {"role": "user", "content": [result("functions.f:0")]},
        ],
        "toolConfig": {"tools": [TOOL]},
    },
    "err": {
        "messages": [
            USER,
            {"role": "assistant", "content": [use("a")]},
            {"role": "user", "content": [result("a", status="error")]},
        ],
        "toolConfig": {"tools": [TOOL]},
    },
    "img": {
        "messages": [
            {"role": "user", "content": [{"image": {"format": "png", "source": {"bytes": PNG}}}, {"text": "#m"}]}
        ]
    },
    "imgres": {
        "messages": [
            USER,
            {"role": "assistant", "content": [use("a")]},
            {"role": "user", "content": [result("a", [{"image": {"format": "png", "source": {"bytes": PNG}}}])]},
        ],
        "toolConfig": {"tools": [TOOL]},
    },
    "doc": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"document": {"format": "pdf", "name": "d", "source": {"bytes": "JVBERi0="}}},
                    {"text": "#m"},
                ],
            }
        ]
    },
    "doctxt": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"document": {"format": "txt", "name": "d", "source": {"bytes": "aGVsbG8="}}},
                    {"text": "#m"},
                ],
            }
        ]
    },
    "cache": {
        "system": [{"text": "s"}, {"cachePoint": {"type": "default"}}],
        "messages": [{"role": "user", "content": [{"text": "hi #m"}, {"cachePoint": {"type": "default"}}]}],
    },
    "schema": {
        "messages": [USER],
        "outputConfig": {
            "textFormat": {
                "type": "json_schema",
                "structure": {"jsonSchema": {"name": "n", "schema": json.dumps(SCHEMA)}},
            }
        },
    },
    "amrf": {
        "messages": [USER],
        "additionalModelRequestFields": {"top_k": 5, "thinking": {"type": "enabled", "budget_tokens": 1024}},
        "inferenceConfig": {"maxTokens": 3000},
    },
    "reason": {
        "messages": [
            USER,
            {
                "role": "assistant",
                "content": [{"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}}, use("a")],
            },
            {"role": "user", "content": [result("a")]},
        ],
        "toolConfig": {"tools": [TOOL]},
    },
    "guard": {"messages": [USER], "guardrailConfig": {"guardrailIdentifier": "x", "guardrailVersion": "1"}},
    "meta": {"messages": [USER], "requestMetadata": {"a": "b"}, "performanceConfig": {"latency": "standard"}},
    "stop": {"messages": [USER], "inferenceConfig": {"stopSequences": ["E"], "topP": 0.9, "temperature": 0.3}},
}
