"""Holds the ledger against what the fakes delivered: the right bill, and only one."""

from __future__ import annotations

from collections import defaultdict

from clients import outcome
from misfortune import call_seen, misfortune

INPUT_USD_PER_MTOK = 100
OUTPUT_USD_PER_MTOK = 400
BYTES_PER_TOKEN_MIN = 1  # no estimate may count more tokens than bytes were delivered


def calls_of(providers: dict[str, misfortune], request_id: str) -> list[tuple[str, call_seen]]:
    """All calls for one request, in the order in which they came."""
    found = [(name, call) for name, one in providers.items() for call in one.calls.get(request_id, [])]
    return sorted(found, key=lambda pair: pair[1].request.arrived_at)


def check(outcomes: list[outcome], rows: list[dict], providers: dict[str, misfortune]) -> list[str]:
    """Every bill that is wrong, in words."""
    by_id: dict[str, list[dict]] = defaultdict(list)
    for row in rows:
        by_id[row["request_id"]].append(row)
    wrong = []
    for seen in outcomes:
        wrong += _check_one(seen, by_id.pop(seen.request_id, []), calls_of(providers, seen.request_id))
    wrong += [f"{request_id}: in the ledger, but no client asked" for request_id in by_id]
    return wrong


def _check_one(seen: outcome, rows: list[dict], calls: list[tuple[str, call_seen]]) -> list[str]:
    where = f"{seen.request_id} ({seen.client}, {'stream' if seen.streamed else 'document'}, {seen.kind})"
    if len(rows) != 1:
        return [f"{where}: {len(rows)} rows in the ledger"]
    row = rows[0]
    billed = (row["fresh_input"] + row["cached_input"] + row["cache_write"], row["output"] + row["reasoning"])
    price = billed[0] * INPUT_USD_PER_MTOK * 1000 + billed[1] * OUTPUT_USD_PER_MTOK * 1000
    wrong = []
    if row["cost_nano_usd"] != price:
        wrong.append(f"{where}: {row['cost_nano_usd']} nano-dollars for {billed} tokens, not {price}")
    served = [call for name, call in calls if name == row["provider"] and call.text.startswith(seen.text.strip()[:200])]
    if seen.kind == "answered":
        right = [(call.usage.prompt, call.usage.completion) for call in served]
        if billed not in right or row["estimated"]:
            wrong.append(f"{where}: billed {billed} (estimated: {row['estimated']}), delivered {right} by {row['provider']}")
    elif seen.kind == "broke":
        wrong += _check_broken(where, seen, row, billed, served, calls)
    elif billed != (0, 0) and not _was_delivered(calls):
        wrong.append(f"{where}: billed {billed}, but no provider delivered anything")
    return wrong


def _check_broken(
    where: str, seen: outcome, row: dict, billed: tuple[int, int], served: list[call_seen], calls: list[tuple[str, call_seen]]
) -> list[str]:
    """The partial answer is billed: by the provider's own counts if they came, else by an estimate that is called one."""
    wrong = []
    if not served:
        return [f"{where}: {row['provider']} is billed, but did not say {seen.text[:60]!r}"]
    call = served[-1]
    if calls[-1][1] is not call:
        wrong.append(f"{where}: sent again after content had been delivered")
    if row["estimated"]:
        if not 0 < billed[1] <= len(call.text) // BYTES_PER_TOKEN_MIN:
            wrong.append(f"{where}: estimate of {billed[1]} tokens for {len(seen.text)} bytes")
    elif billed[0] != call.usage.prompt or billed[1] > call.usage.completion:
        wrong.append(f"{where}: billed {billed}, the provider had said {call.usage}")
    return wrong


def _was_delivered(calls: list[tuple[str, call_seen]]) -> bool:
    return any(call.request.sent for _, call in calls)
