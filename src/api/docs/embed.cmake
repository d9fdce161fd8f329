# Run at build time: gzips every asset and writes the table that static_assets.cpp looks up.
#   ASSETS  list of "path|content type|file"
#   GZIP    the gzip program
#   OUTPUT  C++ file to write; the .gz files go beside it
# The bytes enter through .incbin, so that they lie in .rodata and cost memory only while a page is read.
get_filename_component(folder "${OUTPUT}" DIRECTORY)
set(bytes "")
set(rows "")
set(index 0)
foreach(asset IN LISTS ASSETS)
  if(NOT asset MATCHES "^([^|]+)\\|([^|]+)\\|([^|]+)$")
    message(FATAL_ERROR "not an asset: ${asset}")
  endif()
  set(path "${CMAKE_MATCH_1}")
  set(type "${CMAKE_MATCH_2}")
  set(file "${CMAKE_MATCH_3}")
  if(type MATCHES "^text/")
    string(APPEND type "; charset=utf-8")
  endif()
  set(packed "${folder}/asset_${index}.gz")
  execute_process(COMMAND "${GZIP}" -9nc "${file}" OUTPUT_FILE "${packed}" RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "gzip cannot pack ${file}: ${failed}")
  endif()
  file(SIZE "${packed}" size)
  file(SHA256 "${packed}" hash)
  string(SUBSTRING "${hash}" 0 32 tag)
  string(APPEND bytes "__asm__(\".pushsection .rodata\\n.balign 16\\n.global iflow_asset_${index}\\n\"\n"
                      "        \"iflow_asset_${index}:\\n.incbin \\\"${packed}\\\"\\n.popsection\\n\");\n"
                      "extern \"C\" const char iflow_asset_${index}[];\n")
  string(APPEND rows "    {\"${path}\", \"${type}\", {iflow_asset_${index}, ${size}}, \"W/\\\"${tag}\\\"\"},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}"
     "// Written by embed.cmake.\n#include \"api/docs/static_assets.h\"\n\n${bytes}\n"
     "namespace inferenceflow::api::docs {\n\nnamespace {\n\nconst static_asset k_assets[] = {\n${rows}};\n\n"
     "} // namespace\n\nstd::span<const static_asset> all_assets() noexcept { return k_assets; }\n\n"
     "} // namespace inferenceflow::api::docs\n")
