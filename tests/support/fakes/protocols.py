"""The protocols by the names that `providers[].protocol` has for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from support.fake_upstream import fake_upstream
from support.fakes.anthropic import anthropic
from support.fakes.bedrock import bedrock
from support.fakes.cohere import cohere
from support.fakes.gemini import gemini
from support.fakes.openai_chat import openai_chat
from support.fakes.openai_responses import openai_responses
from support.fakes.shape import shape
from support.fakes.tgi import tgi

PROTOCOLS: dict[str, type[shape]] = {
    kind.name: kind for kind in (openai_chat, openai_responses, anthropic, gemini, cohere, bedrock, tgi)
}


def base_url(fake: fake_upstream) -> str:
    """What `providers[].base_url` must be for this fake."""
    return fake.url if fake.shape.name == "openai" else fake.origin


@contextmanager
def fake_providers() -> Iterator[dict[str, fake_upstream]]:
    """One server of each protocol, each on a port and thread of its own."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(fake_upstream(speaks=kind())) for name, kind in PROTOCOLS.items()}
