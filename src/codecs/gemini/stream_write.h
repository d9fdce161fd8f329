/// Events → streamGenerateContent's bytes.
///
/// Role:      codec::make_writer.
/// Lifecycle: one per stream.
/// Threading: one loop.
/// Bounds:    one open part's arguments, and the text that citations may name: an answer's size.
/// Source:    recorded streams; Gemini sends calls whole, so a call is written when its part ends; what ends the answer
///            (finishReason, groundingMetadata, final usage) is its last event.
#pragma once

#include "codecs/gemini/answer_write.h"
#include "codecs/gemini/target.h"
#include "dialogue/codec.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::gemini {

class stream_writer final : public dialogue::event_writer {
public:
  stream_writer(const dialogue::stream_wish& wish, stream_form form);
  void write(const dialogue::event& happened, std::string& out) override;
  [[nodiscard]] const std::vector<std::string>& losses() const noexcept override { return losses_.all(); }

private:
  struct progress {
    dialogue::part_kind kind = dialogue::part_kind::text;
    std::optional<dialogue::tool_call_part> call = {}; ///< open; its arguments come in pieces
    bool is_signed = false;                            ///< the open part has its signature
    bool in_run = false;    ///< the part written last is text: clients take what follows as the same part
    std::string run = {};   ///< that text
    std::size_t base = 0;   ///< where the open text part begins in it
    std::size_t number = 0; ///< of the part written last, from 1
    std::vector<dialogue::citation> open_citations = {};
    grounding cited = {};
    dialogue::finish reason = dialogue::finish::none;
  };

  void begin_part(progress& of, const dialogue::event& happened, std::string& out);
  void take_text(progress& of, const dialogue::event& happened, std::string& out);
  void take_signature(progress& of, const dialogue::event& happened, std::string& out);
  void end_part(progress& of, const dialogue::event& happened, std::string& out);
  void end(std::string& out);
  void fail(const error& why, std::string& out);
  /// One event with one part; the part is written by f(json_out&).
  template <class F>
  void write_piece(std::uint32_t choice, std::span<const dialogue::token_logprob> logprobs, std::string& out, F&& f);
  void open_event(std::string& out);
  void close_event(std::string& out);
  [[nodiscard]] response_frame frame() const { return {.id = id_, .model = model_, .created_s = created_s_}; }

  std::string model_;
  bool model_is_wished_;
  stream_form form_;
  std::string id_;
  std::int64_t created_s_ = 0;
  std::map<std::uint32_t, progress> choices_;
  std::optional<cost::token_usage> usage_;
  loss_list losses_;
  bool any_event_ = false;
  bool closed_ = false;
};

} // namespace inferenceflow::codecs::gemini
