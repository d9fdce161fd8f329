/// Where the blocks of a prompt stand in a request body, and what each prompt up to a block is called.
///
/// Role:      advisor reads the body that goes to the backend with it, in the backend's protocol.
/// Lifecycle: layout_reader is kept (it holds buffers), a prompt_layout is valid while its body lives.
/// Threading: one reader per event loop.
/// Bounds:    k_blocks_max blocks; a body with more, or one that is not JSON, has no layout. No text is copied: blocks
///            are spans, hashes are made over the body's bytes.
/// Source:    Anthropic Messages, Bedrock Converse, OpenAI Chat Completions and Responses; XXH3 (docs/adr/0009).
#pragma once

#include "dialogue/part.h"
#include "prompt_cache/boundary.h"
#include "wire/json/token_index.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace inferenceflow::prompt_cache {

inline constexpr std::size_t k_blocks_max = 4'096;

/// A half-open stretch of the body.
struct stretch {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] bool empty() const noexcept { return begin == end; }
};

/// One block: a tool, a piece of the system prompt, a piece of a message.
struct block {
  stretch whole;                 ///< the JSON value
  stretch own_mark = {};         ///< Anthropic: the member cache_control with a comma beside it
  std::string_view speaker = {}; ///< role of its message, as spelled
  std::string_view type = {};
  section part = section::history;
  bool plain_text = false; ///< a string that stands for a text block
  bool markable = true;
  std::optional<dialogue::cache_life> client_mark = {};
};

struct prompt_layout {
  std::vector<block> blocks; ///< in the order tools, system, history
  stretch tool_choice = {};  ///< what else in the request decides whether a kept history can be used
  stretch thinking = {};
  std::size_t object_end = 0; ///< offset of the body's last brace
  bool automatic = false;     ///< the client leaves the marks to the provider (Anthropic's top-level cache_control)
  bool has_cache_key = false; ///< OpenAI's prompt_cache_key is there
};

class layout_reader {
public:
  /// @param speaks  anthropic, bedrock, openai_chat or openai_responses; others have no layout.
  /// @returns nothing when the body is not what the protocol says: the backend will say what is wrong with it.
  /// Lifetime: until the next call, and while `body` lives.
  [[nodiscard]] const prompt_layout* read(dialogue::protocol speaks, std::string_view body);

private:
  wire::json::token_index index_;
  prompt_layout found_;
};

/// The boundaries to look at, at most k_boundaries_max of them, front to back.
/// @param scope  of tenant, route and model; goes into every hash.
/// @param scale  tokens per estimated token (reuse_tracker::scale).
/// @param where  for each boundary the index of its block in `layout`; overwritten, as is `out`.
void boundaries_of(const prompt_layout& layout, std::string_view body, std::uint64_t scope, double scale,
                   std::vector<boundary>& out, std::vector<std::size_t>& where);

} // namespace inferenceflow::prompt_cache
