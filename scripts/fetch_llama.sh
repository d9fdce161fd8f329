#!/usr/bin/env bash
# llama.cpp, pinned: prebuilt CPU libraries and the headers of the same release, into $INFERENCEFLOW_HOME/llama.cpp.
# Both come from npm (docs/adr/0010-llama-cpp-from-npm.md). Instant and offline when already there.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

libs_tgz=node-llama-cpp-linux-x64-3.22.1.tgz
source_tgz=node-llama-cpp-3.22.1.tgz
release=v0.5.0
final="$INFERENCEFLOW_HOME/llama.cpp"
layout=1 # raise it when this script puts other files in place
key="$layout $(pinned "$libs_tgz" 1) $(pinned "$source_tgz" 1)"

if fresh "$final/.stamp" "$key" && [ -f "$final/lib/libllama.so" ] && [ -f "$final/include/llama.h" ]; then exit 0; fi
[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] ||
  die "the pinned llama.cpp build is for Linux x86-64, this is $(uname -s) $(uname -m); install llama.cpp system-wide instead"
command -v git >/dev/null || die "git is missing; run scripts/setup_packages.sh build"

make_scratch
fetch_pinned "$libs_tgz" "$scratch/tgz"
fetch_pinned "$source_tgz" "$scratch/tgz"

new="$scratch/llama.cpp"
mkdir -p "$new/lib" "$new/include/common/jinja" "$scratch/libs" "$scratch/bundle" "$scratch/tree"

tar -xzf "$scratch/tgz/$libs_tgz" -C "$scratch/libs" || die "cannot unpack $libs_tgz; is the disk full?"
cp -p "$scratch"/libs/package/bins/linux-x64/lib*.so "$new/lib/"
cp -p "$scratch/libs/package/LICENSE" "$new/LICENSE.node-llama-cpp"
# The linker looks for plain names; the loader goes by the sonames, which stay.
ln -s "libllama.$release.so" "$new/lib/libllama.so"
ln -s "libggml.$release.so" "$new/lib/libggml.so"

tar -xzf "$scratch/tgz/$source_tgz" -C "$scratch/bundle" package/llama/gitRelease.bundle ||
  die "cannot unpack $source_tgz; is the disk full?"
git init -q --bare "$scratch/source.git"
git -C "$scratch/source.git" fetch -q "$scratch/bundle/package/llama/gitRelease.bundle" HEAD ||
  die "the source bundle inside $source_tgz cannot be read by git"
git -C "$scratch/source.git" archive FETCH_HEAD include ggml/include common LICENSE licenses |
  tar -x -C "$scratch/tree"

cp "$scratch"/tree/include/*.h "$scratch"/tree/ggml/include/*.h "$new/include/"
cp "$scratch"/tree/common/*.h "$new/include/common/"
cp "$scratch"/tree/common/jinja/*.h "$new/include/common/jinja/"
cp "$scratch/tree/LICENSE" "$new/LICENSE"
cp "$scratch"/tree/licenses/* "$new/"
for file in lib/libllama.so lib/libggml.so lib/libggml-base.so lib/libllama-common.so lib/libggml-cpu-x64.so \
  include/llama.h include/common/chat.h; do
  [ -e "$new/$file" ] || die "$file is not in the fetched packages; scripts/fetch_llama.sh and scripts/pins.txt disagree"
done
printf '%s' "$release" >"$new/VERSION"
printf '%s' "$key" >"$new/.stamp"
put_in_place "$new" "$final"
say "llama.cpp $release is in $final"
