"""Gemini's batches with requests in the call, as strict as Gemini itself."""

from __future__ import annotations

import json

from support.fakes.batch_api import (
    CANCELLED,
    DONE,
    EXPIRED,
    FAILED,
    RUNNING,
    batch,
    batch_api,
    line,
    page,
    path_of,
    query_of,
)
from support.fakes.gemini import gemini, known, snake_to_camel
from support.fakes.shape import need_key, require, strict_body
from support.upstream_script import seen_request

BATCHES = "/v1beta/batches"
MANY = ":batchGenerateContent"
CODES = {400: 3, 401: 16, 403: 7, 404: 5, 429: 8, 500: 13, 503: 14}


class gemini_batches(batch_api):
    def __init__(self) -> None:
        super().__init__(gemini())

    def step_of(self, request: seen_request) -> str:
        path = path_of(request)
        if path.endswith(MANY):
            return "submit"
        if path == BATCHES:
            return "list"
        if not path.startswith(BATCHES + "/"):
            return ""
        return "cancel" if path.endswith(":cancel") else "poll"

    def check_step(self, step: str, request: seen_request) -> None:
        need_key(request, "x-goog-api-key")
        if step == "submit":
            require(request.method == "POST", "Not Found", 404)
            self._requests(request)
        elif step != "list":
            self.find(_id(request))

    @staticmethod
    def _requests(request: seen_request) -> tuple[str, list[dict]]:
        body = strict_body(request)
        known(body, {"batch"}, "")
        batch = snake_to_camel({name: value for name, value in body["batch"].items() if name != "input_config"})
        known(batch, {"displayName", "inputConfig", "model", "priority"}, "batch")
        require(batch.get("displayName"), "batch.display_name: required")
        config = body["batch"].get("input_config") or {}
        known(config, {"requests", "fileName"}, "batch.input_config")
        entries = config["requests"]["requests"]
        require(entries, "batch.input_config.requests: must not be empty")
        for entry in entries:
            known(entry, {"request", "metadata"}, "requests")
            require(isinstance(entry.get("request"), dict), "requests.request: required")
        return batch["displayName"], entries

    def answer(self, step: str, request: seen_request) -> bytes:
        if step == "submit":
            mark, entries = self._requests(request)
            path = path_of(request).replace(MANY, ":generateContent")
            lines = [line(one["metadata"]["key"], one["request"], path) for one in entries]
            return json.dumps(self._shown(self.add(f"b{len(self.batches)}", lines, mark))).encode()
        if step == "list":
            batches, more = page(
                self.batches,
                query_of(request, "pageToken"),
                int(query_of(request, "pageSize") or 20),
            )
            shown: dict = {"operations": [self._shown(one) for one in batches]} if batches else {}
            return json.dumps({**shown, **({"nextPageToken": batches[-1].id} if more else {})}).encode()
        one = self.find(_id(request))
        if step == "cancel":
            one.cancelling = True
            return b"{}"
        self.poll(one, request)
        return json.dumps(self._shown(one)).encode()

    def _shown(self, one: batch) -> dict:
        expired = any(entry.state == EXPIRED for entry in one.lines)
        end = "CANCELLED" if one.cancelling else "EXPIRED" if expired else "SUCCEEDED"
        state = f"BATCH_STATE_{end if one.ended else 'RUNNING'}"
        shown: dict = {
            "name": f"batches/{one.id}",
            "metadata": {"displayName": one.mark, "state": state},
        }
        if one.ended:
            answers = [told for told in map(self._told, reversed(one.lines)) if told]
            shown |= {
                "done": True,
                "response": {"inlinedResponses": {"inlinedResponses": answers}},
            }
        return shown

    @staticmethod
    def _told(entry: line) -> dict | None:
        if entry.state in (CANCELLED, EXPIRED, RUNNING):
            return None
        told: dict = {"metadata": {"key": entry.name}}
        if entry.state == DONE:
            return {**told, "response": json.loads(entry.answer)}
        status = entry.status or (500 if entry.state == FAILED else 400)
        return {
            **told,
            "error": {"code": CODES.get(status, 2), "message": "it was told to fail"},
        }


def _id(request: seen_request) -> str:
    return path_of(request).removeprefix(BATCHES + "/").removesuffix(":cancel")
