"""`make eval-wire` over a few exchanges of our own: what it counts, what it names, what it refuses."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pytest
from support.gateway_process import binary

ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1700000000,
    "model": "small-1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Seven."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
}
STREAM = "".join(
    f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
    for event in (
        {
            "type": "message_start",
            "message": {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "middle-1",
                "content": [],
                "stop_reason": None,
                "usage": {"input_tokens": 12, "output_tokens": 1, "cache_read_input_tokens": 30},
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Ei"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "ght."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}},
        {"type": "message_stop"},
    )
)


def row(**fields: object) -> dict:
    return {
        "provider": "openai",
        "method": "POST",
        "url": "https://provider.example/v1/chat/completions",
        "status": 200,
        "request": {"model": "small-1", "messages": [{"role": "user", "content": "3 + 4?"}]},
        "body_kind": "json",
        "response": ANSWER,
        "file": "own.yaml",
        "i": 0,
        **fields,
    }


def anthropic_stream(text: str) -> dict:
    return row(
        provider="anthropic",
        url="https://provider.example/v1/messages?beta=true",
        request={"model": "middle-1", "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": "?"}]},
        body_kind="sse",
        response=text,
    )


def evaluate(folder: Path, lines: list[str | dict] | None) -> tuple[subprocess.CompletedProcess[str], dict]:
    """Runs the program over these lines, or over a folder without any."""
    program = binary().parents[2] / "bench/wire/eval_wire"
    if not program.exists():
        pytest.skip(f"{program} is built with the release preset only")
    if lines is not None:
        text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
        (folder / "wire_formats").mkdir()
        (folder / "wire_formats/recorded_http.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    report = folder / "reports/eval-wire.json"
    command = [str(program), "--data", str(folder), "--report", str(report), "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done, json.loads(report.read_text()) if report.exists() else {}


def test_good_rows_pass_every_check(tmp_path: Path) -> None:
    done, report = evaluate(tmp_path, [row(), anthropic_stream(STREAM)])
    assert done.returncode == 0, done.stderr
    assert report["failures"] == []
    assert "seed 7" in done.stdout
    assert (report["side"], report["seed"], report["rows"]) == ("dev", 7, 2)
    assert report["checks"]["usage"] == {"equal": 2, "lossy": 0, "failed": 0}
    assert report["checks"]["stream in pieces"]["equal"] == 1
    assert report["checks"]["answer to cohere"]["failed"] == 0


def test_what_is_wrong_is_named_by_file_and_row(tmp_path: Path) -> None:
    torn = anthropic_stream(STREAM.split("event: message_delta")[0])
    odd = row(request={"model": "small-1", "messages": 7}, i=4)
    done, report = evaluate(tmp_path, [row(), torn, odd])
    assert done.returncode == 0, done.stderr
    failed = {(each["check"], each["provider"]): each for each in report["failures"]}
    assert set(failed) == {("stream read", "anthropic"), ("request read", "openai")}
    assert failed["request read", "openai"]["place"] == "own.yaml row 4 (line 3)"
    assert "messages" in failed["request read", "openai"]["why"]
    assert "FAILED stream read: anthropic own.yaml row 0 (line 2)" in done.stdout


def test_malformed_rows_are_named(tmp_path: Path) -> None:
    bad_frames = row(body_kind="eventstream_base64", response="no base64!")
    lines = ["{not json", row(status="200"), row(url="relative"), {"provider": "x"}, bad_frames, row()]
    done, report = evaluate(tmp_path, lines)
    assert done.returncode == 0, done.stderr
    assert [(each["line"], each["why"].split(":")[0]) for each in report["malformed"]] == [
        (1, "row"),
        (2, "status"),
        (3, "url"),
        (4, "method"),
        (5, "response"),
    ]
    assert report["rows"] == 1
    assert done.stdout.count("MALFORMED") == 5


def test_errors_and_other_endpoints(tmp_path: Path) -> None:
    refused = row(status=429, response={"error": {"message": "slow down", "type": "rate_limit_exceeded"}})
    embedding = row(url="https://provider.example/v1/embeddings")
    done, report = evaluate(tmp_path, [refused, embedding])
    assert done.returncode == 0, done.stderr
    assert report["outside"] == {"openai": 1}
    assert report["checks"]["error read"]["equal"] == 1
    assert report["checks"]["error to bedrock"]["equal"] == 1
    assert "usage" not in report["checks"]


def test_absent_and_empty_data_are_told(tmp_path: Path) -> None:
    done, report = evaluate(tmp_path, None)
    assert done.returncode == 2
    assert report == {}
    assert "recorded_http.jsonl.gz" in done.stderr
    assert str(tmp_path) in done.stderr
    done, _ = evaluate(tmp_path, [])
    assert done.returncode == 2
    assert "holds no exchange" in done.stderr


def test_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "recorded_http.jsonl.gz").write_bytes(gzip.compress(json.dumps(row()).encode() * 9)[:-20])
    done, _ = evaluate(tmp_path, None)
    assert done.returncode == 2
    assert "damaged" in done.stderr
