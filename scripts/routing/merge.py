#!/usr/bin/env python3
"""Joins reports of routing evaluations: lists of {set, method, metric, value, ci95}. Usage: merge.py OUT PART..."""

import json
import sys
from pathlib import Path

KEYS = {"set", "method", "metric", "value", "ci95"}


def rows_of(path: str) -> list[dict]:
    rows = json.loads(Path(path).read_text())
    for number, row in enumerate(rows, 1):
        missing = KEYS - row.keys()
        if missing:
            raise SystemExit(f"{path}: row {number} lacks {', '.join(sorted(missing))}")
    return rows


def main() -> None:
    out, *parts = sys.argv[1:]
    rows = [row for part in parts for row in rows_of(part)]
    Path(out).write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main()
