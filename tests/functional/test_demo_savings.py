"""`make demo-savings` in small: what it says must add up, and hold in the main."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from support.gateway_process import REPOSITORY, binary


def test_a_small_workload_costs_less_and_is_answered_as_well(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "scripts/demo/savings.py", "--size", "200", "--json", str(figures), "--points", str(tmp_path / "points")],
        cwd=REPOSITORY,
        env={**os.environ, "IFLOW_BINARY": str(binary())},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(figures.read_text())
    saved = sum(lever["saved_nano_usd"] for lever in found["levers"].values())
    assert found["direct_nano_usd"] == found["cost_nano_usd"] + saved
    for name in ("exact cache", "semantic cache", "batch", "routing" if found["routed"] else "prompt prefix"):
        assert found["levers"][name]["saved_nano_usd"] > 0, name
    assert found["saved_share"] > 0.4
    assert found["quality_share"] > 0.9
    assert sum(group["requests"] for group in found["groups"].values()) == found["requests"]
    assert "saved by routing" in done.stdout
    assert len((tmp_path / "points").read_text().splitlines()) == 8
