"""C++ source with comments, literals and preprocessor lines blanked out, line numbers kept."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
      //(?:\\\n|[^\n])*                                  # line comment
    | /\*.*?\*/                                          # block comment
    | (?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"   # raw string
    | (?:u8|[uUL])?"(?:\\.|[^"\\\n])*"                   # string
    | (?<![0-9a-fA-F])(?:u8|[uUL])?'(?:\\.|[^'\\\n])+'   # character, but not the digit separator of 1'000
    """,
    re.VERBOSE | re.DOTALL,
)
_PREPROCESSOR = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _blank_token(match: re.Match[str]) -> str:
    text = match.group(0)
    if text.startswith("/"):
        return _blank(text)
    # A literal stays a token, so that `= "{"` is still something assigned.
    return "0" + _blank(text)[1:]


def code_only(source: str) -> str:
    """Only code is left: what remains at (line, column) stands there in `source` too."""
    return _PREPROCESSOR.sub(lambda match: _blank(match.group(0)), _TOKEN.sub(_blank_token, source))
