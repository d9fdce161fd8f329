"""Bedrock with AWS credentials: every request is signed, and the signature holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import sigv4
from support.configurations import CHAT, base_config
from support.fake_upstream import fake_upstream
from support.fakes.protocols import PROTOCOLS
from support.gateway_process import gateway_process
from support.upstream_script import behaviour, seen_request

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+test"}
REGION = "eu-west-3"
MODEL = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
ARN = "arn:aws:bedrock:eu-west-3:1:inference-profile/eu.amazon.nova-lite-v1:0"


@pytest.fixture(scope="module")
def bedrock() -> Iterator[fake_upstream]:
    with fake_upstream(speaks=PROTOCOLS["bedrock"]()) as fake:
        yield fake


def config_over(fake: fake_upstream, **extra: object) -> dict:
    config = base_config(None)
    entry = {"name": "aws", "preset": "bedrock", "region": REGION, "base_url": fake.origin, "any_model": True}
    config["providers"] = [{**entry, **extra}]
    return config


@pytest.fixture(scope="module")
def signing(bedrock: fake_upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gateway_process]:
    with gateway_process(config_over(bedrock), CREDENTIALS, tmp_path_factory.mktemp("gateway")) as process:
        yield process


def ask(gateway: gateway_process, model: str, **extra: object):
    body = {"model": f"aws/{model}", "messages": [{"role": "user", "content": "hi \u00e9"}], **extra}
    return gateway.call("POST", CHAT, body)


def last(fake: fake_upstream, model: str) -> seen_request:
    return fake.calls(model)[-1]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["plain", MODEL, ARN])
def test_signature_holds(signing: gateway_process, bedrock: fake_upstream, model: str, stream: bool) -> None:
    got = ask(signing, model, stream=stream)
    assert got.status == 200, got.body
    seen = last(bedrock, model)
    assert ":" not in seen.target, "escaped on the way, and once more in what is signed"
    sigv4.check(seen, CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"], REGION)
    assert seen.header("x-amz-security-token") is None


def test_the_check_itself_fails_on_a_changed_body(signing: gateway_process, bedrock: fake_upstream) -> None:
    assert ask(signing, "changed").status == 200
    seen = last(bedrock, "changed")
    seen.body += b" "
    with pytest.raises(AssertionError):
        sigv4.check(seen, CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"], REGION)


def test_temporary_credentials_under_names_of_ones_own(bedrock: fake_upstream, start_gateway) -> None:
    names = {"access_key_id_env": "MY_ID", "secret_access_key_env": "MY_SECRET", "session_token_env": "MY_TOKEN"}
    given = {"MY_ID": "ASIATEMP", "MY_SECRET": "s3cr3t", "MY_TOKEN": "token/+=="}
    gateway = start_gateway(config_over(bedrock, aws=names), given)
    assert ask(gateway, "temporary").status == 200
    seen = last(bedrock, "temporary")
    assert seen.header("x-amz-security-token") == "token/+=="
    sigv4.check(seen, "ASIATEMP", "s3cr3t", REGION)
    assert "s3cr3t" not in gateway.log_text()


def test_an_api_key_wins_over_credentials(bedrock: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(config_over(bedrock), {**CREDENTIALS, "AWS_BEARER_TOKEN_BEDROCK": "bedrock-key"})
    assert ask(gateway, "with-key").status == 200
    assert last(bedrock, "with-key").header("authorization") == "Bearer bedrock-key"
    assert last(bedrock, "with-key").header("x-amz-date") is None


def test_without_either_the_provider_is_off(bedrock: fake_upstream, start_gateway) -> None:
    gateway = start_gateway(config_over(bedrock))
    got = ask(gateway, "nobody")
    assert got.status == 503
    assert "AWS_ACCESS_KEY_ID" in got.error["message"]


@pytest.mark.parametrize(
    "words",
    [
        "Signature expired: 20261121T100000Z is now earlier than 20261121T110000Z (20261121T110500Z - 5 min.)",
        "Signature not yet current: 20261121T120000Z is still later than 20261121T110500Z",
    ],
)
def test_a_wrong_clock_is_told(signing: gateway_process, bedrock: fake_upstream, words: str) -> None:
    model = f"skewed-{len(words)}"  # a key that was forbidden a model sits out there
    bedrock.script(model, behaviour(status=403, error_message=words))
    got = ask(signing, model)
    assert got.status == 403
    assert "clock of the gateway's machine is wrong" in got.error["message"]


def test_a_refused_key_is_not_called_a_wrong_clock(signing: gateway_process, bedrock: fake_upstream) -> None:
    bedrock.script("refused", behaviour(status=403, error_message="The request signature does not match AKIDTEST"))
    got = ask(signing, "refused")
    assert got.status == 403
    assert "clock" not in got.error["message"]
    assert "AKIDTEST" not in got.body.decode()
