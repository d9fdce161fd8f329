/// A place in a prompt where a provider may be told to keep everything before it.
///
/// Role:      prompt_layout finds the places in a request, reuse_tracker remembers them, planner chooses among them.
/// Lifecycle: plain values.
/// Threading: values.
/// Bounds:    k_boundaries_max of one request are looked at.
/// Source:    Claude API docs, "Prompt caching": a prompt is kept up to a block, in the order tools, system, messages.
#pragma once

#include "dialogue/part.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace inferenceflow::prompt_cache {

/// In the order in which providers render a prompt, whatever the order in the body.
enum class section : std::uint8_t { tools, system, history };

/// The prompt up to and including one block.
struct boundary {
  std::uint64_t hash = 0;  ///< of tenant, route, model and every block up to here
  std::int64_t tokens = 0; ///< up to here, estimated
  std::uint32_t block = 0; ///< number of the block in the whole prompt, from 0
  std::uint32_t depth = 0; ///< number of the block within the history, from 1; 0 before it
  section part = section::history;
  bool markable = true;                                 ///< the provider takes a mark behind this block
  std::optional<dialogue::cache_life> client_mark = {}; ///< the client has put one there
};

/// More than one tool, than 16 system blocks and than 120 blocks of history are not looked at one by one.
inline constexpr std::size_t k_boundaries_max = 137;

} // namespace inferenceflow::prompt_cache
