#!/usr/bin/env bash
# llama.cpp's own llama-batched-bench for make bench-engine, into $INFERENCEFLOW_HOME/llama.cpp-bench; prints its path.
# Its source is that of the pinned release (docs/adr/0010-llama-cpp-from-npm.md); it is linked to the release's own
# libraries, the ones that the engine uses, so that both compute with the same kernels. Instant and offline when there.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

source_tgz=node-llama-cpp-3.22.1.tgz
llama="$INFERENCEFLOW_HOME/llama.cpp"
final="$INFERENCEFLOW_HOME/llama.cpp-bench"
layout=1 # raise it when this script puts other files in place
key="$layout $(pinned "$source_tgz" 1) $(cat "$llama/.stamp" 2>/dev/null)"

if fresh "$final/.stamp" "$key" && [ -x "$final/llama-batched-bench" ]; then
  echo "$final/llama-batched-bench"
  exit 0
fi
[ -f "$llama/lib/libllama.so" ] || die "$llama is not there; run scripts/fetch_llama.sh"

make_scratch
fetch_pinned "$source_tgz" "$scratch/tgz"
new="$scratch/llama.cpp-bench"
mkdir -p "$scratch/bundle" "$scratch/tree" "$new"
tar -xzf "$scratch/tgz/$source_tgz" -C "$scratch/bundle" package/llama/gitRelease.bundle ||
  die "cannot unpack $source_tgz; is the disk full?"
git init -q --bare "$scratch/source.git"
git -C "$scratch/source.git" fetch -q "$scratch/bundle/package/llama/gitRelease.bundle" HEAD ||
  die "the source bundle inside $source_tgz cannot be read by git"
git -C "$scratch/source.git" archive FETCH_HEAD include ggml/include common vendor tools/batched-bench |
  tar -x -C "$scratch/tree"

say "compiling llama-batched-bench"
(cd "$scratch/tree" && g++ -O2 -std=c++17 -Iinclude -Iggml/include -Icommon -Ivendor \
  tools/batched-bench/batched-bench.cpp tools/batched-bench/main.cpp -o "$new/llama-batched-bench" \
  -L"$llama/lib" -Wl,-rpath,"\$ORIGIN/../llama.cpp/lib" -lllama-common -lllama -lggml -lggml-base) >&2 ||
  die "llama-batched-bench does not compile; scripts/pins.txt and scripts/llama_bench_tool.sh disagree"
# It looks for the CPU backends beside itself.
for backend in "$llama"/lib/libggml-cpu-*.so; do
  ln -s "../llama.cpp/lib/$(basename "$backend")" "$new/"
done
printf '%s' "$key" >"$new/.stamp"
put_in_place "$new" "$final"
say "llama-batched-bench is in $final"
echo "$final/llama-batched-bench"
