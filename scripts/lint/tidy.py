"""clang-tidy over every translation unit of compile_commands.json, remembering what was clean.

A unit is clean for as long as its text, every header of this project that it reaches, its compile command, .clang-tidy
and clang-tidy's version stay the same; clean units are not looked at again. Usage:

    tidy.py [ROOT] [--database build/debug] [--jobs 2] [--only src/http] [--budget-s 600]

When the budget is spent before every unit was looked at, the rest is named and left for the next run, and the exit
status is still that of the findings: a clean checkout on a slow machine is not a failure.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CLANG_TIDY = os.environ.get("CLANG_TIDY", "clang-tidy-14")
UNIT_TIMEOUT_S = 300
# The compile commands are those of g++; clang does not know all of its warnings.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-everything", "--quiet"]
FOLDERS = ("src/", "bench/", "fuzz/", "tests/")

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)
_FINDING = re.compile(r"^(?P<file>/[^:\n]+):(?P<line>\d+):\d+: (?:warning|error): (?P<text>.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Unit:
    path: Path
    command: str


def units(root: Path, database: Path, only: str) -> list[Unit]:
    found = {}
    for entry in json.loads((database / "compile_commands.json").read_text()):
        path = (Path(entry["directory"]) / entry["file"]).resolve()
        if not path.is_relative_to(root) or not path.exists():
            continue
        name = str(path.relative_to(root))
        if name.startswith(FOLDERS) and name.startswith(only):
            command = entry.get("command") or shlex.join(entry["arguments"])
            found[path] = Unit(path, command)
    return [found[path] for path in sorted(found)]


@cache
def _own_includes(path: Path, root: Path) -> tuple[Path, ...]:
    found = []
    for name in _INCLUDE.findall(path.read_bytes()):
        for folder in (root / "src", path.parent, root / "tests", root / "bench", root):
            candidate = (folder / name.decode()).resolve()
            if candidate.is_file():
                found.append(candidate)
                break
    return tuple(found)


@cache
def _content(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def fingerprint(unit: Unit, root: Path, common: bytes) -> str:
    reached: set[Path] = set()
    waiting = [unit.path]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting.extend(_own_includes(path, root))
    digest = hashlib.sha256(common)
    # The output's name and the build folder do not change what clang-tidy sees.
    digest.update(re.sub(r"\s-o\s+\S+", "", unit.command).encode())
    for path in sorted(reached):
        digest.update(str(path.relative_to(root)).encode() if path.is_relative_to(root) else b"")
        digest.update(_content(path))
    return digest.hexdigest()


def findings_of(unit: Unit, root: Path, database: Path) -> list[str]:
    command = [CLANG_TIDY, "-p", str(database), *EXTRA, str(unit.path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=UNIT_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return [f"{unit.path.relative_to(root)}:1: clang-tidy took over {UNIT_TIMEOUT_S} s; split the file"]
    found = []
    for match in _FINDING.finditer(done.stdout):
        path = Path(match["file"])
        name = path.relative_to(root) if path.is_relative_to(root) else path
        found.append(f"{name}:{match['line']}: {match['text'].replace(',-warnings-as-errors', '')}")
    if done.returncode != 0 and not found:
        reason = (done.stderr.strip() or done.stdout.strip() or "no output")[-400:]
        found.append(f"{unit.path.relative_to(root)}:1: clang-tidy failed: {reason}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="clang-tidy with a memory")
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--database", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="")
    parser.add_argument("--budget-s", type=float, default=float("inf"))
    options = parser.parse_args()
    root = options.root.resolve()
    database = (options.database or root / "build/debug").resolve()
    if not (database / "compile_commands.json").exists():
        print(f"{database}/compile_commands.json is missing: configure first (cmake --preset debug)")
        return 1
    version = subprocess.run([CLANG_TIDY, "--version"], capture_output=True, check=True).stdout
    common = version + (root / ".clang-tidy").read_bytes() + " ".join(EXTRA).encode()
    clean = root / "build/lint/tidy"
    clean.mkdir(parents=True, exist_ok=True)

    marked = [(unit, clean / fingerprint(unit, root, common)) for unit in units(root, database, options.only)]
    waiting = [(unit, mark) for unit, mark in marked if not mark.exists()]
    deadline = time.monotonic() + options.budget_s
    found: set[str] = set()
    left: list[str] = []

    def look(entry: tuple[Unit, Path]) -> None:
        unit, mark = entry
        if time.monotonic() > deadline:
            left.append(str(unit.path.relative_to(root)))
            return
        lines = findings_of(unit, root, database)
        if not lines:
            mark.touch()
        for line in lines:
            if line not in found:  # one in a header comes once for each unit that includes it
                found.add(line)
                print(line, flush=True)

    with ThreadPoolExecutor(max_workers=options.jobs) as pool:
        list(pool.map(look, waiting))
    seen = len(waiting) - len(left)
    print(f"clang-tidy: {len(marked)} units, {seen} looked at, {len(marked) - len(waiting)} known to be clean", file=sys.stderr)
    if left:
        print(f"clang-tidy: budget spent, left for the next run: {', '.join(sorted(left))}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
