"""Words that do not belong in this tree: promises of later work, names that say nothing, one machine's paths."""

from __future__ import annotations

import re
from pathlib import Path

import tree
from cpp_text import code_only
from tree import Finding

_TEXT_RULES = [
    (re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b"), "promise of later work; do it now or leave it out"),
    (re.compile(r"\bplace" + r"holder\b", re.IGNORECASE), "stands for something missing; put the real thing here"),
    (re.compile(r"(?<![\w./:-])/(?:work|root)/|/tmp/(?:npm|brief)"), "path of one machine; use a relative path or a variable"),
    (
        re.compile(r"\b(?:registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org|files\.pythonhosted\.org|deb\.debian\.org)\b"),
        "host of a package registry; leave the choice to the client's own configuration",
    ),
]
_VAGUE = r"[A-Za-z0-9_]*(?:[Mm]anager|[Hh]elpers?|[Uu]til(?:s|ities|ity)?)"
_VAGUE_TYPE = re.compile(rf"\b(?:class|struct|union|namespace|using|enum(?:\s+class)?)\s+({_VAGUE})\b")
_VAGUE_PYTHON = re.compile(rf"^\s*(?:class|def|async\s+def)\s+({_VAGUE})\b", re.MULTILINE)
_VAGUE_STEM = re.compile(rf"{_VAGUE}")
# Third-party answers and requests kept as test input are not ours to word; nor is recorded data.
_EXEMPT = re.compile(r"^(?:data/|fuzz/corpus/|tests/support/replay/|LICENSE)")


def check_names(path: Path, name: str, text: str) -> list[Finding]:
    findings = []
    if _VAGUE_STEM.fullmatch(path.stem):
        findings.append(Finding(name, 1, f"file name '{path.stem}' says nothing; name what it holds"))
    if path.suffix in tree.CPP_SUFFIXES:
        pattern, text = _VAGUE_TYPE, code_only(text)
    elif path.suffix == ".py":
        pattern = _VAGUE_PYTHON
    else:
        return findings
    for match in pattern.finditer(text):
        line = text.count("\n", 0, match.start(1)) + 1
        findings.append(Finding(name, line, f"name '{match.group(1)}' says nothing; name what it holds"))
    return findings


def check(root: Path) -> list[Finding]:
    findings = []
    for path in tree.files(root):
        name = str(path.relative_to(root))
        if _EXEMPT.match(name) or (path.suffix not in tree.TEXT_SUFFIXES and path.name not in tree.TEXT_NAMES):
            continue
        text = tree.read(path)
        findings += check_names(path, name, text)
        if name.startswith("scripts/lint/words.py"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, message in _TEXT_RULES:
                hit = pattern.search(line)
                if hit is not None:
                    findings.append(Finding(name, number, f"'{hit.group(0)}': {message}"))
    return findings


if __name__ == "__main__":
    tree.main(check)
