# llama.cpp as imported target llama::llama. A system-wide installation comes first; else the pinned build that
# scripts/fetch_llama.sh put under INFERENCEFLOW_HOME. Absent: the engine module cannot be built, and that is an error.
# The environment wins over the cache, so that a build folder follows it.
if(DEFINED ENV{INFERENCEFLOW_HOME} AND NOT "$ENV{INFERENCEFLOW_HOME}" STREQUAL "")
  set(iflow_home "$ENV{INFERENCEFLOW_HOME}")
elseif(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(iflow_home "$ENV{XDG_CACHE_HOME}/inferenceflow")
else()
  set(iflow_home "$ENV{HOME}/.cache/inferenceflow")
endif()
set(INFERENCEFLOW_HOME "${iflow_home}" CACHE PATH "where fetched libraries and models live" FORCE)

option(IFLOW_LLAMA_SYSTEM "use a system-wide llama.cpp when it is complete" ON)
set(iflow_llama_pinned "${INFERENCEFLOW_HOME}/llama.cpp")

# iflow_find_llama(find-arguments...): sets iflow_llama_<part> from one place, all parts or none. Not cached, so that
# a later fetch or a moved INFERENCEFLOW_HOME is seen by the next configure.
function(iflow_find_llama)
  set(found TRUE)
  foreach(part llama ggml ggml-base llama-common)
    unset(library)
    find_library(library NAMES ${part} NO_CACHE ${ARGN})
    if(NOT library)
      set(found FALSE)
    endif()
    set(iflow_llama_${part} "${library}" PARENT_SCOPE)
  endforeach()
  unset(header)
  unset(common_header)
  find_path(header llama.h NO_CACHE ${ARGN})
  # chat.h and sampling.h of llama.cpp's common library, as <common/...> or inside a packager's llama.cpp/ folder.
  find_path(common_header common/chat.h PATH_SUFFIXES llama.cpp llama NO_CACHE ${ARGN})
  if(NOT header OR NOT common_header)
    set(found FALSE)
  endif()
  set(iflow_llama_include "${header}" "${common_header}" PARENT_SCOPE)
  set(iflow_llama_found ${found} PARENT_SCOPE)
endfunction()

set(iflow_llama_found FALSE)
if(IFLOW_LLAMA_SYSTEM)
  pkg_check_modules(iflow_llama_pc QUIET llama)
  iflow_find_llama(HINTS ${iflow_llama_pc_LIBRARY_DIRS} ${iflow_llama_pc_INCLUDE_DIRS})
endif()
if(NOT iflow_llama_found)
  iflow_find_llama(PATHS "${iflow_llama_pinned}/lib" "${iflow_llama_pinned}/include" NO_DEFAULT_PATH)
endif()
if(NOT iflow_llama_found)
  message(FATAL_ERROR "llama.cpp is neither installed system-wide nor in ${iflow_llama_pinned}: "
                      "run `make build` or scripts/fetch_llama.sh, which fetches the pinned build.")
endif()

# Where the CPU backends (libggml-cpu-*.so) lie, for ggml_backend_load_all_from_path; an installed copy looks beside
# its own libllama first.
get_filename_component(iflow_llama_dir "${iflow_llama_llama}" DIRECTORY)
set(IFLOW_LLAMA_BACKEND_DIR "${iflow_llama_dir}" CACHE INTERNAL "directory of llama.cpp's backend libraries")

add_library(llama::llama INTERFACE IMPORTED GLOBAL)
target_include_directories(llama::llama SYSTEM INTERFACE ${iflow_llama_include})
target_link_libraries(llama::llama INTERFACE "${iflow_llama_llama-common}" "${iflow_llama_llama}" "${iflow_llama_ggml}"
                                             "${iflow_llama_ggml-base}")
# The libraries are shared objects whose interface macros must match how they were built.
target_compile_definitions(llama::llama INTERFACE LLAMA_SHARED GGML_SHARED GGML_BACKEND_SHARED
                                                  IFLOW_LLAMA_BACKEND_DIR="${IFLOW_LLAMA_BACKEND_DIR}")
message(STATUS "llama.cpp: ${iflow_llama_dir}")

# Programs installed by cmake/install.cmake find the copied libraries beside them. Set before any target is made.
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib/inferenceflow")
