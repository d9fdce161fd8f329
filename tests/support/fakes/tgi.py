"""Text Generation Inference in its native protocol: /generate and /generate_stream."""

from __future__ import annotations

import json
from collections.abc import Iterator

from support.fakes.asked import asked
from support.fakes.shape import object_of, pieces, require, schema_object, shape, sse, strict_body
from support.upstream_script import behaviour, seen_request

STOPS = {"stop": "eos_token"}
KINDS = {400: "validation", 422: "validation", 429: "overloaded", 500: "generation", 503: "unhealthy"}


class tgi(shape):
    """A server of one model, which requests do not name: the model of a request is what its prompt asks after `#`.

    Tests that share the server say `#name` somewhere in their text to be told apart.
    """

    name = "tgi"
    stream_type = "text/event-stream"

    def model_of(self, request: seen_request) -> str:
        try:
            words = str(json.loads(request.body).get("inputs", "")).split("#", 1)
        except (ValueError, AttributeError):
            return ""
        return words[1].split(maxsplit=1)[0].rstrip(".,") if len(words) == 2 and words[1].strip() else ""

    def wants_stream(self, request: seen_request) -> bool:
        return request.target == "/generate_stream"

    def check(self, request: seen_request) -> asked | None:
        require(request.target in ("/generate", "/generate_stream"), f"{request.target} is not there", 404)
        body = strict_body(request)
        require(isinstance(body.get("inputs"), str), "Failed to deserialize the JSON body: missing field `inputs`", 422)
        require(body["inputs"], "`inputs` cannot be empty", 422)
        wishes = body.get("parameters") or {}
        self._check_parameters(wishes, self.wants_stream(request))
        got = asked(request.model, self.wants_stream(request))
        got.turns.append(("user", body["inputs"]))
        grammar = wishes.get("grammar")
        if grammar is not None:
            require(grammar.get("type") in ("json", "regex"), "parameters.grammar.type: unknown variant", 422)
            value = grammar.get("value")
            got.schema = schema_object(
                value if isinstance(value, dict) else object_of(value, "grammar.value"), "grammar.value"
            )
        names = {
            "temperature": "temperature",
            "top_p": "top_p",
            "top_k": "top_k",
            "seed": "seed",
            "max_new_tokens": "tokens_max",
        }
        got.sampling = {
            ours: wishes[theirs] for theirs, ours in {**names, "stop": "stop"}.items() if wishes.get(theirs) is not None
        }
        return got

    @staticmethod
    def _check_parameters(wishes: dict, stream: bool) -> None:
        def rule(holds: bool, words: str) -> None:
            require(holds, f"Input validation error: {words}", 422)

        rule(wishes.get("temperature") is None or wishes["temperature"] > 0, "`temperature` must be strictly positive")
        rule(wishes.get("top_p") is None or 0 < wishes["top_p"] < 1, "`top_p` must be > 0.0 and < 1.0")
        rule(wishes.get("top_k") is None or wishes["top_k"] > 0, "`top_k` must be strictly positive")
        rule(
            wishes.get("max_new_tokens") is None or wishes["max_new_tokens"] > 0,
            "`max_new_tokens` must be strictly positive",
        )
        rule(len(wishes.get("stop") or []) <= 4, "`stop` supports up to 4 stop sequences")
        penalty = wishes.get("frequency_penalty")
        rule(penalty is None or -2 <= penalty <= 2, "`frequency_penalty` must be >= -2.0 and <= 2.0")
        prefill = stream and wishes.get("decoder_input_details") is True
        rule(not prefill, "`decoder_input_details` == true is not supported when streaming tokens")

    def _details(self, how: behaviour) -> dict:
        counts = how.usage
        reason = STOPS.get(how.finish_reason, how.finish_reason)
        return {"finish_reason": reason, "generated_tokens": counts.completion if counts else 0, "seed": None}

    def document(self, request: seen_request, how: behaviour, number: int) -> bytes:
        wishes = request.json().get("parameters") or {}
        answer: dict[str, object] = {"generated_text": how.text}
        if wishes.get("details"):  # type: ignore[union-attr]
            prompt = how.usage.prompt if how.usage and wishes.get("decoder_input_details") else 0  # type: ignore[union-attr]
            prefill = [{"id": i, "text": "x", "logprob": None if i == 0 else -1.5} for i in range(max(0, prompt))]
            tokens = [_token(i, part) for i, part in enumerate(pieces(how.text))]
            answer["details"] = {**self._details(how), "prefill": prefill, "tokens": tokens}
        return json.dumps(answer).encode()

    def events(self, request: seen_request, how: behaviour, number: int) -> Iterator[bytes]:
        parts = pieces(how.text)
        for i, part in enumerate(parts):
            last = i + 1 == len(parts)
            length = {"input_length": how.usage.prompt if how.usage else 0}
            details = {**self._details(how), **length} if last else None
            head = {"index": i + 1, "token": _token(i, part), "generated_text": how.text if last else None}
            yield sse({**head, "details": details}).replace(b"data: ", b"data:")

    def error(self, status: int, message: str, how: behaviour) -> tuple[bytes, list[tuple[str, str]]]:
        return json.dumps({"error": message, "error_type": KINDS.get(status, "generation")}).encode(), []

    def error_event(self, message: str, how: behaviour) -> bytes:
        return sse({"error": message, "error_type": "generation"}).replace(b"data: ", b"data:")


def _token(number: int, text: str) -> dict:
    return {"id": 100 + number, "text": text, "logprob": -0.25, "special": False}
