"""schemathesis, fed with /openapi.json: no 5xx and no undocumented answer, whatever it makes up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.configurations import base_config, local_config, merge
from support.fake_upstream import fake_upstream
from support.gateway_process import clean_environment

pytest.importorskip("schemathesis", reason="schemathesis is in tests/requirements.txt")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES = 15
TIME_MAX_S = 80
HOOKS = Path(__file__).parents[1] / "support" / "schemathesis_hooks.py"


@pytest.mark.local_model
@pytest.mark.timeout(300)
def test_every_answer_is_documented(upstream: fake_upstream, start_gateway, tmp_path: Path) -> None:
    # A short context ends the answers that nobody bounded.
    gateway = start_gateway(merge(base_config(upstream), local_config(context_tokens=128)))
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{gateway.url}/openapi.json",
        f"--url={gateway.url}",
        f"--checks={CHECKS}",
        f"--max-examples={EXAMPLES}",
        f"--max-time={TIME_MAX_S}",
        "--generation-deterministic",
        "--request-timeout=60",
        "--phases=examples,coverage,fuzzing",
        "--suppress-health-check=all",
        "--continue-on-failure",
        "--no-color",
    ]
    environment = clean_environment() | {"SCHEMATHESIS_HOOKS": str(HOOKS)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, cwd=tmp_path, env=environment)
    assert done.returncode == 0, (done.stdout + done.stderr)[-12_000:]
    assert gateway.call("GET", "/health/live").status == 200
