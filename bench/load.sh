#!/usr/bin/env bash
# A thousand clients at once; settings in bench/gateway/load.py, keys of the report in bench/README.md.
set -euo pipefail
exec python3 "$(dirname "${BASH_SOURCE[0]}")/gateway/load.py" "$@"
