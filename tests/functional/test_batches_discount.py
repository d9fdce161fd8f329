"""Lines of /v1/batches that are bought in the providers' own batches: once, at half the price, in time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from support.batch_files import begin, chat_line, content, sdk, wait_over
from support.configurations import ONE_CALL, merge
from support.fake_upstream import fake_upstream, wait_until
from support.fakes.anthropic_batches import anthropic_batches
from support.fakes.batch_api import (
    DONE,
    EXPIRED,
    FAILED,
    REFUSED,
    RUNNING,
    batch_api,
    line,
)
from support.fakes.gemini_batches import gemini_batches
from support.fakes.openai_batches import openai_batches
from support.gateway_process import gateway_process
from support.upstream_script import behaviour, fault

FAKES: dict[str, type[batch_api]] = {
    "openai": openai_batches,
    "anthropic": anthropic_batches,
    "gemini": gemini_batches,
}
MODEL = "batch-model"
LINES = 6
QUICK = {"gather_s": 1, "lines_min": 2, "poll_min_s": 1, "poll_max_s": 1}
#: With a window of 10 s: taken at once, called back after 5 s, promoted after 8 s.
SHORT = {**QUICK, "slack_min_s": 7, "give_up_before_s": 5, "promote_before_s": 2}
FOREVER = 1_000_000


@pytest.fixture(params=FAKES)
def fake(request: pytest.FixtureRequest) -> Iterator[fake_upstream]:
    with fake_upstream(speaks=FAKES[request.param]()) as running:
        yield running


@pytest.fixture
def openai_fake() -> Iterator[fake_upstream]:
    with fake_upstream(speaks=openai_batches()) as running:
        yield running


def settings(fake: fake_upstream, pool: dict | None = None, **provider: object) -> dict:
    name = fake.shape.name
    return {
        "server": {"host": "127.0.0.1", "port": 0, "loops": 2},
        "log": {"level": "debug"},
        "local": {"enabled": False},
        "providers": [
            {
                "name": "bulk",
                "protocol": name,
                "base_url": fake.url if name == "openai" else fake.origin,
                "api_key_env": "FAKE_PROVIDER_KEY",
                "models": [MODEL],
                "batch": {"enabled": True},
                **provider,
            }
        ],
        "batches": {"pool": pool or QUICK},
        "cost": {"ceiling": {"input_usd_per_mtok": 100, "output_usd_per_mtok": 400}},
        "cache": {"enabled": False},
        "ledger": {"path": "ledger.sqlite"},
        "resilience": ONE_CALL,
    }


def api(fake: fake_upstream) -> batch_api:
    assert isinstance(fake.shape, batch_api)
    return fake.shape


def some(count: int = LINES) -> list[dict]:
    return [chat_line(f"line-{i}", MODEL) for i in range(count)]


def normal_calls(fake: fake_upstream) -> int:
    return len(fake.calls(MODEL))


def steps(fake: fake_upstream, step: str) -> int:
    return len(fake.calls(f"batch:{step}"))


def number_of(told: line) -> int:
    """Which line of the file it is: its question says so."""
    return int(json.dumps(told.body).split("line-")[1].split('"')[0])


def check_all_answered(gateway: gateway_process, batch_id: str, count: int = LINES) -> list[dict]:
    """Each line has one answer, and one row in the ledger; the rows."""
    done = wait_over(sdk(gateway), batch_id, timeout_s=60)
    assert done.status == "completed"
    answers = content(sdk(gateway), done.output_file_id)
    assert [answer["custom_id"] for answer in answers] == [f"line-{i}" for i in range(count)]
    for answer in answers:
        assert answer["response"]["body"]["choices"][0]["message"]["content"] == behaviour().text
        assert answer["response"]["body"]["object"] == "chat.completion"
    return gateway.rows_of(MODEL, count)


def test_lines_are_pooled_and_settled_once_at_half_the_price(fake: fake_upstream, start_gateway: Callable) -> None:
    gateway = start_gateway(settings(fake))
    batch = begin(sdk(gateway), some())
    rows = check_all_answered(gateway, batch.id)
    assert normal_calls(fake) == 0
    assert steps(fake, "submit") == 1
    assert len(api(fake).lines()) == LINES
    for row in rows:
        assert row["batched"] == 1
        assert row["provider"] == "bulk"
        assert row["fresh_input"] > 0 and row["output"] > 0
        full = 100_000 * row["fresh_input"] + 400_000 * row["output"]  # nano-dollars: the ceiling of the configuration
        assert row["direct_nano_usd"] == full
        assert row["cost_nano_usd"] * 2 == full
    (total,) = gateway.call("GET", "/v1/metrics/cost").json()["rows"]
    assert total["saved_usd"] == pytest.approx(total["cost_usd"])
    assert gateway.gauge("inferenceflow_batch_pooled_lines_total", 'outcome="settled"') == LINES
    assert gateway.gauge("inferenceflow_batch_pooled_lines") == 0
    assert gateway.gauge("inferenceflow_batch_pools_open") == 0
    assert gateway.active_requests() == 0
    if isinstance(fake.shape, openai_batches):
        files = fake.shape.files
        wait_until(lambda: not any(files.values()), what="its files are deleted")


def test_each_line_has_its_own_fate(fake: fake_upstream, start_gateway: Callable) -> None:
    fates = {0: DONE, 1: REFUSED, 2: FAILED, 3: EXPIRED, 4: DONE, 5: DONE}
    api(fake).fate = lambda told: fates[number_of(told)]
    gateway = start_gateway(settings(fake))
    done = wait_over(sdk(gateway), begin(sdk(gateway), some()).id)
    assert done.status == "completed"
    answers = {told["custom_id"]: told for told in content(sdk(gateway), done.output_file_id)}
    assert set(answers) == {"line-0", "line-2", "line-3", "line-4", "line-5"}
    (wrong,) = content(sdk(gateway), done.error_file_id)
    assert wrong["custom_id"] == "line-1"
    assert wrong["response"]["status_code"] == 400
    assert wrong["response"]["body"]["error"]["message"]
    assert normal_calls(fake) == 2, "what failed or expired was asked as a normal call"
    rows = gateway.rows_of(MODEL, LINES)
    assert sorted(row["batched"] for row in rows) == [0, 0, 1, 1, 1, 1]
    assert [row["cost_nano_usd"] for row in rows if row["status"] == 400] == [0]


def test_as_the_deadline_nears_lines_are_called_back_and_asked(fake: fake_upstream, start_gateway: Callable) -> None:
    api(fake).polls_until_end = FOREVER
    api(fake).fate = lambda told: DONE if number_of(told) == 0 else RUNNING
    gateway = start_gateway(settings(fake, SHORT))
    batch = begin(sdk(gateway), some(), window="10s")
    rows = check_all_answered(gateway, batch.id)
    assert steps(fake, "cancel") == 1
    assert normal_calls(fake) == LINES - 1, "what was done before it was called back counts"
    assert sum(row["batched"] for row in rows) == 1


def test_a_provider_that_does_not_answer_any_more_delays_nothing(openai_fake: fake_upstream, start_gateway: Callable) -> None:
    openai_fake.script("batch:poll", behaviour(status=503))
    openai_fake.script("batch:cancel", behaviour(status=503))
    gateway = start_gateway(settings(openai_fake, SHORT))
    rows = check_all_answered(gateway, begin(sdk(gateway), some(), window="10s").id)
    assert normal_calls(openai_fake) == LINES
    assert sum(row["batched"] for row in rows) == 0
    assert gateway.gauge("inferenceflow_batch_pool_errors_total") > 0
    assert gateway.gauge("inferenceflow_batch_pooled_lines_total", 'outcome="promoted"') == LINES


@pytest.mark.parametrize("status", [429, 500])
def test_a_batch_that_was_not_taken_is_sent_again(fake: fake_upstream, start_gateway: Callable, status: int) -> None:
    fake.script_next("batch:submit", behaviour(status=status))
    gateway = start_gateway(settings(fake))
    rows = check_all_answered(gateway, begin(sdk(gateway), some()).id)
    assert steps(fake, "submit") == 2
    assert steps(fake, "list") == (1 if status == 500 else 0), "after a 500 nobody knows whether it was taken"
    assert len(api(fake).batches) == 1
    assert sum(row["batched"] for row in rows) == LINES


def test_a_batch_that_is_refused_is_asked_line_by_line(fake: fake_upstream, start_gateway: Callable) -> None:
    fake.script("batch:submit", behaviour(status=400))
    gateway = start_gateway(settings(fake))
    rows = check_all_answered(gateway, begin(sdk(gateway), some()).id)
    assert steps(fake, "submit") == 1
    assert normal_calls(fake) == LINES
    assert sum(row["batched"] for row in rows) == 0


def test_an_answer_that_was_lost_is_looked_for_and_not_sent_twice(fake: fake_upstream, start_gateway: Callable) -> None:
    fake.script_next("batch:submit", behaviour(fault=fault.close_mid_body))
    gateway = start_gateway(settings(fake))
    rows = check_all_answered(gateway, begin(sdk(gateway), some()).id)
    assert steps(fake, "submit") == 1
    assert len(api(fake).batches) == 1
    assert sum(row["batched"] for row in rows) == LINES


def test_answers_of_the_batch_api_that_cannot_be_read_are_asked_for_again(fake: fake_upstream, start_gateway: Callable) -> None:
    bad = (fault.truncated_json, fault.empty_body, fault.garbage)
    fake.script_next("batch:poll", *(behaviour(fault=one) for one in bad))
    fake.script_next("batch:results", behaviour(fault=fault.close_mid_body))
    gateway = start_gateway(settings(fake))
    rows = check_all_answered(gateway, begin(sdk(gateway), some()).id)
    assert steps(fake, "submit") == 1
    assert normal_calls(fake) == 0
    assert sum(row["batched"] for row in rows) == LINES
    assert gateway.gauge("inferenceflow_batch_pool_errors_total") >= len(bad)


def test_a_provider_that_says_nothing_is_not_waited_for(fake: fake_upstream, start_gateway: Callable) -> None:
    fake.script_next("batch:submit", behaviour(hold_head=True))
    fake.gate.close()
    gateway = start_gateway(settings(fake, first_byte_timeout_ms=300))
    check_all_answered(gateway, begin(sdk(gateway), some()).id)
    assert steps(fake, "list") == 1
    assert steps(fake, "submit") == 2
    assert len(api(fake).batches) == 1


def test_results_that_are_too_long_are_not_read(openai_fake: fake_upstream, start_gateway: Callable) -> None:
    gateway = start_gateway(settings(openai_fake, {**SHORT, "results_bytes_max": 1024}))
    rows = check_all_answered(gateway, begin(sdk(gateway), some(), window="10s").id)
    assert normal_calls(openai_fake) == LINES
    assert sum(row["batched"] for row in rows) == 0


def test_long_results_are_read(fake: fake_upstream, start_gateway: Callable) -> None:
    api(fake).how = behaviour(text="word " * 20_000)
    gateway = start_gateway(settings(fake))
    done = wait_over(sdk(gateway), begin(sdk(gateway), some()).id)
    answers = content(sdk(gateway), done.output_file_id)
    assert {len(told["response"]["body"]["choices"][0]["message"]["content"]) for told in answers} == {100_000}
    assert len(answers) == LINES


def test_kill_9_after_sending_finds_the_batch_again(fake: fake_upstream, start_gateway: Callable) -> None:
    fake.script_next("batch:submit", behaviour(fault=fault.stall_body))
    gateway = start_gateway(settings(fake))
    batch = begin(sdk(gateway), some())
    wait_until(lambda: len(api(fake).batches) == 1, what="the provider has the batch")
    gateway.kill()
    gateway.start()
    rows = check_all_answered(gateway, batch.id)
    assert steps(fake, "submit") == 1, "it is not sent twice"
    assert normal_calls(fake) == 0
    assert len(rows) == LINES and all(row["batched"] for row in rows)


def test_kill_9_before_sending_sends_it(fake: fake_upstream, start_gateway: Callable) -> None:
    first = "batch:upload" if fake.shape.name == "openai" else "batch:submit"
    fake.script_next(first, behaviour(hold_head=True))
    fake.gate.close()
    gateway = start_gateway(settings(fake))
    batch = begin(sdk(gateway), some())
    wait_until(lambda: len(fake.calls(first)) == 1, what="it is on its way")
    gateway.kill()  # the fake does nothing for who has gone
    gateway.start()
    check_all_answered(gateway, batch.id)
    assert len(api(fake).batches) == 1
    assert normal_calls(fake) == 0


def test_kill_9_while_answers_are_written_down_repeats_none(fake: fake_upstream, start_gateway: Callable) -> None:
    count = 150
    gateway = start_gateway(settings(fake, {**QUICK, "lines_max": count}))
    batch = begin(sdk(gateway), some(count))
    for share in (0.2, 0.5, 0.8):
        wait_until(lambda share=share: len(gateway.ledger_rows()) >= count * share, timeout_s=30, what="rows")  # type: ignore[misc]
        gateway.kill()
        gateway.start()
    rows = check_all_answered(gateway, batch.id, count)
    assert len(api(fake).batches) == 1
    assert normal_calls(fake) == 0
    assert len({row["request_id"] for row in rows}) == count


def test_a_restart_goes_on_with_what_is_at_the_provider(fake: fake_upstream, start_gateway: Callable) -> None:
    api(fake).polls_until_end = FOREVER
    gateway = start_gateway(settings(fake))
    batch = begin(sdk(gateway), some())
    wait_until(lambda: steps(fake, "poll") >= 1, what="it is polled")
    gateway.stop()
    api(fake).polls_until_end = 1
    gateway.start()
    check_all_answered(gateway, batch.id)
    assert steps(fake, "submit") == 1
    assert normal_calls(fake) == 0


def test_cancel_calls_the_batch_back(fake: fake_upstream, start_gateway: Callable) -> None:
    api(fake).polls_until_end = FOREVER
    api(fake).fate = lambda told: DONE if number_of(told) == 0 else RUNNING
    gateway = start_gateway(settings(fake))
    batch = begin(sdk(gateway), some())
    wait_until(lambda: steps(fake, "poll") >= 1, what="it is polled")
    sdk(gateway).batches.cancel(batch.id)
    done = wait_over(sdk(gateway), batch.id)
    assert done.status == "cancelled"
    assert steps(fake, "cancel") == 1
    assert normal_calls(fake) == 0
    assert [told["custom_id"] for told in content(sdk(gateway), done.output_file_id)] == ["line-0"], "it is paid for"
    assert {told["error"]["code"] for told in content(sdk(gateway), done.error_file_id)} == {"batch_cancelled"}
    assert len(gateway.rows_of(MODEL, 1)) == 1


def test_cancel_before_sending_sends_nothing(openai_fake: fake_upstream, start_gateway: Callable) -> None:
    gateway = start_gateway(settings(openai_fake, {**QUICK, "gather_s": 3_600}))
    batch = begin(sdk(gateway), some())
    wait_until(
        lambda: gateway.gauge("inferenceflow_batch_pooled_lines") == LINES,
        what="the lines wait",
    )
    sdk(gateway).batches.cancel(batch.id)
    assert wait_over(sdk(gateway), batch.id).status == "cancelled"
    assert not openai_fake.requests
    assert gateway.gauge("inferenceflow_batch_pooled_lines") == 0


def test_tool_loops_and_what_has_no_time_go_the_normal_way(fake: fake_upstream, start_gateway: Callable) -> None:
    gateway = start_gateway(settings(fake))
    tool = {
        "type": "function",
        "function": {"name": "now", "parameters": {"type": "object", "properties": {}}},
    }
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "now", "arguments": "{}"},
    }
    loop = chat_line("loop", MODEL, tools=[tool])
    loop["body"]["messages"] += [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "noon"},
    ]
    first = chat_line("line-0", MODEL, tools=[tool])
    batch = begin(sdk(gateway), [loop, first, chat_line("line-1", MODEL)])
    assert wait_over(sdk(gateway), batch.id).status == "completed"
    assert normal_calls(fake) == 1
    assert len(api(fake).lines()) == 2, "a first question with tools can wait"
    near = begin(sdk(gateway), some(2), window="1h")
    assert wait_over(sdk(gateway), near.id).status == "completed"
    assert normal_calls(fake) == 3


def test_without_the_setting_nothing_is_pooled(openai_fake: fake_upstream, start_gateway: Callable) -> None:
    gateway = start_gateway(settings(openai_fake, batch={"enabled": False}))
    rows = check_all_answered(gateway, begin(sdk(gateway), some()).id)
    assert normal_calls(openai_fake) == LINES
    assert not api(openai_fake).batches
    assert all(row["cost_nano_usd"] == row["direct_nano_usd"] and not row["batched"] for row in rows)


def test_too_few_lines_are_not_worth_a_batch(openai_fake: fake_upstream, start_gateway: Callable) -> None:
    gateway = start_gateway(settings(openai_fake))
    check_all_answered(gateway, begin(sdk(gateway), some(1)).id, 1)
    assert normal_calls(openai_fake) == 1


def test_lines_of_several_batches_go_together_and_kept_answers_cost_nothing(openai_fake: fake_upstream, start_gateway: Callable) -> None:
    gateway = start_gateway(merge(settings(openai_fake), {"cache": {"enabled": True}}))
    lines = [chat_line(f"line-{i}", MODEL, temperature=0) for i in range(LINES)]
    batches = [begin(sdk(gateway), lines[:3]), begin(sdk(gateway), lines[3:])]
    for batch in batches:
        assert wait_over(sdk(gateway), batch.id).status == "completed"
    assert len(api(openai_fake).batches) == 1
    again = begin(sdk(gateway), lines)
    assert wait_over(sdk(gateway), again.id).status == "completed"
    assert len(api(openai_fake).batches) == 1
    assert normal_calls(openai_fake) == 0, "they were kept when the batch came back"
    rows = gateway.rows_of(MODEL, 2 * LINES)
    assert sorted(row["cache"] for row in rows) == ["hit"] * LINES + ["miss"] * LINES


def test_a_mixed_batch_is_not_called_back_for_one_who_leaves(openai_fake: fake_upstream, start_gateway: Callable) -> None:
    api(openai_fake).polls_until_end = 4
    gateway = start_gateway(settings(openai_fake))
    stays, leaves = begin(sdk(gateway), some(3)), begin(sdk(gateway), some(3))
    wait_until(lambda: steps(openai_fake, "poll") >= 1, what="it is polled")
    assert len(api(openai_fake).batches) == 1
    sdk(gateway).batches.cancel(leaves.id)
    assert wait_over(sdk(gateway), stays.id).status == "completed"
    left = wait_over(sdk(gateway), leaves.id)
    assert left.status == "cancelled"
    assert left.request_counts and left.request_counts.completed == 3, "answers that were paid for count"
    assert steps(openai_fake, "cancel") == 0


def test_the_last_who_leaves_a_mixed_batch_calls_it_back(openai_fake: fake_upstream, start_gateway: Callable) -> None:
    api(openai_fake).polls_until_end = FOREVER
    api(openai_fake).fate = lambda told: RUNNING
    gateway = start_gateway(settings(openai_fake))
    both = [begin(sdk(gateway), some(3)), begin(sdk(gateway), some(3))]
    wait_until(lambda: steps(openai_fake, "poll") >= 1, what="it is polled")
    sdk(gateway).batches.cancel(both[0].id)
    gateway.kill()  # a cancel is not forgotten
    gateway.start()
    wait_until(lambda: steps(openai_fake, "poll") >= 3, what="it is polled again")
    assert steps(openai_fake, "cancel") == 0
    sdk(gateway).batches.cancel(both[1].id)
    for batch in both:
        assert wait_over(sdk(gateway), batch.id).status == "cancelled"
    assert steps(openai_fake, "cancel") == 1
    assert normal_calls(openai_fake) == 0


def test_embeddings_are_pooled_at_openai(openai_fake: fake_upstream, start_gateway: Callable) -> None:
    gateway = start_gateway(settings(openai_fake))
    url = "/v1/embeddings"
    lines = [
        {
            "custom_id": str(i),
            "method": "POST",
            "url": url,
            "body": {"model": MODEL, "input": f"line-{i}"},
        }
        for i in range(3)
    ]
    done = wait_over(sdk(gateway), begin(sdk(gateway), lines, endpoint=url).id)
    answers = content(sdk(gateway), done.output_file_id)
    assert [told["response"]["body"]["data"][0]["embedding"] for told in answers] == [[0.25, -0.5, 0.125]] * 3
    assert normal_calls(openai_fake) == 0
    assert len(api(openai_fake).lines()) == 3
