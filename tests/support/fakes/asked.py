"""What a client asked for, whatever protocol it came in: what tests compare with what the client meant."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class picture:
    """An image: its bytes, or where it is."""

    media_type: str = ""
    data: bytes = b""
    url: str = ""


@dataclass(frozen=True)
class told_call:
    """A tool call of the history."""

    id: str
    name: str
    arguments: dict


@dataclass(frozen=True)
class told_result:
    """What a tool gave; `id` is the call's, `name` where the protocol has it."""

    id: str
    text: str
    name: str = ""
    failed: bool = False


@dataclass
class asked:
    """One request for words. `turns` holds (role, text) of user and assistant, in order, without empty ones."""

    model: str
    stream: bool = False
    system: str = ""
    turns: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[picture] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    calls: list[told_call] = field(default_factory=list)
    results: list[told_result] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    tools: dict[str, dict] = field(default_factory=dict)
    choice: str = ""
    schema: dict | None = None
    sampling: dict[str, object] = field(default_factory=dict)
    wants_usage: bool = True
    ends_with_results: bool = False

    def say(self, role: str, text: str) -> None:
        """Adds words to the turn of `role`, or to the system prompt."""
        if not text:
            return
        if role == "system":
            self.system = f"{self.system}\n\n{text}" if self.system else text
        else:
            self.turns.append((role, text))
