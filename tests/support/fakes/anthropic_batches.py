"""Anthropic's Message Batches, as strict as Anthropic itself."""

from __future__ import annotations

import json
import re
import time

from support.fakes.anthropic import anthropic
from support.fakes.batch_api import (
    CANCELLED,
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
from support.fakes.shape import need_key, only, require, strict_body
from support.upstream_script import seen_request

PATH = "/v1/messages/batches"
CUSTOM_ID = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")


class anthropic_batches(batch_api):
    def __init__(self) -> None:
        super().__init__(anthropic())

    def step_of(self, request: seen_request) -> str:
        path = path_of(request)
        if path == PATH:
            return "submit" if request.method == "POST" else "list"
        if not path.startswith(PATH + "/"):
            return ""
        return {"cancel": "cancel", "results": "results"}.get(path.rsplit("/", 1)[1], "poll")

    def check_step(self, step: str, request: seen_request) -> None:
        need_key(request, "x-api-key")
        require(request.header("anthropic-version"), "anthropic-version: header is required")
        if step == "submit":
            body = strict_body(request)
            only(body, {"requests"}, "")
            require(body.get("requests"), "requests: List should have at least 1 item")
            seen = set()
            for i, entry in enumerate(body["requests"]):
                only(entry, {"custom_id", "params"}, f"requests.{i}")
                require(
                    CUSTOM_ID.match(entry.get("custom_id", "")),
                    f"requests.{i}.custom_id: String should match pattern",
                )
                require(
                    entry["custom_id"] not in seen,
                    f"requests.{i}.custom_id: must be unique",
                )
                require(
                    isinstance(entry.get("params"), dict),
                    f"requests.{i}.params: Field required",
                )
                seen.add(entry["custom_id"])
        elif step != "list":
            one = self.find(_id(request))
            require(step != "results" or one.ended, "the batch has no results yet")
            require(step != "cancel" or not one.ended, "the batch has ended")

    def answer(self, step: str, request: seen_request) -> bytes:
        if step == "submit":
            lines = [line(one["custom_id"], one["params"], "/v1/messages") for one in strict_body(request)["requests"]]
            return json.dumps(self._shown(self.add(f"msgbatch_{len(self.batches)}", lines))).encode()
        if step == "list":
            for one in self.batches.values():  # who lists does not poll: batches end by themselves
                self.poll(one, request)
            batches, more = page(
                self.batches,
                query_of(request, "after_id"),
                int(query_of(request, "limit") or 20),
            )
            ids = [one.id for one in batches] or [None]
            data = [self._shown(one) for one in batches]
            return json.dumps({"data": data, "has_more": more, "first_id": ids[0], "last_id": ids[-1]}).encode()
        one = self.find(_id(request))
        if step == "results":
            return jsonl([{"custom_id": entry.name, "result": self._result(entry)} for entry in reversed(one.lines)])
        if step == "cancel":
            one.cancelling = True
        else:
            self.poll(one, request)
        return json.dumps(self._shown(one)).encode()

    def _result(self, entry: line) -> dict:
        if entry.state == DONE:
            return {"type": "succeeded", "message": json.loads(entry.answer)}
        if entry.state in (REFUSED, FAILED):
            status = entry.status or (400 if entry.state == REFUSED else 500)
            answer = entry.answer or self.error(status, "it was told to fail", self.how)[0]
            return {"type": "errored", "error": json.loads(answer)}
        return {"type": "canceled" if entry.state == CANCELLED else "expired"}

    @staticmethod
    def _shown(one: batch) -> dict:
        words = {
            DONE: "succeeded",
            REFUSED: "errored",
            FAILED: "errored",
            CANCELLED: "canceled",
            EXPIRED: "expired",
        }
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        for entry in one.lines:
            counts[words[entry.state] if one.ended else "processing"] += 1
        status = "ended" if one.ended else "canceling" if one.cancelling else "in_progress"
        created = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(one.created_s)) + ".123456+00:00"
        shown = {
            "id": one.id,
            "type": "message_batch",
            "processing_status": status,
            "request_counts": counts,
        }
        return {
            **shown,
            "created_at": created,
            "results_url": f"https://elsewhere.invalid{PATH}/{one.id}/results",
        }


def _id(request: seen_request) -> str:
    return path_of(request).removeprefix(PATH + "/").split("/")[0]
