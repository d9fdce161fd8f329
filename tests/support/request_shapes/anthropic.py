"""Requests of Anthropic's format."""

from __future__ import annotations

from support.fakes.anthropic import signature_of
from support.request_shapes.common import PNG, SCHEMA

USER = {"role": "user", "content": "hi #m"}
TOOL = {
    "name": "f",
    "description": "d",
    "input_schema": {"type": "object", "properties": {"x": {"type": "string"}}},
}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}


def use(of: str, name: str = "f") -> dict:
    return {"type": "tool_use", "id": of, "name": name, "input": {"x": "1"}}


def res(of: str, content: object = "r", **extra: object) -> dict:
    return {"type": "tool_result", "tool_use_id": of, "content": content, **extra}


SHAPES: dict[str, dict] = {
    "plain": {"messages": [USER]},
    "sys_blocks": {
        "system": [
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "b"},
        ],
        "messages": [USER],
    },
    "any": {"messages": [USER], "tools": [TOOL], "tool_choice": {"type": "any"}},
    "tool": {"messages": [USER], "tools": [TOOL], "tool_choice": {"type": "tool", "name": "f"}},
    "noparallel": {
        "messages": [USER],
        "tools": [TOOL],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
    },
    "none": {"messages": [USER], "tools": [TOOL], "tool_choice": {"type": "none"}},
    "loop": {
        "messages": [
            USER,
            {"role": "assistant", "content": [{"type": "text", "text": "I call"}, use("t1"), use("t2")]},
            {
                "role": "user",
                "content": [res("t1"), res("t2", [{"type": "text", "text": "p"}]), {"type": "text", "text": "and?"}],
            },
        ],
        "tools": [TOOL],
    },
    "loop_swapped": {
        "messages": [
            USER,
            {"role": "assistant", "content": [use("t1"), use("t2")]},
            {"role": "user", "content": [res("t2"), res("t1")]},
        ],
        "tools": [TOOL],
    },
    "error_result": {
        "messages": [
            USER,
            {"role": "assistant", "content": [use("t1")]},
            {"role": "user", "content": [res("t1", "oops", is_error=True)]},
        ],
        "tools": [TOOL],
    },
    "image_result": {
        "messages": [
            USER,
            {"role": "assistant", "content": [use("t1")]},
            {"role": "user", "content": [res("t1", [{"type": "text", "text": "see"}, IMAGE])]},
        ],
        "tools": [TOOL],
    },
    "no_content_result": {
        "messages": [
            USER,
            {"role": "assistant", "content": [use("t1")]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1"}]},
        ],
        "tools": [TOOL],
    },
    "thinking_hist": {
        "messages": [
            USER,
            {
                "role": "assistant",
                "content": [{"type": "thinking", "thinking": "hm", "signature": signature_of("hm")}, use("t1")],
            },
            {"role": "user", "content": [res("t1")]},
        ],
        "tools": [TOOL],
        "thinking": {"type": "enabled", "budget_tokens": 2000},
        "max_tokens": 4000,
    },
    "redacted_hist": {
        "messages": [
            USER,
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": signature_of("hm")},
                    {"type": "text", "text": "t"},
                ],
            },
            USER,
        ]
    },
    "thinking": {"messages": [USER], "thinking": {"type": "enabled", "budget_tokens": 2000}, "max_tokens": 4000},
    "adaptive": {
        "messages": [USER],
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "high"},
        "max_tokens": 4000,
    },
    "effort": {"messages": [USER], "output_config": {"effort": "low"}},
    "img": {"messages": [{"role": "user", "content": [IMAGE, {"type": "text", "text": "x #m"}]}]},
    "img_url": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                    {"type": "text", "text": "#m"},
                ],
            }
        ]
    },
    "doc_text": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "document",
                        "source": {"type": "text", "media_type": "text/plain", "data": "hello"},
                        "title": "t",
                        "citations": {"enabled": True},
                    },
                    {"type": "text", "text": "#m"},
                ],
            }
        ]
    },
    "doc_pdf": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "document",
                        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
                    },
                    {"type": "text", "text": "#m"},
                ],
            }
        ]
    },
    "cache": {
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": "a #m", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
            }
        ]
    },
    "stop": {"messages": [USER], "stop_sequences": ["END"]},
    "topk": {"messages": [USER], "top_k": 5, "top_p": 0.9},
    "temp": {"messages": [USER], "temperature": 1.0},
    "meta": {"messages": [USER], "metadata": {"user_id": "u"}, "service_tier": "auto"},
    "prefill": {"messages": [USER, {"role": "assistant", "content": "The"}]},
    "schema": {"messages": [USER], "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    "server_tool": {"messages": [USER], "tools": [{"type": "web_search_20250305", "name": "web_search"}]},
    "two_users": {"messages": [USER, USER]},
    "max1": {"messages": [USER], "max_tokens": 1},
}
