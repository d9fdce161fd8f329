/// Bytes of a backend's Chat Completions stream → events.
///
/// Role:      codec::make_reader.
/// Lifecycle: one per stream: push()* → finish().
/// Threading: one loop.
/// Bounds:    event_bytes_max of an unfinished event; k_choices_max choices, each as stream_choice.h says.
/// Source:    OpenAI API reference, "Streaming"; stream_choice.h.
#pragma once

#include "codecs/openai_chat/dialect.h"
#include "codecs/openai_chat/stream_choice.h"
#include "dialogue/codec.h"
#include "wire/sse/codec.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

namespace inferenceflow::codecs::openai_chat {

class stream_reader final : public dialogue::event_reader {
public:
  stream_reader(const dialect& of, std::size_t event_bytes_max);

  void push(std::string_view bytes, const dialogue::event_handler& handle) override;
  void finish(const dialogue::event_handler& handle) override;

private:
  void take(std::string_view data, const dialogue::event_handler& handle);
  void take_chunk(const dialogue::json_view& chunk, const dialogue::event_handler& handle);
  void begin(const dialogue::json_view& chunk, const dialogue::event_handler& handle);
  void end(const dialogue::event_handler& handle);
  void fail(const error& why, const dialogue::event_handler& handle);
  [[nodiscard]] bool all_finished() const;

  bool done_marker_;
  std::size_t event_bytes_max_;
  wire::sse::decoder decoder_;
  std::map<std::uint32_t, stream_choice> choices_;
  bool begun_ = false;
  bool over_ = false; ///< end or failure was handed over
};

} // namespace inferenceflow::codecs::openai_chat
