"""Replays recorded exchanges through a real gateway before recorded providers: `python -m support.replay --data DIR`.

Each answer goes to a client of its own protocol, which must get the provider's bytes, and to one of another protocol,
which must get an answer with the same bill. Part of `make eval-wire`.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
from collections import defaultdict
from contextlib import ExitStack, closing
from pathlib import Path

from support.configurations import base_config, merge
from support.fake_upstream import fake_upstream
from support.fakes.protocols import PROTOCOLS, base_url
from support.fakes.recorded import recorded
from support.gateway_process import gateway_process
from support.plain_requests import body_of, path_of
from support.raw_http import answer
from support.recordings import NAME, exchange, read_exchanges
from support.upstream_script import behaviour

OTHERS = {
    "openai": "anthropic",
    "openai_responses": "openai",
    "anthropic": "openai",
    "gemini": "openai",
    "cohere": "anthropic",
    "bedrock": "openai",
}
FIGURES = ("fresh_input", "cached_input", "cache_write", "output", "reasoning", "estimated")
SHOWN = 5


class studio:
    def __init__(self, held: ExitStack) -> None:
        self._shapes = {name: recorded(PROTOCOLS[name]()) for name in OTHERS}
        self._fakes = {name: held.enter_context(fake_upstream(speaks=shape)) for name, shape in self._shapes.items()}
        once = {"retry": {"attempts_max": 1}, "breaker": {"consecutive_failures": 0, "calls_min": 100000}}
        quiet = {"ledger": {"durability": "sync"}, "log": {"level": "warn"}, "resilience": once}
        config = merge(base_config(None), quiet)
        for name, fake in self._fakes.items():
            config["providers"].append({"name": name, "protocol": name, "base_url": base_url(fake), "any_model": True})
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="iflow-replay-")))
        self.gateway = held.enter_context(gateway_process(config, {}, folder))

    def play(self, row: exchange, client: str, body: dict) -> answer:
        model = f"r{row.line}"
        self._shapes[row.protocol].put(model, row.take)
        words = "" if row.status == 200 else row.body.decode()
        self._fakes[row.protocol].script(model, behaviour(status=row.status, error_message=words))
        name = f"{row.protocol}/{model}"
        asked = {**body, "model": name} if "model" in body_of(client, name, row.streamed) else body
        return self.gateway.call("POST", path_of(client, name, row.streamed), asked, timeout_s=20)

    def bill_of(self, got: answer) -> dict[str, int]:
        """The figures of the ledger's row, which is there when the answer is."""
        query = f"SELECT {', '.join(FIGURES)} FROM ledger WHERE request_id = ?"
        with closing(sqlite3.connect(self.gateway.folder / "ledger.sqlite", timeout=10)) as ledger:
            found = ledger.execute(query, (got.header("x-request-id"),)).fetchone()
        return dict(zip(FIGURES, found, strict=True))


def visible(row: exchange) -> bytes:
    """What a client of the same protocol must get: all of it, but for a usage event that it did not ask for."""
    if not row.streamed or row.protocol != "openai" or row.wants_usage:
        return row.body
    kept = [block for block in row.body.split(b"\n\n") if not _is_usage_only(block)]
    return b"\n\n".join(kept)


def _is_usage_only(block: bytes) -> bool:
    data = block.partition(b"data:")[2]
    try:
        event = json.loads(data)
    except ValueError:
        return False
    return isinstance(event, dict) and event.get("choices") == [] and bool(event.get("usage"))


def bill_fault(usage: dict | None, bill: dict[str, int]) -> str:
    """OpenAI's answers pass without a codec: their counts are compared here, others' by eval_wire."""
    prompt, completion = (int((usage or {}).get(name) or 0) for name in ("prompt_tokens", "completion_tokens"))
    billed = (sum(bill[name] for name in FIGURES[:3]), bill["output"] + bill["reasoning"])
    if not completion:
        return ""  # what is billed instead has tests of its own
    return "" if billed == (prompt, completion) and not bill["estimated"] else f"billed {bill} of {usage}"


def faults_of(stage: studio, row: exchange) -> dict[str, str]:
    """What is wrong, by check; a check that does not apply is left out, one that passes is empty."""
    same = stage.play(row, row.protocol, row.request)
    if row.status >= 300:
        return {"error": "" if same.status // 100 == row.status // 100 else f"status {same.status}"}
    found = {"own client": ""}
    if same.status != 200:
        found["own client"] = f"status {same.status}: {same.body[:200]!r}"
        return found
    if row.streamed and row.protocol == "openai" and b"[DONE]" not in row.body:
        pass  # the gateway adds the end that OpenAI's clients wait for
    elif same.body != visible(row):
        found["own client"] = f"{len(same.body)} bytes instead of {len(visible(row))}"
    bill = stage.bill_of(same)
    if row.protocol == "openai" and not row.streamed:
        found["bill"] = bill_fault(json.loads(row.body).get("usage"), bill)
    client = OTHERS[row.protocol]
    other = stage.play(row, client, body_of(client, f"{row.protocol}/r{row.line}", row.streamed))
    found["other client"] = "" if other.status == 200 else f"{client}: status {other.status}: {other.body[:200]!r}"
    if other.status == 200 and not bill["estimated"] and stage.bill_of(other) != bill:
        found["other client"] = f"{client}: billed {stage.bill_of(other)} instead of {bill}"
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    options = parser.parse_args()
    if not (options.data / NAME).exists():
        print(f"replay: {options.data} holds no {NAME}: name the folder that does", file=sys.stderr)
        return 2
    rows = list(read_exchanges(options.data))
    scores: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    failures: list[dict] = []
    with ExitStack() as held:
        stage = studio(held)
        for number, row in enumerate(rows, 1):
            for check, why in faults_of(stage, row).items():
                scores[row.provider][check][bool(why)] += 1
                if why:
                    failures.append({"check": check, "provider": row.provider, "place": row.place, "why": why})
            if sys.stderr.isatty():
                print(f"\r{number}/{len(rows)}", end="" if number < len(rows) else "\n", file=sys.stderr)
    for provider, checks in sorted(scores.items()):
        for check, (passed, failed) in sorted(checks.items()):
            print(f"{provider:<42} {check:<14} {passed:>5} of {passed + failed:>5}{'  FAILED' if failed else ''}")
    for check in sorted({each["check"] for each in failures}):
        for each in [each for each in failures if each["check"] == check][:SHOWN]:
            print(f"FAILED {check}: {each['provider']} {each['place']}: {each['why']}")
    options.report.parent.mkdir(parents=True, exist_ok=True)
    document = {"target": "eval-wire-gateway", "rows": len(rows), "providers": scores, "failures": failures}
    options.report.write_text(json.dumps(document) + "\n")
    print(f"through the gateway: {len(rows)} exchanges, {len(failures)} failed checks; written: {options.report}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
