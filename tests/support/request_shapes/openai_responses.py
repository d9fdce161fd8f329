"""Requests of OpenAI's Responses API."""

from __future__ import annotations

from support.request_shapes.common import PICTURE, SCHEMA

USER = {"role": "user", "content": [{"type": "input_text", "text": "hi #m"}]}
TOOL = {
    "type": "function",
    "name": "f",
    "description": "d",
    "parameters": {"type": "object", "properties": {"x": {"type": "string"}}},
    "strict": True,
}


def calling(of: str) -> dict:
    return {
        "type": "function_call",
        "call_id": of,
        "name": "f",
        "arguments": '{"x":"1"}',
        "id": f"fc_{of}",
        "status": "completed",
    }


def result(of: str, output: object = "r") -> dict:
    return {"type": "function_call_output", "call_id": of, "output": output}


SHAPES: dict[str, dict] = {
    "str": {"input": "hi #m"},
    "items": {"input": [USER]},
    "instr": {"instructions": "s", "input": [{"role": "developer", "content": "d"}, USER]},
    "loop": {
        "input": [
            USER,
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "t"}]},
            calling("a"),
            calling("b"),
            result("a"),
            result("b"),
        ],
        "tools": [TOOL],
    },
    "loop_swapped": {"input": [USER, calling("a"), calling("b"), result("b"), result("a")], "tools": [TOOL]},
    "loop_inter": {"input": [USER, calling("a"), result("a"), calling("b"), result("b")], "tools": [TOOL]},
    "out_parts": {"input": [USER, calling("a"), result("a", [{"type": "input_text", "text": "x"}])], "tools": [TOOL]},
    "out_img": {
        "input": [USER, calling("a"), result("a", [{"type": "input_image", "image_url": PICTURE}])],
        "tools": [TOOL],
    },
    "enc_reason": {
        "input": [
            USER,
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "abc"},
            {
                "type": "message",
                "role": "assistant",
                "id": "msg_1",
                "status": "completed",
                "content": [{"type": "output_text", "text": "t", "annotations": []}],
            },
            USER,
        ]
    },
    "named": {"input": [USER], "tools": [TOOL], "tool_choice": {"type": "function", "name": "f"}},
    "required": {"input": [USER], "tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False},
    "web": {"input": [USER], "tools": [{"type": "web_search"}]},
    "custom": {"input": [USER], "tools": [{"type": "custom", "name": "c", "description": "d"}]},
    "reason": {"input": [USER], "reasoning": {"effort": "low", "summary": "auto"}, "max_output_tokens": 3000},
    "schema": {
        "input": [USER],
        "text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}, "verbosity": "low"},
    },
    "json": {"input": [USER], "text": {"format": {"type": "json_object"}}},
    "prev": {"input": [USER], "previous_response_id": "resp_1"},
    "bg": {"input": [USER], "background": True},
    "store": {
        "input": [USER],
        "store": True,
        "metadata": {"a": "b"},
        "include": ["reasoning.encrypted_content"],
        "truncation": "auto",
    },
    "img": {
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_image", "image_url": PICTURE, "detail": "high"},
                    {"type": "input_text", "text": "#m"},
                ],
            }
        ]
    },
    "file": {
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
                    {"type": "input_text", "text": "#m"},
                ],
            }
        ]
    },
    "logprobs": {"input": [USER], "include": ["message.output_text.logprobs"], "top_logprobs": 2},
    "sampling": {
        "input": [USER],
        "temperature": 0.2,
        "top_p": 0.8,
        "max_output_tokens": 20,
        "user": "u",
        "service_tier": "auto",
        "prompt_cache_key": "k",
    },
    "refusal": {
        "input": [
            USER,
            {
                "type": "message",
                "role": "assistant",
                "id": "msg_1",
                "status": "completed",
                "content": [{"type": "refusal", "refusal": "no"}],
            },
            USER,
        ]
    },
}
