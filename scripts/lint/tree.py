"""The files that the lint steps look at, and the form in which they report.

Every check is a program of its own: `check.py [ROOT]`. It prints one line per finding, `path:line: what is wrong; what
would be right`, and exits 1 when there was any.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

CPP_SUFFIXES = {".h", ".cpp"}
CODE_SUFFIXES = CPP_SUFFIXES | {".py", ".sh", ".js", ".mjs", ".ts", ".cmake"}
TEXT_SUFFIXES = CODE_SUFFIXES | {".md", ".txt", ".yaml", ".yml", ".json", ".toml", ".ini", ".html", ".css", ".sql"}
TEXT_NAMES = {"Makefile", "CMakeLists.txt", "run", ".clang-format", ".clang-tidy", ".gitignore"}
SKIPPED_TOP = {".git", "build", "node_modules", ".cache"}


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def files(root: Path) -> list[Path]:
    """Tracked files and untracked ones that git does not ignore; everything outside build/ when there is no git."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0 and (root / ".git").exists():
        names = {name for name in listed.stdout.decode().split("\0") if name}
        found: Iterable[Path] = (root / name for name in names)
    else:
        found = root.rglob("*")
    return sorted(
        path
        for path in found
        if path.is_file() and not path.is_symlink() and path.relative_to(root).parts[0] not in SKIPPED_TOP
    )


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def main(check: Callable[[Path], list[Finding]]) -> None:
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    findings = sorted(set(check(root)))
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
