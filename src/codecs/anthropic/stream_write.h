/// Events, written as a Messages event stream.
///
/// Role:      codec::make_writer.
/// Lifecycle: one per stream; write()* until `end` or `failure`.
/// Threading: one loop.
/// Bounds:    output per event ≤ 6 × its text, plus a frame; a refusal's text is held until the end.
/// Source:    Claude API docs, "Streaming Messages", read 2026-11.
///
/// message_start says zeros where the backend counts at the end; message_delta carries all counts. It waits for `end`,
/// since usage may come behind the finish. Of several choices the first is written.
#pragma once

#include "codecs/anthropic/json_text.h"
#include "dialogue/codec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::anthropic {

class stream_writer final : public dialogue::event_writer {
public:
  explicit stream_writer(const dialogue::stream_wish& wish)
      : model_(wish.model) {}

  void write(const dialogue::event& happened, std::string& out) override;
  [[nodiscard]] const std::vector<std::string>& losses() const noexcept override { return losses_; }

private:
  void begin(std::string_view id, std::string_view model, std::string& out);
  void write_in_choice(const dialogue::event& happened, std::string& out);
  void begin_part(const dialogue::event& happened, std::string& out);
  void begin_call(const dialogue::event& happened, std::string& out);
  void write_arguments(std::string_view piece, std::string& out);
  void write_thought(const dialogue::event& happened, std::string& out);
  void end_part(std::string& out);
  void end(std::string& out);

  /// Writes content_block_start with what `block(json_writer&)` writes, and counts the block.
  template <class F> void open_with(F&& block, std::string& out);
  /// Writes content_block_delta of the block that is open: {"type":type, member:text}.
  void delta(std::string_view type, std::string_view member, std::string_view text, std::string& out);
  void close_block(std::string& out);
  /// Appends event_ as an event of this type.
  void send(std::string_view type, std::string& out);
  void lose(std::string_view what);

  std::string model_;
  std::vector<std::string> losses_;
  std::string event_; ///< JSON of the event being written
  std::string refusal_;
  std::string stop_sequence_;
  std::optional<cost::token_usage> tokens_;
  std::int64_t blocks_ = 0; ///< begun
  dialogue::finish reason_ = dialogue::finish::none;
  dialogue::part_kind part_ = dialogue::part_kind::text;
  bool open_ = false;   ///< a block stands open in what was written
  bool custom_ = false; ///< the open call's arguments are free text
  bool calls_tools_ = false;
  bool begun_ = false;
  bool closed_ = false;
};

} // namespace inferenceflow::codecs::anthropic
