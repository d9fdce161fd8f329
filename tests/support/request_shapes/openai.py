"""Requests of OpenAI's chat format, plain and odd, as they are seen in the wild: all of them are valid, most unusual.

The prompt holds `#m`, the model's name for backends whose requests name none.
"""

from __future__ import annotations

from support.request_shapes.common import CALLABLE as TOOL
from support.request_shapes.common import PICTURE, SCHEMA, call

USER = {"role": "user", "content": "hi #m"}
NO_PARAMETERS = {"type": "function", "function": {"name": "noparams"}}


def calling(*calls: dict, content: str | None = None) -> dict:
    return {"role": "assistant", "content": content, "tool_calls": list(calls)}


def result(of: str, text: str = "r") -> dict:
    return {"role": "tool", "tool_call_id": of, "content": text}


SHAPES: dict[str, dict] = {
    "named": {
        "messages": [USER],
        "tools": [TOOL, NO_PARAMETERS],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
    },
    "required": {"messages": [USER], "tools": [TOOL], "tool_choice": "required"},
    "none": {"messages": [USER], "tools": [TOOL], "tool_choice": "none"},
    "none_hist": {"messages": [USER, calling(call("a")), result("a")], "tools": [TOOL], "tool_choice": "none"},
    "noparallel": {"messages": [USER], "tools": [TOOL], "parallel_tool_calls": False},
    "strict": {
        "messages": [USER],
        "tools": [{"type": "function", "function": {"name": "f", "strict": True, "parameters": SCHEMA}}],
    },
    "noparams": {"messages": [USER], "tools": [NO_PARAMETERS]},
    "hist_notools": {"messages": [USER, calling(call("a")), result("a")]},
    "hist_text_after": {
        "messages": [
            USER,
            calling(call("a"), content="I call."),
            result("a"),
            {"role": "assistant", "content": "done"},
            USER,
        ],
        "tools": [TOOL],
    },
    "results_swapped": {
        "messages": [USER, calling(call("a"), call("b", a='{"x":"1"}')), result("b", "rb"), result("a", "ra")],
        "tools": [TOOL],
    },
    "same_name_swapped": {
        "messages": [
            USER,
            calling(call("call_1", a='{"x":"1"}'), call("call_2", a='{"x":"2"}')),
            result("call_2", "two"),
            result("call_1", "one"),
        ],
        "tools": [TOOL],
    },
    "empty_args": {"messages": [USER, calling(call("a", a="")), result("a")], "tools": [TOOL]},
    "bad_args": {"messages": [USER, calling(call("a", a="{not json")), result("a")], "tools": [TOOL]},
    "array_args": {"messages": [USER, calling(call("a", a="[1]")), result("a")], "tools": [TOOL]},
    "odd_ids": {"messages": [USER, calling(call("call.a:b/c=1")), result("call.a:b/c=1")], "tools": [TOOL]},
    "long_id": {"messages": [USER, calling(call("x" * 100)), result("x" * 100)], "tools": [TOOL]},
    "empty_result": {"messages": [USER, calling(call("a")), result("a", "")], "tools": [TOOL]},
    "result_parts": {
        "messages": [
            USER,
            calling(call("a")),
            {
                "role": "tool",
                "tool_call_id": "a",
                "content": [{"type": "text", "text": "p1"}, {"type": "text", "text": "p2"}],
            },
        ],
        "tools": [TOOL],
    },
    "json_result": {"messages": [USER, calling(call("a")), result("a", '{"k":[1,2]}')], "tools": [TOOL]},
    "result_then_user": {"messages": [USER, calling(call("a")), result("a"), USER], "tools": [TOOL]},
    "two_users": {"messages": [USER, USER]},
    "two_assistants": {
        "messages": [USER, {"role": "assistant", "content": "x"}, {"role": "assistant", "content": "y"}, USER]
    },
    "assistant_first": {"messages": [{"role": "assistant", "content": "x"}, USER]},
    "assistant_last": {"messages": [USER, {"role": "assistant", "content": "prefix"}]},
    "assistant_last_space": {"messages": [USER, {"role": "assistant", "content": "prefix "}]},
    "empty_user": {"messages": [{"role": "user", "content": ""}, USER]},
    "blank_user": {"messages": [{"role": "user", "content": "  "}, USER]},
    "only_empty": {"messages": [{"role": "user", "content": ""}]},
    "empty_assistant": {"messages": [USER, {"role": "assistant", "content": ""}, USER]},
    "system_only": {"messages": [{"role": "system", "content": "s #m"}]},
    "system_mid": {"messages": [USER, {"role": "assistant", "content": "x"}, {"role": "system", "content": "s"}, USER]},
    "two_systems": {"messages": [{"role": "system", "content": "s1"}, {"role": "developer", "content": "s2"}, USER]},
    "system_parts": {
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
            USER,
        ]
    },
    "names": {"messages": [{"role": "user", "name": "ann", "content": "hi #m"}]},
    "img_url": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
                    {"type": "text", "text": "#m"},
                ],
            }
        ]
    },
    "img_only": {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PICTURE}}]}]},
    "img_jpg_upper": {
        "messages": [
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/jpg;base64,/9j/AAAA"}}]}
        ]
    },
    "file": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "file",
                        "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
                    },
                    {"type": "text", "text": "x #m"},
                ],
            }
        ]
    },
    "json_object": {"messages": [USER], "response_format": {"type": "json_object"}},
    "schema": {
        "messages": [USER],
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": SCHEMA}},
    },
    "schema_desc": {
        "messages": [USER],
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "description": "d", "schema": SCHEMA}},
    },
    "schema_tools": {
        "messages": [USER],
        "tools": [TOOL],
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}},
    },
    "schema_array": {
        "messages": [USER],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "n", "schema": {"type": "array", "items": {"type": "string"}}},
        },
    },
    "temp2": {"messages": [USER], "temperature": 2},
    "temp0": {"messages": [USER], "temperature": 0, "seed": 1},
    "topp0": {"messages": [USER], "top_p": 0},
    "topp1": {"messages": [USER], "top_p": 1},
    "topp_temp": {"messages": [USER], "top_p": 0.5, "temperature": 0.5},
    "topk": {"messages": [USER], "top_k": 10},
    "pen": {"messages": [USER], "frequency_penalty": 1.5, "presence_penalty": -1.5},
    "stop1": {"messages": [USER], "stop": "END"},
    "stop5": {"messages": [USER], "stop": ["a", "b", "c", "d", "e"]},
    "stop_blank": {"messages": [USER], "stop": ["\n"]},
    "n2": {"messages": [USER], "n": 2},
    "logprobs": {"messages": [USER], "logprobs": True, "top_logprobs": 2},
    "max1": {"messages": [USER], "max_tokens": 1},
    "maxc": {"messages": [USER], "max_completion_tokens": 5},
    "effort": {"messages": [USER], "reasoning_effort": "high", "max_tokens": 3000},
    "effort_low_small": {"messages": [USER], "reasoning_effort": "low", "max_tokens": 100},
    "effort_min": {"messages": [USER], "reasoning_effort": "minimal"},
    "effort_none": {"messages": [USER], "reasoning_effort": "none"},
    "effort_temp": {"messages": [USER], "reasoning_effort": "medium", "temperature": 0.2, "max_tokens": 5000},
    "effort_forced": {
        "messages": [USER],
        "reasoning_effort": "medium",
        "tools": [TOOL],
        "tool_choice": "required",
        "max_tokens": 5000,
    },
    "user": {
        "messages": [USER],
        "user": "u1",
        "metadata": {"a": "b"},
        "store": False,
        "service_tier": "flex",
        "prompt_cache_key": "k",
    },
    "bias": {"messages": [USER], "logit_bias": {"50256": -100}},
    "refusal": {"messages": [USER, {"role": "assistant", "content": None, "refusal": "no"}, USER]},
    "unknown_field": {"messages": [USER], "frobnicate": 1},
    "web": {"messages": [USER], "web_search_options": {}},
    "verbosity": {"messages": [USER], "verbosity": "low"},
    "unicode_nul": {"messages": [{"role": "user", "content": "a\u0000b\ud83d\ude00 #m"}]},
    "badname": {
        "messages": [USER],
        "tools": [{"type": "function", "function": {"name": "my.tool:x", "parameters": {"type": "object"}}}],
    },
    "many_tools": {
        "messages": [USER],
        "tools": [
            {"type": "function", "function": {"name": f"f{i}", "parameters": {"type": "object"}}} for i in range(40)
        ],
    },
}
