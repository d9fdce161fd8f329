"""The program's own words: help, check-config, settings, and how wrong configurations are reported."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.gateway_process import REPOSITORY, binary, clean_environment


def run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(binary()), *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=clean_environment(environment),
    )


@pytest.mark.parametrize("command", [[], ["serve"], ["check-config"], ["settings"]])
def test_help_explains(command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout or "usage" in done.stdout
    assert len(done.stdout.splitlines()) >= 4
    if not command:
        assert all(name in done.stdout for name in ("serve", "check-config", "settings"))


@pytest.mark.parametrize("arguments", [["no-such-command"], ["serve", "--no-such-flag"], ["check-config"]])
def test_wrong_usage_fails_with_a_reason(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode not in (0, -6, -11)
    assert done.stderr.strip()


@pytest.mark.parametrize("arguments", [["replay", "log"], ["replay", "log", "-c", "x", "--rounds", "5"], ["router", "train"]])
def test_a_wrong_option_has_the_exit_status_that_help_says(arguments: list[str]) -> None:
    assert run(*arguments).returncode == 2


def test_version() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert "0." in done.stdout


def test_settings_lists_every_key() -> None:
    done = run("settings")
    assert done.returncode == 0
    for key in ("server.port", "server.header_bytes_max", "cache.ttl_s", "ledger.durability", "providers"):
        assert key in done.stdout


def check(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "checked.yaml"
    file.write_text(text)
    return run("check-config", str(file), environment=environment)


def test_good_file_passes(tmp_path: Path) -> None:
    done = check(tmp_path, "server:\n  port: 8080\ncache:\n  ttl_s: 60\n")
    assert done.returncode == 0, done.stdout + done.stderr


def test_default_file_passes() -> None:
    done = run("check-config", str(REPOSITORY / "config/default.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("server:\n  port: 70000\n", 2, ["server.port", "70000", "65535"]),
        ("server:\n  prot: 80\n", 2, ["prot"]),
        ("cache:\n  ttl_s: soon\n", 2, ["cache.ttl_s", "soon"]),
        ("log:\n  level: loud\n", 2, ["log.level", "loud", "debug", "info", "warn", "error"]),
        ("server:\n  header_timeout_ms: 10 parsecs\n", 2, ["server.header_timeout_ms", "10 parsecs"]),
        ("nonsense: 1\n", 1, ["nonsense"]),
        ("server: 5\n", 1, ["server"]),
        ("providers:\n  - name: a\n", 2, ["base_url"]),
        ("providers:\n  - name: a\n    base_url: ftp://x/v1\n", 3, ["base_url", "ftp://x/v1", "http"]),
        ("ledger:\n  durability: maybe\n", 2, ["ledger.durability", "maybe", "group", "sync"]),
        ("routes:\n  - model: a\n    cache: sometimes\n", 3, ["sometimes", "always", "never"]),
    ],
)
def test_wrong_keys_are_named(tmp_path: Path, text: str, line: int, words: list[str]) -> None:
    done = check(tmp_path, text)
    output = done.stdout + done.stderr
    assert done.returncode not in (0, -6, -11)
    assert f"checked.yaml:{line}" in output, output
    for word in words:
        assert word in output, output


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    done = check(tmp_path, "server:\n  port: x\n  prot: 1\ncache:\n  ttl_s: -1\nnonsense: 1\n")
    output = done.stdout + done.stderr
    for line in (2, 3, 5, 6):
        assert f"checked.yaml:{line}" in output, output


def test_secrets_are_not_printed(tmp_path: Path) -> None:
    done = check(tmp_path, "providers:\n  - name: a\n    base_url: http://u:secret-word@h/v1\n    api_key: secret-word\n")
    assert done.returncode != 0
    assert "secret-word" not in done.stdout + done.stderr


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "server: [unclosed\n", "\x00\x01", "a: b: c\n", "? [\n", "&x *x\n"])
def test_broken_yaml_is_reported(tmp_path: Path, text: str) -> None:
    done = check(tmp_path, text)
    assert done.returncode not in (0, -6, -11)
    assert "checked.yaml" in done.stdout + done.stderr


@pytest.mark.parametrize(("name", "value"), [("PORT", "abc"), ("CACHE_TTL", "soon"), ("LOG_LEVEL", "loud")])
def test_wrong_environment_is_named(tmp_path: Path, name: str, value: str) -> None:
    done = check(tmp_path, "", {name: value})
    assert done.returncode != 0
    assert name in done.stdout + done.stderr


def test_missing_file_is_named() -> None:
    done = run("serve", "--config", "/no/such/file.yaml")
    assert done.returncode not in (0, -6, -11)
    assert "/no/such/file.yaml" in done.stdout + done.stderr
