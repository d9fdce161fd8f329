"""READMEs: each module has one, and the table of settings is the one that the program prints."""

from __future__ import annotations

import subprocess
from pathlib import Path

import includes
import tree
from tree import Finding

README_LINES_MIN = 5
BINARY = "build/release/src/app/inferenceflow"


def check_settings(root: Path, binary: Path) -> list[Finding]:
    """The program's own table must stand in README.md or docs/settings.md, line for line."""
    printed = subprocess.run([str(binary), "settings", "--markdown"], capture_output=True, text=True, check=False, timeout=30)
    if printed.returncode != 0:
        return [Finding("README.md", 1, f"`inferenceflow settings --markdown` fails: {printed.stderr.strip()}")]
    table = [line.rstrip() for line in printed.stdout.splitlines() if line.lstrip().startswith("|")]
    best: Finding | None = None
    for name in ("README.md", "docs/settings.md"):
        path = root / name
        if not path.exists():
            continue
        lines = [line.rstrip() for line in tree.read(path).splitlines()]
        if table and table[0] in lines:
            start = lines.index(table[0])
            found = lines[start : start + len(table)]
            follows = lines[start + len(table) : start + len(table) + 1]
            if found == table and not (follows and follows[0].startswith("|")):
                return []
            different = next((i for i, (a, b) in enumerate(zip(found, table, strict=False)) if a != b), len(found))
            wanted = table[different] if different < len(table) else "the end of the table"
            best = Finding(name, start + different + 1, f"settings table is out of date; expected {wanted}")
    return [best or Finding("README.md", 1, "no settings table; paste `inferenceflow settings --markdown`")]


def check(root: Path) -> list[Finding]:
    findings = []
    for module in includes.modules_of(root, tree.files(root)).values():
        readme = root / "src" / module.folder / "README.md"
        name = str(readme.relative_to(root))
        if not readme.exists():
            findings.append(Finding(name, 1, "module has no README; say why it exists and what belongs in it"))
        elif len(tree.read(readme).splitlines()) < README_LINES_MIN:
            findings.append(Finding(name, 1, "README too short; say why it exists, what belongs in it and what does not"))
    binary = root / BINARY
    if binary.exists():
        findings += check_settings(root, binary)
    else:
        print(f"{BINARY} is not built: settings table not compared")
    return findings


if __name__ == "__main__":
    tree.main(check)
