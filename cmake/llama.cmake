# llama.cpp as imported target llama::llama. A system-wide installation comes first; else the pinned build that
# scripts/fetch_llama.sh put under INFERENCEFLOW_HOME. Absent: the engine module cannot be built, and that is an error.
set(INFERENCEFLOW_HOME "$ENV{INFERENCEFLOW_HOME}" CACHE PATH "where fetched libraries and models live")
if(NOT INFERENCEFLOW_HOME)
  if(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
    set(INFERENCEFLOW_HOME "$ENV{XDG_CACHE_HOME}/inferenceflow" CACHE PATH "" FORCE)
  else()
    set(INFERENCEFLOW_HOME "$ENV{HOME}/.cache/inferenceflow" CACHE PATH "" FORCE)
  endif()
endif()
