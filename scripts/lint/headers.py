"""Headers: `#pragma once`, no `using namespace`, a comment that says what the file is, and for public ones the contract.

A header is public when a file outside its module includes it; it then states Role, Lifecycle, Threading and Bounds.
"""

from __future__ import annotations

import re
from pathlib import Path

import includes
import tree
from tree import Finding

CONTRACT = ("Role", "Lifecycle", "Threading", "Bounds")
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)


def public_headers(root: Path, paths: list[Path], modules: dict[str, includes.Module]) -> set[str]:
    """Paths below src/ of the headers that another module, a test program or a benchmark includes."""
    found = set()
    for path in paths:
        if path.suffix not in tree.CPP_SUFFIXES:
            continue
        inside = root / "src" in path.parents
        own = includes.owner(modules, str(path.relative_to(root / "src"))) if inside else None
        for match in _INCLUDE.finditer(tree.read(path)):
            target = includes.owner(modules, match.group(1))
            if target is not None and target is not own:
                found.add(match.group(1))
    return found


def check(root: Path) -> list[Finding]:
    paths = tree.files(root)
    public = public_headers(root, paths, includes.modules_of(root, paths))
    findings = []
    for path in paths:
        if path.suffix != ".h":
            continue
        name = str(path.relative_to(root))
        text = tree.read(path)
        if not re.search(r"^#pragma once$", text, re.MULTILINE):
            findings.append(Finding(name, 1, "no include guard; write #pragma once below the file comment"))
        comment = re.match(r"(?:///[^\n]*\n)+", text)
        if comment is None:
            findings.append(Finding(name, 1, "no file comment; start with /// and one sentence on what this is"))
            continue
        for opened in re.finditer(r"^\s*using namespace\b", text, re.MULTILINE):
            line = includes.line_of(text, opened.start() + len(opened.group(0)))
            findings.append(Finding(name, line, "using namespace in a header reaches everybody; name what is used"))
        if root / "src" not in path.parents or str(path.relative_to(root / "src")) not in public:
            continue
        for word in CONTRACT:
            if not re.search(rf"^/// {word}:\s+\S", comment.group(0), re.MULTILINE):
                findings.append(Finding(name, 1, f"public header without '{word}:' in its file comment; state it"))
    return findings


if __name__ == "__main__":
    tree.main(check)
