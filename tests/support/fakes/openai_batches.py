"""OpenAI's files and batches, as strict as OpenAI itself."""

from __future__ import annotations

import json

from support.fakes.batch_api import (
    DONE,
    EXPIRED,
    FAILED,
    REFUSED,
    batch,
    batch_api,
    jsonl,
    line,
    page,
    path_of,
    query_of,
)
from support.fakes.openai_chat import openai_chat
from support.fakes.shape import need_key, only, require, strict_body
from support.upstream_script import seen_request

ENDPOINTS = {
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/responses",
}


class openai_batches(batch_api):
    def __init__(self) -> None:
        super().__init__(openai_chat())
        self.files: dict[str, bytes] = {}
        self.inputs: dict[str, str] = {}
        self._written: set[str] = set()
        self._uploads = 0

    def step_of(self, request: seen_request) -> str:
        path = path_of(request)
        if path == "/v1/files":
            return "upload"
        if path.startswith("/v1/files/"):
            return "discard" if request.method == "DELETE" else "results"
        if path == "/v1/batches":
            return "submit" if request.method == "POST" else "list"
        if path.startswith("/v1/batches/"):
            return "cancel" if path.endswith("/cancel") else "poll"
        return ""

    def check_step(self, step: str, request: seen_request) -> None:
        need_key(request, "authorization", "Bearer ")
        if step == "upload":
            purpose, content = _parts(request)
            require(purpose == b"batch", "Invalid value for 'purpose'")
            require(content, "Invalid file format")
        elif step == "submit":
            self._check_batch(request)
        elif step in ("results", "discard"):
            id = path_of(request).removeprefix("/v1/files/").removesuffix("/content")
            require(id in self.files, f"No such File object: {id}", 404)
        elif step in ("poll", "cancel"):
            one = self.find(_batch_id(request))
            require(
                step == "poll" or not one.ended,
                "Cannot cancel a batch with status 'completed'.",
                409,
            )

    def _check_batch(self, request: seen_request) -> None:
        body = strict_body(request)
        only(
            body,
            {"input_file_id", "endpoint", "completion_window", "metadata"},
            "batch",
        )
        require(body.get("input_file_id") in self.files, "Invalid input_file_id")
        require(body.get("endpoint") in ENDPOINTS, "Invalid value for 'endpoint'")
        require(
            body.get("completion_window") == "24h",
            "Invalid value: supported values are: '24h'",
        )
        for name, value in (body.get("metadata") or {}).items():
            require(
                len(name) <= 64 and isinstance(value, str) and len(value) <= 512,
                "Invalid metadata",
            )

    def answer(self, step: str, request: seen_request) -> bytes:
        if step == "upload":
            self._uploads += 1
            id = f"file-{self._uploads}"
            self.files[id] = _parts(request)[1]
            return json.dumps(
                {
                    "id": id,
                    "object": "file",
                    "purpose": "batch",
                    "bytes": len(self.files[id]),
                }
            ).encode()
        if step == "submit":
            return json.dumps(self._shown(self._make(request))).encode()
        if step == "list":
            batches, more = page(
                self.batches,
                query_of(request, "after"),
                int(query_of(request, "limit") or 20),
            )
            return json.dumps(
                {
                    "object": "list",
                    "data": [self._shown(one) for one in batches],
                    "has_more": more,
                }
            ).encode()
        if step == "discard":
            id = path_of(request).removeprefix("/v1/files/")
            del self.files[id]
            return json.dumps({"id": id, "object": "file", "deleted": True}).encode()
        if step == "results":
            return self.files[path_of(request).removeprefix("/v1/files/").removesuffix("/content")]
        one = self.find(_batch_id(request))
        if step == "cancel":
            one.cancelling = True
        else:
            self.poll(one, request)
            if one.ended and one.id not in self._written:
                self._written.add(one.id)
                self._write_files(one)
        return json.dumps(self._shown(one)).encode()

    def _make(self, request: seen_request) -> batch:
        body = strict_body(request)
        lines = []
        bad = False
        for text in self.files[body["input_file_id"]].decode().splitlines():
            entry = json.loads(text)
            bad = bad or set(entry) != {"custom_id", "method", "url", "body"} or entry["method"] != "POST"
            bad = bad or entry["url"] != body["endpoint"] or entry["custom_id"] in {one.name for one in lines}
            lines.append(line(entry["custom_id"], entry["body"], entry["url"]))
        one = self.add(
            f"batch_{len(self.batches)}",
            lines,
            (body.get("metadata") or {}).get("inferenceflow", ""),
        )
        self.inputs[one.id] = body["input_file_id"]
        one.failed = one.ended = bad  # the file is read later, as OpenAI does
        return one

    def _write_files(self, one: batch) -> None:
        good, bad = [], []
        for number, entry in enumerate(reversed(one.lines)):  # in no order
            told: dict = {
                "id": f"batch_req_{number}",
                "custom_id": entry.name,
                "response": None,
                "error": None,
            }
            if entry.state in (DONE, REFUSED, FAILED):
                status = {DONE: 200, REFUSED: entry.status or 400, FAILED: 500}[entry.state]
                answer = entry.answer or self.error(status, "it was told to fail", self.how)[0]
                told["response"] = {
                    "status_code": status,
                    "request_id": "q",
                    "body": json.loads(answer),
                }
                (good if status == 200 else bad).append(told)
            else:
                code = "batch_expired" if entry.state == EXPIRED else "batch_cancelled"
                told["error"] = {
                    "code": code,
                    "message": "This request could not be executed.",
                }
                bad.append(told)
        self.files[f"{one.id}-out"] = jsonl(good)
        self.files[f"{one.id}-err"] = jsonl(bad)

    def _shown(self, one: batch) -> dict:
        states = {entry.state for entry in one.lines}
        end = "failed" if one.failed else "cancelled" if one.cancelling else "expired" if EXPIRED in states else "completed"
        status = end if one.ended else "cancelling" if one.cancelling else "in_progress"
        shown = {
            "id": one.id,
            "object": "batch",
            "status": status,
            "input_file_id": self.inputs.get(one.id),
            "created_at": int(one.created_s),
            "errors": None,
        }
        for name, suffix in (("output_file_id", "out"), ("error_file_id", "err")):
            shown[name] = f"{one.id}-{suffix}" if self.files.get(f"{one.id}-{suffix}") else None
        return {**shown, "metadata": {"inferenceflow": one.mark} if one.mark else None}


def _batch_id(request: seen_request) -> str:
    return path_of(request).removeprefix("/v1/batches/").removesuffix("/cancel")


def _parts(request: seen_request) -> tuple[bytes, bytes]:
    """Purpose and content of an upload."""
    kind, _, boundary = (request.header("content-type") or "").partition("; boundary=")
    require(
        kind == "multipart/form-data" and boundary,
        "the body must be multipart/form-data",
    )
    require(request.body.endswith(f"--{boundary}--\r\n".encode()), "the form is cut off")
    found = {}
    for part in request.body.split(f"--{boundary}".encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        for name in (b"purpose", b"file"):
            if b'name="' + name + b'"' in head:
                found[name] = content.removesuffix(b"\r\n")
    require(set(found) == {b"purpose", b"file"}, "'file' and 'purpose' are required")
    return found[b"purpose"], found[b"file"]
