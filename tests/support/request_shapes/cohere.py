"""Requests of Cohere's format."""

from __future__ import annotations

from support.request_shapes.common import CALLABLE as TOOL
from support.request_shapes.common import PICTURE, SCHEMA, call

USER = {"role": "user", "content": "hi #m"}

SHAPES: dict[str, dict] = {
    "plain": {"messages": [USER]},
    "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi #m"}]}]},
    "required": {"messages": [USER], "tools": [TOOL], "tool_choice": "REQUIRED"},
    "none": {"messages": [USER], "tools": [TOOL], "tool_choice": "NONE"},
    "strict": {"messages": [USER], "tools": [TOOL], "strict_tools": True},
    "loop": {
        "messages": [
            USER,
            {"role": "assistant", "tool_plan": "p", "tool_calls": [call("a"), call("b")]},
            {"role": "tool", "tool_call_id": "a", "content": [{"type": "document", "document": {"data": {"k": "v"}}}]},
            {"role": "tool", "tool_call_id": "b", "content": "r"},
        ],
        "tools": [TOOL],
    },
    "loop_docs2": {
        "messages": [
            USER,
            {"role": "assistant", "tool_calls": [call("a")]},
            {
                "role": "tool",
                "tool_call_id": "a",
                "content": [
                    {"type": "document", "document": {"data": "x", "id": "1"}},
                    {"type": "document", "document": {"data": '{"j":1}'}},
                ],
            },
        ],
        "tools": [TOOL],
    },
    "docs": {"messages": [USER], "documents": ["plain", {"data": {"title": "t", "text": "x"}, "id": "d1"}]},
    "citations": {"messages": [USER], "citation_options": {"mode": "FAST"}},
    "safety": {"messages": [USER], "safety_mode": "STRICT"},
    "json": {"messages": [USER], "response_format": {"type": "json_object"}},
    "schema": {"messages": [USER], "response_format": {"type": "json_object", "json_schema": SCHEMA}},
    "sampling": {
        "messages": [USER],
        "temperature": 0.3,
        "p": 0.75,
        "k": 5,
        "seed": 1,
        "frequency_penalty": 0.5,
        "presence_penalty": 0.5,
        "max_tokens": 5,
        "stop_sequences": ["E"],
    },
    "k0": {"messages": [USER], "k": 0},
    "logprobs": {"messages": [USER], "logprobs": True},
    "thinking": {"messages": [USER], "thinking": {"type": "enabled", "token_budget": 1024}, "max_tokens": 3000},
    "nothinking": {"messages": [USER], "thinking": {"type": "disabled"}},
    "img": {
        "messages": [
            {
                "role": "user",
                "content": [{"type": "image_url", "image_url": {"url": PICTURE}}, {"type": "text", "text": "#m"}],
            }
        ]
    },
    "cited_hist": {
        "messages": [
            USER,
            {
                "role": "assistant",
                "content": [{"type": "text", "text": "abc"}],
                "citations": [
                    {"start": 0, "end": 1, "text": "a", "sources": [{"type": "document", "id": "1", "document": {}}]}
                ],
            },
            USER,
        ]
    },
}
