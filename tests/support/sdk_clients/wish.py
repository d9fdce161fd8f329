"""What a test wants of an SDK, and what came of it, in words that all SDKs share."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class tool:
    """A tool that the model may call."""

    name: str
    description: str
    parameters: dict


@dataclass(frozen=True)
class wish:
    """One call. `history` holds (the SDK's own form of an answer with calls, the results by the calls' ids)."""

    model: str
    prompt: str
    system: str = "Be brief."
    temperature: float = 0.5
    tokens_max: int = 99
    stream: bool = False
    tools: tuple[tool, ...] = ()
    picture: bytes = b""
    schema: dict | None = None
    history: tuple[tuple[object, tuple[tuple[str, str, str], ...]], ...] = ()  # results: (call's id, tool, text)


@dataclass(frozen=True)
class made_call:
    """A call that the SDK handed to its user."""

    id: str
    name: str
    arguments: dict


@dataclass
class outcome:
    """What the SDK gave, or what it raised. `pieces` counts the texts of a stream."""

    text: str = ""
    calls: list[made_call] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    pieces: int = 0
    native: object = None
    error: str = ""
    status: int = 0
    message: str = ""
    retry_after: str = ""


class sdk_client(Protocol):
    """One SDK against one base URL. `errors` names the class that it must raise for each HTTP status; 0: within a stream."""

    name: str
    errors: dict[int, str]

    def ask(self, want: wish) -> outcome:
        """Never raises for what the gateway or a provider answers: the outcome says it."""


def picture() -> bytes:
    """A PNG of two by two pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"\x00\xff\x00\x00\x00\xff\x00" + b"\x00\x00\x00\xff\xff\xff\xff"
    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
