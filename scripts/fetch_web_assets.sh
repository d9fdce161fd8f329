#!/usr/bin/env bash
# Swagger UI and Redoc for /docs and /redoc, from npm, into $INFERENCEFLOW_HOME/npm; the build puts them into the binary.
# Only the files that a browser asks for, and their licences. Instant and offline when already there.
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

swagger_tgz=swagger-ui-dist-5.35.0.tgz
redoc_tgz=redoc-2.5.4.tgz
final="$INFERENCEFLOW_HOME/npm"
layout=1 # raise it when this script puts other files in place
key="$layout $(pinned "$swagger_tgz" 1) $(pinned "$redoc_tgz" 1)"

if fresh "$final/.stamp" "$key" && [ -f "$final/swagger-ui/swagger-ui-bundle.js" ] &&
  [ -f "$final/redoc/redoc.standalone.js" ]; then exit 0; fi
make_scratch

# take TGZ NAME FILE...: the named files of one package, flat.
take() {
  local tgz="$1" name="$2" file
  shift 2
  fetch_pinned "$tgz" "$scratch/tgz"
  mkdir -p "$scratch/$name" "$scratch/npm/$name"
  tar -xzf "$scratch/tgz/$tgz" -C "$scratch/$name" || die "cannot unpack $tgz; is the disk full?"
  for file in "$@"; do
    cp "$scratch/$name/package/$file" "$scratch/npm/$name/" || die "$file is not in $tgz"
  done
}

take "$swagger_tgz" swagger-ui swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt swagger-ui.css favicon-32x32.png LICENSE NOTICE
take "$redoc_tgz" redoc bundles/redoc.standalone.js bundles/redoc.standalone.js.LICENSE.txt LICENSE
printf '%s' "$key" >"$scratch/npm/.stamp"
put_in_place "$scratch/npm" "$final"
say "web assets are in $final"
