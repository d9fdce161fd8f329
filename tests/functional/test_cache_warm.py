"""`inferenceflow cache warm`: fills the cache of a running gateway from a file or a ledger, at a pace, and says what it did."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import gateway_factory
from support.configurations import CHAT, base_config, merge, model_name
from support.fake_upstream import fake_upstream, wait_until
from support.gateway_process import binary, clean_environment, gateway_process
from support.upstream_script import behaviour, fault

CACHE = "x-inferenceflow-cache"
FAST = ("--rate", "1000", "--concurrency", "4")


def warm(
    gateway: gateway_process | None, *arguments: str, given: str = "", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    url = ("--url", gateway.url) if gateway else ()
    return subprocess.run(
        [str(binary()), "cache", "warm", *url, *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=clean_environment(environment),
    )


def lines(*requests: object) -> str:
    return "".join(json.dumps(request) + "\n" for request in requests)


def state(gateway: gateway_process, body: dict, headers: dict[str, str] | None = None) -> str | None:
    got = gateway.call("POST", CHAT, body, {CACHE: "always", **(headers or {})})
    assert got.status == 200, got.body
    return got.header(CACHE)


def test_help_has_an_example() -> None:
    for command in (["cache", "--help"], ["cache", "warm", "--help"]):
        done = subprocess.run([str(binary()), *command], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0
        assert "warm" in done.stdout
    for word in ("--rate", "--ledger", "--dry-run", "inferenceflow cache warm faq.jsonl", "INFERENCEFLOW_API_KEY"):
        assert word in done.stdout


def test_warmed_requests_are_hits(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, tmp_path: Path
) -> None:
    bodies = [model.chat(f"Question {i}?") for i in range(5)]
    file = tmp_path / "faq.jsonl"
    file.write_text(lines(*({**body, "stream": True, "stream_options": {"include_usage": True}} for body in bodies)))
    done = warm(gateway, str(file), *FAST)
    assert done.returncode == 0, done.stderr
    assert "sent 5: 0 there already (0 hit, 0 semantic), 5 stored, 0 failed" in done.stdout
    cost = float(done.stdout.split("cost ")[1].split(" USD")[0])
    assert cost > 0
    seen = upstream.calls(model.upstream)
    assert len(seen) == 5
    assert all("stream" not in json.loads(call.body) for call in seen)
    assert [state(gateway, body) for body in bodies] == ["hit"] * 5
    again = warm(gateway, str(file), *FAST)
    assert "sent 5: 5 there already (5 hit, 0 semantic), 0 stored" in again.stdout
    assert "cost 0.000000000 USD" in again.stdout
    assert len(upstream.calls(model.upstream)) == 5
    rows = gateway.rows_of(model.client, 15)
    spent = sum(row["cost_nano_usd"] for row in rows)
    assert spent == round(cost * 1e9)


def test_questions_come_from_standard_input(gateway: gateway_process, model: model_name) -> None:
    done = warm(gateway, "-", "--model", model.client, *FAST, given='"What is \\"it\\"?"\nWhere is it?\n\n')
    assert done.returncode == 0, done.stderr
    assert "sent 2:" in done.stdout
    for text in ('What is "it"?', "Where is it?"):
        assert state(gateway, model.chat(text)) == "hit"


def test_every_surface_can_be_warmed(gateway: gateway_process, model: model_name) -> None:
    claude = {"model": model.client, "max_tokens": 20, "messages": [{"role": "user", "content": "Hello there"}]}
    given = lines(
        {"model": model.client, "prompt": "Once"},
        {"model": model.client, "input": "Twice"},
        {"path": "/v1/messages", "body": claude},
    )
    done = warm(gateway, "-", *FAST, given=given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 stored" in done.stdout
    for path, body in (
        ("/v1/completions", {"model": model.client, "prompt": "Once"}),
        ("/v1/embeddings", {"model": model.client, "input": "Twice"}),
        ("/v1/messages", claude),
    ):
        assert gateway.call("POST", path, body, {CACHE: "always"}).header(CACHE) == "hit", path


def test_malformed_lines_are_named_and_skipped(gateway: gateway_process, model: model_name, tmp_path: Path) -> None:
    file = tmp_path / "mixed.jsonl"
    good = json.dumps(model.chat("Good?"))
    file.write_bytes(b"\xef\xbb\xbf{]\n" + good.encode() + b"\r\n[]\nno model\n" + b"x" * (9 << 20) + b"\n" + good.encode())
    done = warm(gateway, str(file), *FAST)
    assert done.returncode == 1
    assert "sent 2:" in done.stdout
    assert "skipped 4" in done.stdout
    for number, word in ((1, "not JSON"), (3, "an array"), (4, "--model"), (5, "longer than 8 MiB")):
        line = next(line for line in done.stderr.splitlines() if f"mixed.jsonl:{number}:" in line)
        assert word in line


def test_many_malformed_lines_are_counted(gateway: gateway_process) -> None:
    done = warm(gateway, "-", given="{]\n" * 1000)
    assert done.returncode == 1
    assert done.stderr.count("not JSON") == 50
    assert "and 950 more" in done.stderr
    assert "skipped 1000" in done.stdout


def test_empty_input_is_nothing_to_do(gateway: gateway_process) -> None:
    done = warm(gateway, "-", given="\n\n")
    assert done.returncode == 0
    assert "sent 0:" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["/no/such/file.jsonl"], "/no/such/file.jsonl"),
        (["/tmp"], "folder"),
        (["-", "--url", "https://127.0.0.1:1"], "not supported"),
        (["-", "--url", "ftp://x"], "--url ftp://x"),
        (["-", "--header", "broken"], "name: value"),
        (["-", "--header", "Content-Length: 5"], "content-length"),
        (["--ledger", "/no/such/ledger", "--top", "5"], "/no/such/ledger"),
        (["--ledger", "/no/such/ledger", "--since", "soon"], "--since soon"),
    ],
)
def test_what_cannot_begin_says_why(arguments: list[str], word: str) -> None:
    done = warm(None, *arguments)
    assert done.returncode == 2
    assert word.lower() in done.stderr.lower()
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [[], ["-", "--ledger", "x"], ["-", "--rate", "0"], ["-", "--concurrency", "0"], ["-", "--top", "5"]]
)
def test_wrong_usage_is_refused(arguments: list[str]) -> None:
    done = warm(None, *arguments)
    assert done.returncode == 2
    assert done.stderr.strip()


def test_absent_gateway_is_said_once(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        done = warm(None, "-", "--url", url, *FAST, given=lines(*({"model": "m", "prompt": str(i)} for i in range(20))))
    assert done.returncode == 2
    assert done.stderr.count("refused") == 1
    assert "inferenceflow serve" in done.stderr
    assert url in done.stderr


def test_dry_run_sends_nothing(tmp_path: Path) -> None:
    given = lines({"model": "m", "prompt": "a"}, {"model": "m", "prompt": "b"}, {"model": "m", "input": "c"})
    done = warm(None, "-", "--dry-run", "--url", "http://127.0.0.1:1", "--rate", "2", given=given)
    assert done.returncode == 0, done.stderr
    assert "would send 3 requests" in done.stdout
    assert "in 1.5 s" in done.stdout
    assert "2 /v1/completions" in done.stdout
    assert warm(None, "-", "--dry-run", given="{]\n").returncode == 1


def test_rate_is_kept(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    begun = time.monotonic()
    given = lines(*(model.chat(str(i)) for i in range(11)))
    done = warm(gateway, "-", "--rate", "10", "--concurrency", "8", given=given)
    assert done.returncode == 0
    assert time.monotonic() - begun >= 0.97
    assert len(upstream.calls(model.upstream)) == 11


def test_concurrency_is_kept(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(head_delay_s=0.2))
    begun = time.monotonic()
    done = warm(gateway, "-", "--rate", "1000", "--concurrency", "2", given=lines(*(model.chat(str(i)) for i in range(8))))
    assert done.returncode == 0
    assert time.monotonic() - begun >= 0.8


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, status: int
) -> None:
    upstream.script_next(model.upstream, behaviour(status=status, retry_after="1"))
    begun = time.monotonic()
    done = warm(gateway, "-", *FAST, given=lines(model.chat("Busy?")))
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - begun >= 1
    assert f"status {status}: waiting 1 s" in done.stderr
    assert "1 stored, 0 failed" in done.stdout
    assert len(upstream.calls(model.upstream)) == 2


def test_retries_end_and_other_failures_have_none(
    gateway: gateway_process, upstream: fake_upstream, model: model_name, other_model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(status=429, retry_after="0"))
    upstream.script(other_model.upstream, behaviour(status=400, error_message="not like this"))
    done = warm(gateway, "-", *FAST, given=lines(model.chat("Busy?"), other_model.chat("Wrong?"), other_model.chat("!")))
    assert done.returncode == 1
    assert len(upstream.calls(model.upstream)) == 6
    assert len(upstream.calls(other_model.upstream)) == 2
    assert "status 429: 1" in done.stdout
    assert "status 400: 2" in done.stdout
    assert "not like this" in done.stdout


def test_longer_wait_than_allowed_is_a_failure(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(status=429, retry_after="9999"))
    done = warm(gateway, "-", *FAST, given=lines(model.chat("Busy?")))
    assert done.returncode == 1
    assert "status 429: 1" in done.stdout


def test_headers_and_key_are_sent(start_gateway: gateway_factory, upstream: fake_upstream, model: model_name) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"server": {"trust_identity_headers": True}}))
    body = model.chat("Whose?")
    done = warm(gateway, "-", *FAST, "--header", "x-inferenceflow-tenant: search", "--header", "x-other: 1", given=lines(body))
    assert done.returncode == 0, done.stderr
    assert state(gateway, body) == "miss"
    assert state(gateway, body, {"x-inferenceflow-tenant": "search"}) == "hit"


class listener:
    """Takes one connection and keeps what it says."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"


@pytest.fixture
def listening() -> Iterator[listener]:
    made = listener()
    yield made
    made.socket.close()


def start_warming(url: str, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(binary()), "cache", "warm", "--url", url, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(environment),
    )


def test_what_is_sent_over_the_wire(listening: listener) -> None:
    process = start_warming(f"{listening.url}/below/", "-", environment={"INFERENCEFLOW_API_KEY": "sk-mine"})
    assert process.stdin
    process.stdin.write(lines({"model": "m", "prompt": "p"}))
    process.stdin.flush()
    taken, _ = listening.socket.accept()
    taken.settimeout(10)
    head = b""
    while b'"prompt"' not in head:
        head += taken.recv(65536)
    text = head.decode().lower()
    assert text.startswith("post /below/v1/completions http/1.1\r\n")
    assert "\r\nauthorization: bearer sk-mine\r\n" in text
    assert f"\r\n{CACHE}: always\r\n" in text
    taken.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nx-inferenceflow-cache: miss\r\n\r\n2\r\n{}\r\n0\r\n")
    taken.sendall(b"x-inferenceflow-cost: 0.000000042\r\n\r\n")
    out, problems = process.communicate(timeout=20)
    assert process.returncode == 0, problems
    assert "1 stored" in out
    assert "cost 0.000000042 USD" in out, "the cost of a stream is in its trailer"
    taken.close()


def test_garbage_instead_of_an_answer_is_counted(listening: listener) -> None:
    process = start_warming(listening.url, "-")
    assert process.stdin
    process.stdin.write(lines({"model": "m", "prompt": "p"}))
    process.stdin.flush()
    taken, _ = listening.socket.accept()
    taken.sendall(b"hello, is it me\r\n\r\n")
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "no answer: 1" in out
    taken.close()


def test_interrupt_ends_what_is_on_its_way_and_prints_the_summary(
    gateway: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    upstream.script(model.upstream, behaviour(head_delay_s=1.0))
    process = start_warming(gateway.url, "-", *FAST)
    assert process.stdin
    process.stdin.write(lines(model.chat("First?"), model.chat("Second?")))
    process.stdin.flush()  # and left open: the command waits for more
    wait_until(lambda: len(upstream.calls(model.upstream)) == 2, what="both are on their way")
    process.send_signal(signal.SIGINT)
    out, problems = process.communicate(timeout=20)
    assert process.returncode == 130, problems
    assert "sent 2: 0 there already (0 hit, 0 semantic), 2 stored" in out
    assert state(gateway, model.chat("First?")) == "hit"


def test_second_interrupt_breaks_off(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(fault=fault.stall_head))
    process = start_warming(gateway.url, "-", *FAST)
    assert process.stdin
    process.stdin.write(lines(model.chat("First?")))
    process.stdin.flush()
    wait_until(lambda: len(upstream.calls(model.upstream)) == 1, what="it is on its way")
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, problems = process.communicate(timeout=20)
    assert time.monotonic() - begun < 4
    assert process.returncode == 130, problems
    assert "interrupted: 1 were on their way" in out


def test_interrupt_ends_a_pause(gateway: gateway_process, upstream: fake_upstream, model: model_name) -> None:
    upstream.script(model.upstream, behaviour(status=429, retry_after="60"))
    process = start_warming(gateway.url, "-", *FAST)
    assert process.stdin
    process.stdin.write(lines(model.chat("Busy?")))
    process.stdin.flush()
    assert process.stderr
    assert "waiting 60 s" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted: 1 were on their way" in out


def test_gateway_that_goes_away_ends_it(
    start_gateway: gateway_factory, upstream: fake_upstream, model: model_name
) -> None:
    gateway = start_gateway(base_config(upstream))
    process = start_warming(gateway.url, "-", *FAST)
    assert process.stdin
    process.stdin.write(lines(model.chat("First?")))
    process.stdin.flush()
    wait_until(lambda: len(upstream.calls(model.upstream)) == 1, what="the first was sent")
    gateway.rows_of(model.client, 1)
    gateway.stop()
    out, problems = process.communicate(lines(model.chat("Second?"), model.chat("Third?")), timeout=20)
    assert process.returncode == 1
    assert "1 stored" in out
    assert problems.count("refused") == 1


def test_idle_connection_that_the_gateway_closed_is_replaced(
    start_gateway: gateway_factory, upstream: fake_upstream, model: model_name
) -> None:
    gateway = start_gateway(merge(base_config(upstream), {"server": {"idle_timeout_ms": 200}}))
    given = lines(*(model.chat(str(i)) for i in range(3)))
    done = warm(gateway, "-", "--rate", "1.5", "--concurrency", "1", given=given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 stored, 0 failed" in done.stdout


def test_progress_is_a_line_per_tenth(gateway: gateway_process, model: model_name, tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text(lines(*(model.chat(f"{i:03}") for i in range(100))))
    done = warm(gateway, str(file), "--rate", "2000", "--concurrency", "1")
    assert done.returncode == 0
    shown = done.stderr.splitlines()
    assert len(shown) == 10
    assert "100 %" in shown[-1]
    assert "100 sent: 0 there, 100 stored, 0 failed" in shown[-1]
    assert "\x1b" not in done.stderr


def test_progress_is_a_bar_on_a_terminal(gateway: gateway_process, model: model_name, tmp_path: Path) -> None:
    file = tmp_path / "few.jsonl"
    file.write_text(lines(*(model.chat(str(i)) for i in range(4))))
    ours, theirs = pty.openpty()
    command = [str(binary()), "cache", "warm", str(file), "--url", gateway.url, "--rate", "10"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, text=True, timeout=30, check=False)
    os.close(theirs)
    shown = ""
    with contextlib.suppress(OSError):  # how a terminal that nobody writes to any more ends
        while piece := os.read(ours, 65536):
            shown += piece.decode()
    os.close(ours)
    assert done.returncode == 0
    assert shown.count("\r\x1b[K[") >= 3
    assert "[########################] 100 %" in shown
    assert "left" in shown


@pytest.fixture
def keeping(start_gateway: gateway_factory, upstream: fake_upstream) -> gateway_process:
    extra = {"server": {"trust_identity_headers": True}, "ledger": {"requests": True, "request_bytes_max": 2000}}
    return start_gateway(merge(base_config(upstream), extra))


def ask(gateway: gateway_process, body: dict, times: int = 1, **headers: str) -> None:
    for _ in range(times):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        gateway.call("POST", CHAT, body, given)


def test_ledger_is_warmed_most_repeated_first(
    keeping: gateway_process, start_gateway: gateway_factory, upstream: fake_upstream, model: model_name
) -> None:
    rare, often, other = model.chat("Rare?"), model.chat("Often?", stream=True), model.chat("Other?")
    ask(keeping, rare)
    ask(keeping, often, 3)
    ask(keeping, other, 2, x_inferenceflow_tenant="search")
    ask(keeping, model.chat("x" * 3000), 5)  # too long to be kept
    upstream.script_next(model.upstream, *[behaviour(status=400)] * 4)
    ask(keeping, model.chat("Wrong?"), 4)  # not answered
    keeping.rows_of(model.client, 15)
    ledger = str(keeping.folder / "ledger.sqlite")

    cold = start_gateway(merge(base_config(upstream), {"server": {"trust_identity_headers": True}}))
    before = len(upstream.calls(model.upstream))
    done = warm(cold, "--ledger", ledger, "--top", "2", "--since", "1h", *FAST[:2], "--concurrency", "1")
    assert done.returncode == 0, done.stderr
    assert "sent 2:" in done.stdout
    asked = [json.loads(call.body) for call in upstream.calls(model.upstream)[before:]]
    assert [body["messages"][0]["content"] for body in asked] == ["Often?", "Other?"]
    assert state(cold, model.chat("Often?")) == "hit"
    assert state(cold, other) == "miss"
    assert state(cold, other, {"x-inferenceflow-tenant": "search"}) == "hit"
    assert state(cold, rare) == "miss"
    dry = warm(cold, "--ledger", ledger, "--top", "100", "--dry-run")
    assert "would send 3 requests" in dry.stdout
    late = warm(cold, "--ledger", ledger, "--since", "0s")
    assert late.returncode == 2
    assert "ledger.requests" in late.stderr


def test_nothing_is_kept_unless_it_is_asked_for(
    start_gateway: gateway_factory, upstream: fake_upstream, model: model_name
) -> None:
    config = base_config(upstream)
    gateway = start_gateway(config)
    ask(gateway, model.chat("Secret?"))
    gateway.rows_of(model.client, 1)
    ledger = gateway.folder / "ledger.sqlite"
    assert b"Secret?" not in b"".join(file.read_bytes() for file in gateway.folder.glob("ledger.sqlite*"))
    assert warm(gateway, "--ledger", str(ledger)).returncode == 2
    gateway.write_config(merge(config, {"ledger": {"requests": True}}))
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: "configuration reloaded" in gateway.log_text(), what="the reload")
    ask(gateway, model.chat("Kept?"))
    gateway.rows_of(model.client, 2)
    done = warm(gateway, "--ledger", str(ledger), "--dry-run")
    assert "would send 1 requests" in done.stdout


def test_requests_of_all_surfaces_are_kept_as_they_can_be_sent(
    keeping: gateway_process, upstream: fake_upstream, model: model_name
) -> None:
    message = {"model": model.client, "max_tokens": 20, "messages": [{"role": "user", "content": "Hello there"}]}
    inference = {"model": model.client, "prompt": "Say it"}
    for path, body in (
        ("/v1/messages", message),
        ("/v1/inference", inference),
        ("/v1/completions", {"model": model.client, "prompt": "Once"}),
        ("/v1/embeddings", {"model": model.client, "input": "Twice"}),
    ):
        got = keeping.call("POST", path, body)
        assert got.status == 200, (path, got.body)
    keeping.rows_of(model.client, 4)
    done = warm(keeping, "--ledger", str(keeping.folder / "ledger.sqlite"), *FAST)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sent 4:" in done.stdout
    assert "0 failed" in done.stdout
    assert keeping.call("POST", "/v1/messages", message, {CACHE: "always"}).header(CACHE) == "hit"
