"""`inferenceflow models list|pull|rm` against a file server on loopback."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.certificates import make_certificates
from support.fake_upstream import wait_until
from support.file_server import file_server, served_file
from support.gateway_process import binary, clean_environment
from support.gguf import tiny_gguf

DONE, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130
MODEL = tiny_gguf()
NAME, PATH = "small.gguf", "/models/small.gguf"
HALF = len(MODEL) // 2


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class commands:
    """Runs subcommands on a model folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "models"
        self.file = self.folder / NAME
        self.part = self.folder / f"{NAME}.part"
        self.config = folder / "config.yaml"
        self.config.write_text(json.dumps({"local": {"models": [{"name": "mine", "file": str(self.file)}]}}))
        self.environment = {"INFERENCEFLOW_HOME": str(folder)}

    def line(self, *arguments: str) -> list[str]:
        return [str(binary()), "models", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = clean_environment(self.environment)
        return subprocess.run(
            self.line(*arguments), capture_output=True, text=True, timeout=60, check=False, env=environment
        )

    def pull(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("pull", *arguments)

    def listed(self, *arguments: str) -> list[dict]:
        done = self.run("list", "--json", *arguments)
        assert done.returncode == DONE, done.stderr
        return json.loads(done.stdout)

    def left(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []


@pytest.fixture
def models(tmp_path: Path) -> commands:
    return commands(tmp_path)


@pytest.fixture
def server() -> Iterator[file_server]:
    with file_server() as started:
        started.files[PATH] = served_file(MODEL)
        yield started


@pytest.mark.parametrize("arguments", [[], ["list"], ["pull"], ["rm"]])
def test_help_explains(models: commands, arguments: list[str]) -> None:
    done = models.run(*arguments, "--help")
    assert done.returncode == DONE
    assert "Usage" in done.stdout
    assert len(done.stdout.splitlines()) >= 5


def test_pull_gets_the_whole_file(models: commands, server: file_server) -> None:
    done = models.pull(server.url(PATH), "--sha256", sha256(MODEL).upper())
    assert done.returncode == DONE, done.stderr
    assert models.file.read_bytes() == MODEL
    assert models.left() == [NAME], "nothing lies beside it"
    assert f"SHA-256 {sha256(MODEL)}, as wanted" in done.stdout
    assert "llama all F32" in done.stdout
    assert "100 %" in done.stderr


def test_without_a_hash_it_is_told(models: commands, server: file_server) -> None:
    done = models.pull(server.url(PATH))
    assert done.returncode == DONE
    assert sha256(MODEL) in done.stdout
    assert "nothing was known" in done.stdout


def test_a_terminal_shows_a_bar(models: commands, server: file_server) -> None:
    ours, theirs = pty.openpty()
    environment = clean_environment(models.environment)
    done = subprocess.run(models.line("pull", server.url(PATH)), stderr=theirs, timeout=60, check=False, env=environment)
    os.close(theirs)
    shown = os.read(ours, 65_536).decode()
    os.close(ours)
    assert done.returncode == DONE
    assert "[########################] 100 %" in shown


def test_it_goes_on_where_it_broke_off(models: commands, server: file_server) -> None:
    server.files[PATH].break_after = HALF
    broken = models.pull(server.url(PATH), "--sha256", sha256(MODEL))
    assert broken.returncode == FAILED
    assert "broke off" in broken.stderr
    assert "the same command goes on from there" in broken.stderr
    assert not models.file.exists()
    assert models.part.stat().st_size == HALF
    assert [entry["state"] for entry in models.listed()] == ["unfinished"]

    server.files[PATH].break_after = None
    done = models.pull(server.url(PATH), "--sha256", sha256(MODEL))
    assert done.returncode == DONE, done.stderr
    assert models.file.read_bytes() == MODEL
    assert server.ranges() == [None, f"bytes={HALF}-"]
    assert models.left() == [NAME]


@pytest.mark.parametrize("change", ["etag", "no ranges", "another address"])
def test_what_cannot_go_on_begins_anew(models: commands, server: file_server, change: str) -> None:
    server.files[PATH].break_after = HALF
    assert models.pull(server.url(PATH)).returncode == FAILED
    changed = tiny_gguf(70_000) if change == "etag" else MODEL
    server.files[PATH] = served_file(changed, ranges=change != "no ranges", etag='"v2"' if change == "etag" else '"v1"')
    server.files["/other/small.gguf"] = served_file(MODEL)
    done = models.pull(server.url("/other/small.gguf" if change == "another address" else PATH))
    assert done.returncode == DONE, done.stderr
    assert models.file.read_bytes() == changed


def test_a_part_that_is_whole_is_accepted(models: commands, server: file_server) -> None:
    server.files[PATH].break_after = HALF
    assert models.pull(server.url(PATH)).returncode == FAILED
    with models.part.open("ab") as part:
        part.write(MODEL[HALF:])
    server.files[PATH].break_after = None
    done = models.pull(server.url(PATH), "--sha256", sha256(MODEL))
    assert done.returncode == DONE, done.stderr
    assert models.file.read_bytes() == MODEL


def test_a_wrong_hash_keeps_nothing(models: commands, server: file_server) -> None:
    done = models.pull(server.url(PATH), "--sha256", "0" * 64)
    assert done.returncode == FAILED
    assert sha256(MODEL) in done.stderr
    assert "0" * 64 in done.stderr
    assert models.left() == []


def test_the_hubs_hash_is_believed(models: commands, server: file_server) -> None:
    server.files["/me/tiny/resolve/main/small.gguf"] = served_file(
        status=302, headers={"Location": "/cdn/1234?sig=a%2Fb", "X-Linked-ETag": f'"{sha256(MODEL)}"'}
    )
    server.files["/cdn/1234"] = served_file(MODEL)
    models.environment["HF_ENDPOINT"] = server.url("/")
    done = models.pull("me/tiny/small.gguf")
    assert done.returncode == DONE, done.stderr
    assert "as wanted" in done.stdout
    assert server.requests[-1][0] == "/cdn/1234?sig=a%2Fb"
    models.file.unlink()
    server.files["/cdn/1234"].body = tiny_gguf(65_537)
    assert models.pull("me/tiny/small.gguf").returncode == FAILED
    assert models.left() == []


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (served_file(status=404, body=b"no"), "404, there is no such file"),
        (served_file(status=403, body=b"no"), "403"),
        (served_file(status=500, body=b"no"), "answered 500"),
        (served_file(b"<!doctype html>" + b" " * 5_000), "web page"),
        (served_file(b"PK\x03\x04" + b"\0" * 5_000), "is no GGUF file"),
        (served_file(b"GG"), "no GGUF file"),
        (served_file(MODEL[:HALF]), "cut off"),
        (served_file(MODEL[:HALF], with_length=False), "cut off"),
        (served_file(status=302, headers={"Location": PATH}), "redirects"),
        (served_file(status=302), "answered 302"),
        (served_file(MODEL, headers={"Content-Encoding": "gzip"}), "compressed"),
    ],
    ids=["404", "403", "500", "html", "zip", "2 bytes", "truncated", "no length", "circle", "nowhere", "gzip"],
)
def test_what_is_no_model_keeps_nothing(
    models: commands, server: file_server, file: served_file, says: str
) -> None:
    server.files[PATH] = file
    done = models.pull(server.url(PATH))
    assert done.returncode == FAILED
    assert says in done.stderr
    assert models.left() == []


def test_nobody_listens(models: commands) -> None:
    done = models.pull("http://127.0.0.1:9/small.gguf")
    assert done.returncode == FAILED
    assert "http://127.0.0.1:9/small.gguf: " in done.stderr
    assert models.left() == []


def test_no_room_is_refused_before_it_begins(models: commands, server: file_server) -> None:
    server.files[PATH] = served_file(MODEL[:4096], ranges=False, with_length=False, headers={"Content-Length": str(1 << 60)})
    done = models.pull(server.url(PATH))
    assert done.returncode == FAILED
    assert f"{1 << 60} more bytes are needed" in done.stderr
    assert models.left() == []


def test_a_file_that_is_there_stays(models: commands, server: file_server) -> None:
    models.folder.mkdir()
    models.file.write_bytes(b"mine")
    refused = models.pull(server.url(PATH))
    assert refused.returncode == REFUSED
    assert "--force" in refused.stderr
    assert models.file.read_bytes() == b"mine"
    assert server.requests == []
    assert models.pull(server.url(PATH), "--name", "other.gguf").returncode == DONE
    assert models.pull(server.url(PATH), "--force").returncode == DONE
    assert models.file.read_bytes() == MODEL


def test_interrupted_keeps_what_came_and_one_at_a_time(models: commands, server: file_server) -> None:
    server.files[PATH].hold = threading.Event()
    environment = clean_environment(models.environment)
    first = subprocess.Popen(models.line("pull", server.url(PATH)), stderr=subprocess.PIPE, text=True, env=environment)
    wait_until(lambda: models.part.exists() and models.part.stat().st_size == HALF, 30)
    second = models.pull(server.url(PATH))
    assert second.returncode == FAILED
    assert "another process" in second.stderr
    first.send_signal(signal.SIGINT)
    _, said = first.communicate(timeout=30)
    server.files[PATH].hold.set()
    assert first.returncode == INTERRUPTED
    assert "the same command goes on" in said
    server.files[PATH].hold = None
    assert models.pull(server.url(PATH)).returncode == DONE
    assert models.file.read_bytes() == MODEL
    assert server.ranges()[-1] == f"bytes={HALF}-"


def test_https_is_verified_and_not_left(models: commands, server: file_server, tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path)
    with file_server(certificates.server_context()) as secure:
        secure.files[PATH] = served_file(MODEL)
        secure.files["/down.gguf"] = served_file(status=302, headers={"Location": server.url(PATH)})
        assert models.pull(secure.url(PATH)).returncode == FAILED, "nobody vouches for it"
        ca = ["--ca-file", str(certificates.authority)]
        done = models.pull(secure.url(PATH), *ca)
        assert done.returncode == DONE, done.stderr
        left = models.pull(secure.url("/down.gguf"), *ca)
        assert left.returncode == FAILED
        assert "from https to http" in left.stderr
    assert server.requests == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nonsense"], "make models"),
        (["ftp://127.0.0.1/small.gguf"], "ftp"),
        (["http://127.0.0.1/"], ".gguf"),
        (["http://127.0.0.1/small.bin"], "--name"),
        (["http://127.0.0.1/small.gguf", "--name", "../small.gguf"], "folder"),
        (["http://127.0.0.1/small.gguf", "--sha256", "abc"], "64 hex digits"),
        (["http://127.0.0.1/small model.gguf"], "%XX"),
    ],
)
def test_wrong_requests_are_refused(models: commands, arguments: list[str], says: str) -> None:
    done = models.pull(*arguments)
    assert done.returncode == REFUSED
    assert says in done.stderr
    assert models.left() == []


def test_list_knows_what_the_configuration_names(models: commands) -> None:
    config = ["-c", str(models.config)]
    assert [(entry["name"], entry["state"]) for entry in models.listed(*config)] == [("mine", "missing")]
    models.folder.mkdir()
    models.file.write_bytes(MODEL)
    (models.folder / "spare.gguf").write_bytes(tiny_gguf(128, "qwen2"))
    (models.folder / "torn.gguf").write_bytes(MODEL[:HALF])
    (models.folder / "notes.txt").write_text("not listed")
    mine, spare, torn = models.listed(*config)
    assert (mine["state"], mine["kind"], mine["architecture"], mine["weights"]) == (
        "configured",
        "chat",
        "llama",
        "all F32",
    )
    assert mine["bytes"] == len(MODEL)
    assert mine["memory_bytes"] >= len(MODEL)
    assert (spare["state"], spare["architecture"]) == ("unused", "qwen2")
    assert torn["state"] == "damaged"
    assert "cut off" in torn["problem"]
    table = models.run("list", *config).stdout
    assert "mine" in table.splitlines()[1]
    assert "torn.gguf: damaged: cut off" in table


def test_list_tells_what_the_bound_leaves_no_room_for(models: commands) -> None:
    local = {"bytes_max": "1KiB", "models": [{"name": "mine", "file": str(models.file)}]}
    models.config.write_text(json.dumps({"local": local}))
    models.folder.mkdir()
    models.file.write_bytes(MODEL)
    (mine,) = models.listed("-c", str(models.config))
    assert mine["state"] == "too large"
    assert "local.bytes_max" in mine["problem"]


def test_list_refuses_a_configuration_that_is_wrong(models: commands) -> None:
    models.config.write_text("local: {nonsense: 1}\n")
    done = models.run("list", "-c", str(models.config))
    assert done.returncode == REFUSED
    assert "nonsense" in done.stderr
    assert models.run("list", "-c", str(models.config) + ".missing").returncode == REFUSED


def test_rm_spares_what_the_configuration_names(models: commands) -> None:
    config = ["-c", str(models.config)]
    models.folder.mkdir()
    models.file.write_bytes(MODEL)
    (models.folder / "spare.gguf").write_bytes(MODEL)
    (models.folder / "spare.gguf.part").write_bytes(b"GGUF")
    assert models.run("rm", "spare.gguf", *config).returncode == DONE
    assert models.left() == [NAME]
    for name in (NAME, "mine"):
        refused = models.run("rm", name, *config)
        assert refused.returncode == REFUSED
        assert "model 'mine'" in refused.stderr
        assert "--force" in refused.stderr
    assert models.left() == [NAME]
    assert models.run("rm", "mine", "--force", *config).returncode == DONE
    assert models.left() == []
    assert models.run("rm", "mine", "--force", *config).returncode == REFUSED, "it is gone already"


@pytest.mark.parametrize("name", ["../config.yaml", "notes.txt", "/etc/hostname", "sub/x.gguf", "absent.gguf", ""])
def test_rm_removes_models_of_its_folder_only(models: commands, name: str) -> None:
    (models.folder / "sub").mkdir(parents=True)
    (models.folder / "notes.txt").write_text("stay")
    (models.folder / "sub" / "x.gguf").write_bytes(MODEL)
    before = models.left()
    assert models.run("rm", name, "--force", "-c", str(models.config)).returncode == REFUSED
    assert models.left() == before
    assert models.config.exists()
    assert (models.folder / "sub" / "x.gguf").exists()
