# Warnings, sanitizers and coverage for every target of this project.
add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                    -Wconversion -Wsign-conversion -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these from inside its own coroutine and string headers at -O2 (GCC PR 105562, 105651).
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-dangling-pointer -Wno-array-bounds
                      -Wno-stringop-overread -Wno-stringop-overflow)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

if(IFLOW_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Instrumented, g++ 12 takes the operator delete of Asio's coroutine frames for one that frees aligned_alloc's block.
    add_compile_options(-Wno-mismatched-new-delete)
  endif()
  if(IFLOW_SANITIZE MATCHES "thread")
    # ThreadSanitizer knows no fences. Asio's stand beside locks, which it does know.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
  add_compile_options(-fsanitize=${IFLOW_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${IFLOW_SANITIZE})
endif()
if(IFLOW_FUZZ)
  # clang 14 cannot emit -fsanitize=function for coroutines ("Cannot represent a difference across sections").
  add_compile_options(-fsanitize=fuzzer-no-link -fno-sanitize=function)
endif()
if(IFLOW_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-g1)
endif()
