"""schemathesis, fed with /openapi.json: no 5xx and no undocumented answer, whatever it makes up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.gateway_process import clean_environment, gateway_process

pytest.importorskip("schemathesis", reason="schemathesis is in tests/requirements.txt")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES = 25
SEED = 20250101


@pytest.mark.local_model
def test_every_answer_is_documented(local_gateway: gateway_process, tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{local_gateway.url}/openapi.json",
        f"--url={local_gateway.url}",
        f"--checks={CHECKS}",
        f"--max-examples={EXAMPLES}",
        f"--seed={SEED}",
        "--generation-deterministic",
        "--request-timeout=60",
        "--phases=examples,coverage,fuzzing",
        "--continue-on-failure",
        "--no-color",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=280, check=False, cwd=tmp_path, env=clean_environment()
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-12_000:]
    assert local_gateway.call("GET", "/health/live").status == 200
