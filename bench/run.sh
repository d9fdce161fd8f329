#!/usr/bin/env bash
# The gateway beside HAProxy; settings in bench/gateway/run.py, keys of the report in bench/README.md.
set -euo pipefail
exec python3 "$(dirname "${BASH_SOURCE[0]}")/gateway/run.py" "$@"
