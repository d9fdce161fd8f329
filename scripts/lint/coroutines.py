"""Arguments of co_await: no temporaries that g++ 12 destroys twice.

g++ 12 copies some temporaries of a co_await expression bitwise into the coroutine's frame (GCC PR 99576, 100611): a lambda
with captures, a conditional, a string or error made in place. The process then dies in free(). Name them first.
"""

from __future__ import annotations

import re
from pathlib import Path

import tree
from cpp_text import code_only
from tree import Finding

_AWAIT = re.compile(r"\bco_await\b")
_HAZARDS = [
    (re.compile(r"(?<![\w)\]])\[[^\]\[]+\]\s*(?:\(|\{|mutable)"), "a lambda with captures"),
    (re.compile(r"\?(?!\?)"), "a conditional"),
    (re.compile(r"\b(?:make_error|fmt::format|serialize|json_string|error_body|value_or)\s*\("), "an object made in place"),
    (re.compile(r"\bstd::(?:string|vector|function)\b[^();]*[({]"), "an object made in place"),
]


def awaited(code: str, start: int) -> str:
    """The text of the call from `start`, the place behind co_await, to its closing bracket or the end of the statement."""
    depth = 0
    for position in range(start, len(code)):
        mark = code[position]
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth -= 1
            if depth < 0:
                return code[start:position]
            follows = code[position + 1 :].lstrip()[:2]
            if depth == 0 and not (follows[:1] in (".", "(", "[") or follows == "->"):
                return code[start : position + 1]
        elif mark == ";" and depth == 0:
            return code[start:position]
    return code[start:]


def check(root: Path) -> list[Finding]:
    findings = []
    for path in tree.files(root):
        if path.suffix not in tree.CPP_SUFFIXES:
            continue
        code = code_only(tree.read(path))
        for match in _AWAIT.finditer(code):
            arguments = awaited(code, match.end())
            for pattern, what in _HAZARDS:
                if pattern.search(arguments):
                    line = code.count("\n", 0, match.start()) + 1
                    message = f"{what} inside co_await: g++ 12 destroys it twice; name it in a statement before"
                    findings.append(Finding(str(path.relative_to(root)), line, message))
                    break
    return findings


if __name__ == "__main__":
    tree.main(check)
