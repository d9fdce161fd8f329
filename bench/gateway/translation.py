#!/usr/bin/env python3
"""What a translation costs the gateway: CPU per request of 2 KiB and per streamed event, every client on every backend.

ROUNDS=3 ROUND_S=1 EVENTS=64   how long, and how many deltas a stream has
Exit status 1 when a target is missed: a translated request at most 2 x the CPU of the pass-through, an event of a stream
at most 5 us. Keys of build/reports/bench-translation.json: bench/README.md.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from load_tools import CONNECTIONS, finish_wrk
from run import progress, setting
from servers import BUILD, REPOSITORY, missing_program, program, raise_descriptor_limit, server, start_gateway

ROUNDS = int(os.environ.get("ROUNDS", "3"))
ROUND_S = int(os.environ.get("ROUND_S", "1"))
EVENTS = int(os.environ.get("EVENTS", "64"))
REQUEST_BYTES = 2048
RATIO_MAX = 2.0
EVENT_US_MAX = 5.0
REPORT = REPOSITORY / "build/reports/bench-translation.json"
SCRIPT = Path(__file__).with_name("translated.lua")
PROTOCOLS = ("openai", "openai_responses", "anthropic", "gemini", "cohere", "bedrock")
FORMS = ("document", "stream")


def target_of(client: str, model: str, streamed: bool) -> str:
    return {
        "openai": "/v1/chat/completions",
        "openai_responses": "/v1/responses",
        "anthropic": "/v1/messages",
        "gemini": f"/v1beta/models/{model}:" + ("streamGenerateContent?alt=sse" if streamed else "generateContent"),
        "cohere": "/v2/chat",
        "bedrock": f"/model/{model}/converse" + ("-stream" if streamed else ""),
    }[client]


def body_of(client: str, model: str, streamed: bool) -> str:
    """A body of REQUEST_BYTES; temperature 0.7, so that the cache neither answers nor keeps."""

    def with_text(text: str) -> dict:
        if client == "gemini":
            said = [{"role": "user", "parts": [{"text": text}]}]
            return {"contents": said, "generationConfig": {"temperature": 0.7, "maxOutputTokens": 400}}
        if client == "bedrock":
            said = [{"role": "user", "content": [{"text": text}]}]
            return {"messages": said, "inferenceConfig": {"temperature": 0.7, "maxTokens": 400}}
        named = {"model": model, "stream": streamed, "temperature": 0.7}
        if client == "openai_responses":
            return {**named, "max_output_tokens": 400, "input": [{"role": "user", "content": text}]}
        return {**named, "max_tokens": 400, "messages": [{"role": "user", "content": text}]}

    def written(text: str) -> str:
        return json.dumps(with_text(text), separators=(",", ":"))

    start = "request @ID@ "
    room = REQUEST_BYTES - len(written(start))
    return written(start + ("The quick brown fox jumps over the lazy dog. " * 50)[:room])


def config_for(upstream_port: int) -> dict:
    def provider(protocol: str) -> dict:
        url = f"http://127.0.0.1:{upstream_port}" + ("/v1" if protocol == "openai" else "")
        return {"name": protocol, "protocol": protocol, "base_url": url, "models": [f"over-{protocol}"]}

    return {"providers": [provider(protocol) for protocol in PROTOCOLS]}


def start_native_upstream() -> server:
    path = program("native_upstream", BUILD / "tests/support/native_upstream")
    process = subprocess.Popen([path, str(EVENTS)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    return server("upstream", process, int(process.stdout.readline()))


def cpu_us(gateway: server, client: str, backend: str, form: str, folder: Path) -> float:
    """CPU of the gateway alone, per request."""
    model, streamed = f"over-{backend}", form == "stream"
    body = folder / f"{client}-{backend}-{form}.json"
    body.write_text(body_of(client, model, streamed))
    environment = {
        **os.environ,
        "TARGET": target_of(client, model, streamed),
        "BODY_FILE": str(body),
        "RUN": f"{time.time_ns():x}",
    }
    command = [program("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{ROUND_S}s", "--timeout", "20s", "-s", str(SCRIPT)]
    before = gateway.cpu_ns()
    got = finish_wrk(
        subprocess.Popen(
            [*command, f"http://127.0.0.1:{gateway.port}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
        )
    )
    spent = (gateway.cpu_ns() - before) / 1000
    if got["bad_status"] or got["broken"] or not got["requests"]:
        raise RuntimeError(f"{client} on {backend}, {form}: requests failed, nothing is measured: {got}")
    return spent / got["requests"]


def micro(shown: progress) -> dict[str, float]:
    """translation_bench: the translation alone, without sockets, in microseconds of CPU."""
    command = [program("translation_bench", BUILD / "bench/translation_bench"), "--benchmark_format=json"]
    done = subprocess.run([*command, "--benchmark_min_time=0.05"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"translation_bench failed: {done.stderr[-1000:]}")
    shown.step("translation_bench")
    figures = {}
    for line in json.loads(done.stdout)["benchmarks"]:
        if line.get("error_occurred"):
            raise RuntimeError(f"translation_bench: {line['name']}: {line['error_message']}")
        per_event = line["name"].startswith("event/")
        figures[line["name"]] = 1e6 / line["items_per_second"] if per_event else line["cpu_time"]
    return figures


def measure(folder: Path) -> dict:
    pairs = [(client, backend) for client in PROTOCOLS for backend in PROTOCOLS]
    shown = progress(1 + (ROUNDS + 1) * len(pairs) * len(FORMS))
    alone = micro(shown)
    spent: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    with start_native_upstream() as upstream, start_gateway(folder, 1, config_for(upstream.port)) as gateway:
        for number in range(ROUNDS + 1):  # the first one warms up
            for client, backend in pairs:
                for form in FORMS:
                    shown.step(f"{client} on {backend}, {form}")
                    got = cpu_us(gateway, client, backend, form, folder)
                    if number:
                        spent[client, backend, form].append(got)
    shown.end()
    rows = {}
    for client, backend in pairs:
        document = statistics.median(spent[client, backend, "document"])
        stream = statistics.median(spent[client, backend, "stream"])
        row = {"request_cpu_us": round(document, 2), "streamed_event_cpu_us": round(stream / EVENTS, 3)}
        if client != backend:
            passed = [statistics.median(spent[side, side, "document"]) for side in (client, backend)]
            streamed = statistics.median(spent[backend, backend, "stream"])
            row |= {
                "ratio": round(document / min(passed), 3),
                "event_added_us": round((stream - streamed) / EVENTS, 3),
                "event_alone_us": round(alone[f"event/{client}/{backend}"], 3),
                "document_alone_us": round(alone[f"document/{client}/{backend}"], 2),
            }
        rows[f"{client}/{backend}"] = row
    return {"rows": rows, "setting": {**setting(), "events": EVENTS, "request_bytes": REQUEST_BYTES}}


def missed(rows: dict[str, dict]) -> list[str]:
    told = []
    for pair, row in rows.items():
        if row.get("ratio", 0) > RATIO_MAX:
            told.append(f"{pair}: {row['ratio']} x the pass-through's CPU per request, at most {RATIO_MAX}")
        for key in ("event_added_us", "event_alone_us"):
            if row.get(key, 0) > EVENT_US_MAX:
                told.append(f"{pair}: {key} {row[key]}, at most {EVENT_US_MAX}")
    return told


def print_table(rows: dict[str, dict]) -> None:
    columns = {
        "request_cpu_us": "us/request",
        "ratio": "x passed",
        "streamed_event_cpu_us": "us/event",
        "event_added_us": "added/event",
        "event_alone_us": "alone/event",
        "document_alone_us": "alone/request",
    }
    print(f"{'client/backend':<36}" + "".join(f"{title:>15}" for title in columns.values()))
    for pair, row in rows.items():
        print(f"{pair:<36}" + "".join(f"{row.get(key, '-'):>15}" for key in columns))


def main() -> int:
    raise_descriptor_limit()
    try:
        with tempfile.TemporaryDirectory(prefix="iflow-bench-") as folder:
            report = measure(Path(folder))
    except (missing_program, RuntimeError) as failure:
        print(f"bench-translation: {failure}", file=sys.stderr)
        return 1
    report["missed"] = missed(report["rows"])
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    print_table(report["rows"])
    for line in report["missed"]:
        print(f"missed: {line}")
    print(f"report: {REPORT.relative_to(REPOSITORY)}")
    return 1 if report["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
