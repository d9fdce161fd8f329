"""What OpenAI's surfaces share: errors, JSON formats, sampling, embeddings."""

from __future__ import annotations

import base64
import json
import struct

from support.fakes.shape import CALL_NAME, only, require, schema_object
from support.upstream_script import behaviour, seen_request

MODELS = ["fake-model"]
ERRORS = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
}


def error_document(status: int, message: str) -> bytes:
    kind, code = ERRORS.get(status, ("server_error", None))
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}}, indent=2).encode()


def check_format(form: dict, holder: dict | None, where: str) -> dict | None:
    """The schema of a structured answer, {} for JSON of any form, None for text. `holder` has name and schema."""
    kind = form.get("type")
    require(kind in ("text", "json_object", "json_schema"), f"{where}.type: invalid value {kind!r}")
    if kind != "json_schema":
        return {} if kind == "json_object" else None
    require(isinstance(holder, dict), f"Missing required parameter: '{where}.json_schema'.")
    assert holder is not None
    only(holder, {"type", "name", "description", "schema", "strict"}, where)
    require(CALL_NAME.match(str(holder.get("name"))), f"Missing or invalid '{where}.name'")
    schema = schema_object(holder.get("schema"), f"{where}.schema")
    if holder.get("strict"):
        closed = schema.get("additionalProperties") is False
        require(
            closed, f"Invalid schema for {where}: 'additionalProperties' is required to be supplied and to be false."
        )
        every = set(schema.get("required", [])) == set(schema.get("properties", {}))
        require(every, f"Invalid schema for {where}: 'required' is required to include every key in properties.")
    return schema


def sampling_of(body: dict) -> dict[str, object]:
    """The wishes about sampling under one set of names."""
    stop = body.get("stop")
    stops = [stop] if isinstance(stop, str) else stop
    require(stops is None or len(stops) <= 4, "'stop': array too long, at most 4")
    tokens = next(
        (body[name] for name in ("max_completion_tokens", "max_tokens", "max_output_tokens") if body.get(name)), None
    )
    found = {"temperature": body.get("temperature"), "top_p": body.get("top_p"), "tokens_max": tokens, "stop": stops}
    return {name: value for name, value in {**found, "seed": body.get("seed")}.items() if value is not None}


class embeddings:
    """Vectors that say which text they belong to."""

    @staticmethod
    def check(body: dict) -> None:
        only(body, {"model", "input", "encoding_format", "dimensions", "user"}, "embeddings")
        given = body.get("input")
        require(given and isinstance(given, (str, list)), "'$.input' is invalid.")

    @staticmethod
    def document(request: seen_request, how: behaviour) -> bytes:
        body = request.json()
        given = body["input"]
        texts = given if isinstance(given, list) else [given]
        rows = []
        for i in range(len(texts)):
            vector: object = vector_of(i)
            if body.get("encoding_format") == "base64":
                vector = base64.b64encode(struct.pack("<3f", *vector_of(i))).decode()
            rows.append({"object": "embedding", "index": i, "embedding": vector})
        usage = {"usage": {"prompt_tokens": how.usage.prompt, "total_tokens": how.usage.prompt}} if how.usage else {}
        return json.dumps({"object": "list", "data": rows, "model": request.model, **usage}).encode()


def vector_of(place: int) -> list[float]:
    """The vector of the text at `place`: exact in 32 bits."""
    return [0.25, -0.5, 0.125 + place]
