"""Sizes: no file over 600 lines, 90 % of the files up to 300, no function over 70 lines."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import tree
from cpp_text import code_only
from tree import Finding

FILE_LINES_MAX = 600
MOST_FILES_LINES_MAX = 300
LONGER_FILES_PERCENT_MAX = 10
FUNCTION_LINES_MAX = 70

_TEMPLATE_OR_ATTRIBUTE = re.compile(r"\btemplate\s*<[^{};]*>\s*(?=class|struct|union)|\balignas\s*\([^)]*\)|\[\[[^\]]*\]\]")
_NO_FUNCTION = re.compile(r"\s*(?:export\s+)?(?:inline\s+)?(?:namespace|class|struct|union|enum|extern\s+0)\b")
# What may stand between the parameters and the body; the last part is a constructor's list of initialisers.
_AFTER_PARAMETERS = re.compile(
    r"(?:\s|&|\b(?:const|noexcept|override|final|mutable|try)\b)*(?:->.*|\brequires\b.*|[:,].*)?", re.DOTALL
)


def _opens_function(head: str) -> bool:
    """Whether the brace after `head`, the text since the last statement outside any function, opens a body."""
    head = _TEMPLATE_OR_ATTRIBUTE.sub(" ", head)
    if _NO_FUNCTION.match(head):
        return False
    if head.rstrip().endswith("]") and "=" in head:  # auto visit = [] {
        return True
    before, bracket, tail = head.rpartition(")")
    return bool(bracket) and "(" in before and _AFTER_PARAMETERS.fullmatch(tail) is not None


def cpp_functions(source: str) -> list[tuple[int, int]]:
    """First and last line of every outermost function body's declaration, lambdas outside functions included."""
    code = code_only(source)
    found: list[tuple[int, int]] = []
    head_start = 0
    depth_in_function = 0
    function_start = 0
    for match in re.finditer(r"[{};]", code):
        position, mark = match.start(), match.group(0)
        if depth_in_function:
            depth_in_function += {"{": 1, "}": -1, ";": 0}[mark]
            if depth_in_function == 0:
                rest = code[position + 1 :].lstrip()
                # `: member_{1}, other_{2} {`: that was a member's initialiser, the body is still to come.
                if rest.startswith((",", "{")):
                    continue
                found.append((function_start, code.count("\n", 0, position) + 1))
                head_start = position + 1
            continue
        if mark == "{" and _opens_function(code[head_start:position]):
            depth_in_function = 1
            text = code[head_start:position]
            function_start = code.count("\n", 0, head_start + len(text) - len(text.lstrip())) + 1
            continue
        head_start = position + 1
    return found


def python_functions(source: str) -> list[tuple[int, int]]:
    nodes = ast.walk(ast.parse(source))
    return [(n.lineno, n.end_lineno or n.lineno) for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def check(root: Path) -> list[Finding]:
    findings = []
    lengths = []
    for path in tree.files(root):
        if path.suffix not in tree.CODE_SUFFIXES:
            continue
        name = str(path.relative_to(root))
        source = tree.read(path)
        lines = source.count("\n") + (not source.endswith("\n") and source != "")
        lengths.append((lines, name))
        if lines > FILE_LINES_MAX:
            findings.append(Finding(name, lines, f"file has {lines} lines; split it, at most {FILE_LINES_MAX}"))
        functions = []
        if path.suffix in tree.CPP_SUFFIXES:
            functions = cpp_functions(source)
        elif path.suffix == ".py":
            functions = python_functions(source)
        for first, last in functions:
            if last - first + 1 > FUNCTION_LINES_MAX:
                message = f"function has {last - first + 1} lines; at most {FUNCTION_LINES_MAX}"
                findings.append(Finding(name, first, message))
    longer = sorted((entry for entry in lengths if entry[0] > MOST_FILES_LINES_MAX), reverse=True)
    if 100 * len(longer) > LONGER_FILES_PERCENT_MAX * len(lengths):
        message = (
            f"one of {len(longer)} files over {MOST_FILES_LINES_MAX} lines of {len(lengths)}; "
            f"at most {LONGER_FILES_PERCENT_MAX} % may be"
        )
        findings += [Finding(name, lines, message) for lines, name in longer]
    return findings


if __name__ == "__main__":
    tree.main(check)
