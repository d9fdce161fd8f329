/// Events → what clients of ConverseStream read.
///
/// Role:      codec::make_writer.
/// Lifecycle: one per stream.
/// Threading: one loop.
/// Bounds:    one message at a time; a custom tool's input is kept until it is whole.
/// Source:    Bedrock API reference, ConverseStreamOutput. metrics.latencyMs is required there and not known here: 0.
#pragma once

#include "codecs/bedrock/event_stream.h"
#include "codecs/bedrock/json_out.h"
#include "codecs/bedrock/loss_list.h"
#include "dialogue/codec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::bedrock {

class stream_writer final : public dialogue::event_writer {
public:
  void write(const dialogue::event& happened, std::string& out) override;
  [[nodiscard]] const std::vector<std::string>& losses() const noexcept override { return losses_.names(); }

private:
  void begin_part(const dialogue::event& happened);
  void begin_tool_call(const dialogue::event& happened);
  void write_image(const dialogue::event& happened);
  void write_opaque(const dialogue::event& happened);
  void write_delta(const dialogue::event& happened);
  void write_reasoning_delta(const dialogue::event& happened);
  void end_part();
  void write_stop(const dialogue::event& happened);
  void write_metadata();
  void write_failure(const error& why);

  /// Counts the open part as a block, if it is not one yet: a part of which nothing can be said is none.
  void enter_block();
  /// payload_ = the beginning of an event of the block: its index, then `key` and an open object.
  [[nodiscard]] json_out begin_payload(std::string_view key);
  void send(std::string_view event_type);

  std::string* out_ = nullptr; ///< of the call that runs
  std::string payload_;
  std::string custom_input_; ///< of an open custom tool call
  std::int64_t next_block_ = 0;
  bool in_block_ = false;
  bool custom_ = false; ///< the open part is a custom tool's call
  bool closed_ = false;
  std::optional<cost::token_usage> usage_;
  loss_list losses_;
};

} // namespace inferenceflow::codecs::bedrock
