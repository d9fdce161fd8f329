/// Events → bytes of a client's Chat Completions stream.
///
/// Role:      codec::make_writer. What it writes, the official SDKs put together: the role in a choice's first delta,
///            a call's index, id and name first and its arguments behind, the finish reason in a delta of its own,
///            usage in a chunk without choices, [DONE].
/// Lifecycle: one per stream.
/// Threading: one loop.
/// Bounds:    one bit per byte of text; nothing of the text itself.
/// Source:    OpenAI API reference, "Streaming", "stream_options"; OpenRouter (reasoning_details in deltas).
#pragma once

#include "codecs/openai_chat/json_out.h"
#include "codecs/openai_chat/text_ruler.h"
#include "cost/usage.h"
#include "dialogue/codec.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace inferenceflow::codecs::openai_chat {

class stream_writer final : public dialogue::event_writer {
public:
  explicit stream_writer(const dialogue::stream_wish& wish);

  void write(const dialogue::event& happened, std::string& out) override;
  [[nodiscard]] const std::vector<std::string>& losses() const noexcept override { return losses_; }

private:
  struct progress {
    bool introduced = false;      ///< its role was written
    std::int64_t calls = 0;       ///< begun so far
    std::int64_t reasonings = -1; ///< index of the last entry of reasoning_details
    bool refused = false;
    bool has_arguments = false; ///< the open call
    bool custom = false;        ///< the open call
    bool summary = false;       ///< the open reasoning
    dialogue::part_kind open = dialogue::part_kind::text;
    std::string id = {};         ///< of the open call or reasoning
    std::int64_t text_begin = 0; ///< byte of the content at which the open text began
    text_ruler said = {};
  };

  void begin(const dialogue::event& happened, std::string& out);
  void begin_part(const dialogue::event& happened, progress& of, std::string& out);
  void begin_call(const dialogue::event& happened, progress& of, std::string& out);
  void write_delta(const dialogue::event& happened, progress& of, std::string& out);
  void write_arguments(std::string_view piece, progress& of, std::uint32_t choice, std::string& out);
  void write_proof(const dialogue::event& happened, progress& of, std::string& out);
  void write_finish(const dialogue::event& happened, const progress& of, std::string& out);
  void end(std::string& out);
  void introduce(std::uint32_t choice, std::string& out);

  /// Appends a chunk of one choice; write_members(json_out&) writes the members of its delta.
  template <class F> void chunk(std::uint32_t choice, std::string& out, F&& write_members);

  std::string model_;
  std::int64_t created_s_;
  bool usage_wanted_;
  std::string head_; ///< what every chunk begins with, up to its choices
  std::map<std::uint32_t, progress> choices_;
  std::optional<cost::token_usage> usage_;
  std::vector<std::string> losses_;
  bool over_ = false;
};

} // namespace inferenceflow::codecs::openai_chat
