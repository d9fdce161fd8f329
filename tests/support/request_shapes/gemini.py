"""Requests of Gemini's format."""

from __future__ import annotations

from support.request_shapes.common import PNG

USER = {"role": "user", "parts": [{"text": "hi #m"}]}
TOOLS = {
    "functionDeclarations": [
        {
            "name": "f",
            "description": "d",
            "parameters": {
                "type": "OBJECT",
                "properties": {
                    "x": {"type": "STRING", "nullable": True, "enum": ["a", "b"]},
                    "n": {"type": "INTEGER", "format": "int32"},
                    "l": {"type": "ARRAY", "items": {"type": "NUMBER"}},
                },
                "required": ["x"],
            },
        },
        {"name": "g"},
    ]
}


def calling(name: str = "f", **extra: object) -> dict:
    return {"functionCall": {"name": name, "args": {"x": "a"}, **extra}}


def result(name: str = "f", **extra: object) -> dict:
    return {"functionResponse": {"name": name, "response": {"output": "r"}, **extra}}


SHAPES: dict[str, dict] = {
    "plain": {"contents": [USER]},
    "norole": {"contents": [{"parts": [{"text": "hi #m"}]}]},
    "snake": {
        "contents": [USER],
        "system_instruction": {"parts": [{"text": "s"}]},
        "generation_config": {"max_output_tokens": 50, "stop_sequences": ["E"]},
    },
    "sys": {"contents": [USER], "systemInstruction": {"parts": [{"text": "s"}, {"text": "t"}]}},
    "tools": {"contents": [USER], "tools": [TOOLS]},
    "any1": {
        "contents": [USER],
        "tools": [TOOLS],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
    },
    "any": {"contents": [USER], "tools": [TOOLS], "toolConfig": {"functionCallingConfig": {"mode": "ANY"}}},
    "none": {"contents": [USER], "tools": [TOOLS], "toolConfig": {"functionCallingConfig": {"mode": "NONE"}}},
    "loop": {
        "contents": [
            USER,
            {"role": "model", "parts": [{"text": "calling"}, calling(), calling("g")]},
            {"role": "user", "parts": [result(), result("g")]},
        ],
        "tools": [TOOLS],
    },
    "loop_same": {
        "contents": [
            USER,
            {"role": "model", "parts": [calling(), calling()]},
            {"role": "user", "parts": [result(), result()]},
        ],
        "tools": [TOOLS],
    },
    "loop_ids": {
        "contents": [
            USER,
            {"role": "model", "parts": [calling(id="a1"), calling(id="a2")]},
            {"role": "user", "parts": [result(id="a2"), result(id="a1")]},
        ],
        "tools": [TOOLS],
    },
    "loop_func_role": {
        "contents": [USER, {"role": "model", "parts": [calling()]}, {"role": "function", "parts": [result()]}],
        "tools": [TOOLS],
    },
    "two_loops": {
        "contents": [
            USER,
            {"role": "model", "parts": [calling()]},
            {"role": "user", "parts": [result()]},
            {"role": "model", "parts": [calling()]},
            {"role": "user", "parts": [result()]},
        ],
        "tools": [TOOLS],
    },
    "obj_response": {
        "contents": [
            USER,
            {"role": "model", "parts": [calling()]},
            {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"a": [1], "b": {"c": None}}}}]},
        ],
        "tools": [TOOLS],
    },
    "thought_hist": {
        "contents": [
            USER,
            {"role": "model", "parts": [{"text": "hm", "thought": True}, {"text": "ok", "thoughtSignature": "c2ln"}]},
            USER,
        ]
    },
    "sig_call": {
        "contents": [
            USER,
            {"role": "model", "parts": [{**calling(), "thoughtSignature": "c2ln"}]},
            {"role": "user", "parts": [result()]},
        ],
        "tools": [TOOLS],
    },
    "img": {
        "contents": [
            {"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": PNG}}, {"text": "#m"}]}
        ]
    },
    "imgjpg": {
        "contents": [
            {"role": "user", "parts": [{"inlineData": {"mimeType": "image/jpg", "data": "/9j/AAAA"}}, {"text": "#m"}]}
        ]
    },
    "file_uri": {
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"fileData": {"mimeType": "image/png", "fileUri": "https://example.com/a.png"}},
                    {"text": "#m"},
                ],
            }
        ]
    },
    "json": {"contents": [USER], "generationConfig": {"responseMimeType": "application/json"}},
    "schema": {
        "contents": [USER],
        "generationConfig": {
            "responseMimeType": "application/json",
            "responseSchema": {
                "type": "OBJECT",
                "properties": {"a": {"type": "STRING"}},
                "propertyOrdering": ["a"],
                "required": ["a"],
            },
        },
    },
    "schema_arr": {
        "contents": [USER],
        "generationConfig": {
            "responseMimeType": "application/json",
            "responseSchema": {"type": "ARRAY", "items": {"type": "STRING"}},
        },
    },
    "enum": {
        "contents": [USER],
        "generationConfig": {
            "responseMimeType": "text/x.enum",
            "responseSchema": {"type": "STRING", "enum": ["a", "b"]},
        },
    },
    "sampling": {
        "contents": [USER],
        "generationConfig": {
            "temperature": 1.5,
            "topP": 0.9,
            "topK": 40,
            "seed": 3,
            "presencePenalty": 0.5,
            "frequencyPenalty": 0.5,
            "candidateCount": 1,
        },
    },
    "think": {
        "contents": [USER],
        "generationConfig": {
            "thinkingConfig": {"thinkingBudget": 1024, "includeThoughts": True},
            "maxOutputTokens": 3000,
        },
    },
    "think0": {"contents": [USER], "generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}},
    "think_dyn": {
        "contents": [USER],
        "generationConfig": {"thinkingConfig": {"thinkingBudget": -1}, "maxOutputTokens": 3000},
    },
    "think_level": {"contents": [USER], "generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
    "safety": {
        "contents": [USER],
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    },
    "search": {"contents": [USER], "tools": [{"googleSearch": {}}]},
    "badname": {"contents": [USER], "tools": [{"functionDeclarations": [{"name": "my.tool"}]}]},
    "empty_text": {"contents": [{"role": "user", "parts": [{"text": ""}, {"text": "x #m"}]}]},
    "model_first": {"contents": [{"role": "model", "parts": [{"text": "x"}]}, USER]},
    "model_last": {"contents": [USER, {"role": "model", "parts": [{"text": "x"}]}]},
}
