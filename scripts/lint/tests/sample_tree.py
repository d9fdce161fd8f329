"""A folder of small files for one test."""

import tempfile
from pathlib import Path
from types import TracebackType


class SampleTree:
    def __init__(self, contents: dict[str, str]) -> None:
        self._contents = contents
        self._folder = tempfile.TemporaryDirectory()

    def __enter__(self) -> Path:
        root = Path(self._folder.name).resolve()
        for name, text in self._contents.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        return root

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._folder.cleanup()
