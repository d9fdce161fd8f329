"""The matrix as a table: for people in docs/matrix.md, for programs in build/reports/matrix.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from support.gateway_process import REPOSITORY

GOLDEN = REPOSITORY / "docs/matrix.md"
REPORT = REPOSITORY / "build/reports/matrix.json"
AGAIN = (
    "cd tests && UPDATE_GOLDEN=1 $INFERENCEFLOW_HOME/test-venv/bin/python -m pytest -q functional/test_sdk_matrix.py"
)
HEAD = """# Which SDK reaches which backend

Each row is an official SDK, unchanged but for its base URL, against a backend of one protocol, through a gateway. `make test`
runs every cell and fails where this table differs from what it found. Regenerate it after a wanted change:

    {again}

- `yes`: the SDK's user got what the backend was told to say, the backend was asked for what the user meant (words, system
  prompt, tools, calls and results, image bytes, schema, sampling), and the usage is right. Errors: the SDK raised its own
  class for the status, with the provider's words and its `Retry-After`, and without the provider's key or address.
- `yes (503)`: what stands for it at the local engine: a full queue, a model without its file. Anthropic's clients are told
  529.
- `refused (field)`: the backend cannot carry it; the gateway answers 400 and names the field, as
  [the codecs' tables](../src/codecs/README.md) say.
- `bad key` is the gateway's own key: its user is told so, by 403 or, where bytes pass, by the provider's 401.
- `stream breaks`: the backend's connection is reset after some words; `stream fails`: the backend sends an error event. The
  SDK raises; Cohere's hands the error over as the stream's last event.
- `n/a`: the local engine has no key that could be wrong, and no connection that could break.

`tools` is the whole loop: two parallel calls, both results, the closing words; in `thought, tools` the backend thinks before
it calls, and gets back of its thoughts what the SDK's user keeps.

"""


class matrix:
    """Results of cells, in the order of clients, backends and cases."""

    def __init__(self, clients: Sequence[str], backends: Sequence[str], cases: Sequence[str]) -> None:
        self._clients, self._backends, self._cases = clients, backends, cases
        self._cells: dict[tuple[str, str, str], str] = {}

    def note(self, client: str, backend: str, case: str, result: str) -> None:
        self._cells[client, backend, case] = result

    def missing(self) -> int:
        return len(self._clients) * len(self._backends) * len(self._cases) - len(self._cells)

    def rows(self) -> list[list[str]]:
        """A row for each client and backend, as far as cells were run."""
        found = []
        for client in self._clients:
            for backend in self._backends:
                cells = [self._cells.get((client, backend, case), "") for case in self._cases]
                if any(cells):
                    found.append([client, backend, *cells])
        return found

    def markdown(self) -> str:
        titles = ["client", "backend", *self._cases]
        rows = [titles, ["---"] * len(titles), *self.rows()]
        return HEAD.format(again=AGAIN) + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"

    def lines(self) -> list[str]:
        """The table for a terminal."""
        rows = [["client", "backend", *self._cases], *self.rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]

    def summary(self) -> str:
        results = list(self._cells.values())
        yes = sum(result.startswith("yes") for result in results)
        refused = sum(result.startswith("refused") for result in results)
        failed = sum(result.startswith("FAILED") for result in results)
        return f"{len(results)} cells: {yes} yes, {refused} refused as documented, {failed} failed, {self.missing()} not run"

    def write(self, path: Path = REPORT) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        cells = [
            {"client": client, "backend": backend, "case": case, "result": result}
            for (client, backend, case), result in sorted(self._cells.items())
        ]
        path.write_text(json.dumps({"summary": self.summary(), "cells": cells}, indent=1) + "\n")


def golden_cells() -> dict[tuple[str, str, str], str]:
    """The committed table's cells by client, backend and case."""
    lines = [line for line in GOLDEN.read_text().splitlines() if line.startswith("| ")] if GOLDEN.exists() else []
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    found = {}
    for row in rows[2:]:
        for case, result in zip(rows[0][2:], row[2:], strict=True):
            found[row[0], row[1], case] = result
    return found
