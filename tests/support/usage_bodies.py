"""Answers of every protocol around a usage block of one's choice: the least that each provider sends."""

from __future__ import annotations

import json

from support.fakes import event_stream
from support.fakes.recorded import take

TEXT = "It rains in the north, and the sea is calm."
MODEL = "told-by-the-fake"
WORDS = ("It rains in the north,", " and the sea is calm.")
BEGUN = 1764547200


def document(protocol: str, usage: object) -> take:
    """A whole answer with this block; None leaves it out."""
    return take(document=json.dumps(_documents(protocol, usage)).encode())


def _documents(protocol: str, usage: object) -> dict:
    block = {} if usage is None else {"usage": usage}
    if protocol == "openai":
        said = {"role": "assistant", "content": TEXT, "refusal": None}
        choice = {"index": 0, "message": said, "logprobs": None, "finish_reason": "stop"}
        return {"id": "c1", "object": "chat.completion", "created": BEGUN, "model": MODEL, "choices": [choice], **block}
    if protocol == "openai_responses":
        return _response("completed", [_message("completed", TEXT)], usage)
    if protocol == "anthropic":
        said = [{"type": "text", "text": TEXT}]
        head = {"id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "content": said}
        return {**head, "stop_reason": "end_turn", "stop_sequence": None, **block}
    if protocol == "gemini":
        return _chunk(TEXT, "STOP", usage)
    if protocol == "cohere":
        said = {"role": "assistant", "content": [{"type": "text", "text": TEXT}]}
        return {"id": "c1", "message": said, "finish_reason": "COMPLETE", **block}
    if protocol == "bedrock":
        said = {"message": {"role": "assistant", "content": [{"text": TEXT}]}}
        return {"output": said, "stopReason": "end_turn", "metrics": {"latencyMs": 9}, **block}
    details = {} if usage is None else {"details": {"finish_reason": "eos_token", "seed": None, "tokens": [], **usage}}  # type: ignore[dict-item]
    return {"generated_text": TEXT, **details}


def stream(protocol: str, usage: object, early: object = None) -> take:
    """The same in events. `usage` stands where the provider says it last, `early` in the first event that can hold one."""
    return take(events=tuple(_EVENTS[protocol](usage, early)))


def _sse(*documents: dict, named: bool = False) -> list[bytes]:
    return [(f"event: {each['type']}\n" if named else "").encode() + b"data: " + json.dumps(each).encode() + b"\n\n" for each in documents]


def _openai(usage: object, early: object) -> list[bytes]:
    def chunk(choices: list[dict], block: object = None) -> dict:
        head = {"id": "c1", "object": "chat.completion.chunk", "created": BEGUN, "model": MODEL, "choices": choices}
        return head if block is None else {**head, "usage": block}

    def delta(content: str, reason: str | None = None) -> dict:
        return {"index": 0, "delta": {"content": content} if content else {}, "finish_reason": reason}

    said = [chunk([delta(word)]) for word in WORDS]
    last = [] if usage is None else [chunk([], usage)]
    first = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    return [*_sse(chunk([first], early), *said, chunk([delta("", "stop")]), *last), b"data: [DONE]\n\n"]


def _message(status: str, text: str) -> dict:
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"type": "message", "id": "msg_1", "status": status, "role": "assistant", "content": [part] if text else []}


def _response(status: str, output: list[dict], usage: object) -> dict:
    head = {"id": "resp_1", "object": "response", "created_at": BEGUN, "status": status, "error": None}
    return {**head, "incomplete_details": None, "model": MODEL, "output": output, "usage": usage}


def _openai_responses(usage: object, early: object) -> list[bytes]:
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    done = _message("completed", TEXT)
    events: list[dict] = [
        {"type": "response.created", "response": _response("in_progress", [], early)},
        {"type": "response.output_item.added", "output_index": 0, "item": _message("in_progress", "")},
        {"type": "response.content_part.added", **place, "part": part},
        *({"type": "response.output_text.delta", **place, "delta": word} for word in WORDS),
        {"type": "response.output_text.done", **place, "text": TEXT},
        {"type": "response.content_part.done", **place, "part": {**part, "text": TEXT}},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {"type": "response.completed", "response": _response("completed", [done], usage)},
    ]
    return _sse(*({**each, "sequence_number": n} for n, each in enumerate(events)), named=True)


def _anthropic(usage: object, early: object) -> list[bytes]:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "content": []}
    start = {**message, "stop_reason": None, "stop_sequence": None, **({} if early is None else {"usage": early})}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}}
    return _sse(
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}} for word in WORDS),
        {"type": "content_block_stop", "index": 0},
        end if usage is None else {**end, "usage": usage},
        {"type": "message_stop"},
        named=True,
    )


def _chunk(text: str, reason: str, usage: object) -> dict:
    candidate: dict = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}
    block = {} if usage is None else {"usageMetadata": usage}
    ended = {**candidate, "finishReason": reason} if reason else candidate
    return {"candidates": [ended], **block, "modelVersion": MODEL, "responseId": "r1"}


def _gemini(usage: object, early: object) -> list[bytes]:
    return _sse(_chunk(WORDS[0], "", early), _chunk(WORDS[1], "STOP", usage))


def _cohere(usage: object, early: object) -> list[bytes]:
    block = {} if usage is None else {"usage": usage}
    content = {"content": {"type": "text", "text": ""}}
    head: dict = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    begun = {"message": head} if early is None else {"message": head, "usage": early}
    return [
        *_sse(
            {"type": "message-start", "id": "c1", "delta": begun},
            {"type": "content-start", "index": 0, "delta": {"message": content}},
            *({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": word}}}} for word in WORDS),
            {"type": "content-end", "index": 0},
            {"type": "message-end", "delta": {"finish_reason": "COMPLETE", **block}},
            named=True,
        ),
        b"data: [DONE]\n\n",
    ]


def _bedrock(usage: object, early: object) -> list[bytes]:
    metadata: dict = {"metrics": {"latencyMs": 9}, **({} if usage is None else {"usage": usage})}
    first = [] if early is None else [event_stream.event("metadata", {"usage": early})]
    return [
        event_stream.event("messageStart", {"role": "assistant"}),
        *first,
        *(event_stream.event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": w}}) for w in WORDS),
        event_stream.event("contentBlockStop", {"contentBlockIndex": 0}),
        event_stream.event("messageStop", {"stopReason": "end_turn"}),
        event_stream.event("metadata", metadata),
    ]


def _tgi(usage: object, early: object) -> list[bytes]:
    details = None if usage is None else {"finish_reason": "eos_token", "seed": None, **usage}  # type: ignore[dict-item]
    events = []
    for n, word in enumerate(WORDS):
        last = n + 1 == len(WORDS)
        token = {"id": 7 + n, "text": word, "logprob": -0.5, "special": False}
        tail = {"generated_text": TEXT if last else None, "details": details if last else None}
        events.append({"index": n + 1, "token": token, **tail})
    return [each.replace(b"data: ", b"data:") for each in _sse(*events)]


_EVENTS = {
    "openai": _openai,
    "openai_responses": _openai_responses,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "cohere": _cohere,
    "bedrock": _bedrock,
    "tgi": _tgi,
}
