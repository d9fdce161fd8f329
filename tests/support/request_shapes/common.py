"""What the shapes of several protocols are made of."""

from __future__ import annotations

import base64

from support.sdk_clients.wish import picture

PNG = base64.b64encode(picture()).decode()
PICTURE = f"data:image/png;base64,{PNG}"
CALLABLE = {
    "type": "function",
    "function": {
        "name": "f",
        "description": "d",
        "parameters": {"type": "object", "properties": {"x": {"type": "string"}}},
    },
}
SCHEMA = {
    "type": "object",
    "properties": {
        "a": {"type": ["string", "null"]},
        "b": {"anyOf": [{"type": "integer"}, {"$ref": "#/$defs/k"}]},
        "c": {"type": "array", "items": {"type": "number"}, "minItems": 1},
    },
    "required": ["a", "b", "c"],
    "additionalProperties": False,
    "$defs": {"k": {"enum": ["x", "y"]}},
}


def call(of: str, name: str = "f", a: str = "{}") -> dict:
    """A call as OpenAI and Cohere write it."""
    return {"id": of, "type": "function", "function": {"name": name, "arguments": a}}
