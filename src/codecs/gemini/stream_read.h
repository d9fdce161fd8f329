/// streamGenerateContent's bytes → events.
///
/// Role:      codec::make_reader.
/// Lifecycle: one per stream.
/// Threading: one loop.
/// Bounds:    event_bytes_max of an unfinished event; one small record per choice, with its citations.
/// Source:    recorded streams: SSE and JSON array; every event is a GenerateContentResponse, there is no end marker,
/// the
///            last event of a candidate has its finishReason; a signature may come behind its text, with an empty text.
#pragma once

#include "codecs/gemini/array_stream.h"
#include "codecs/gemini/chunk_read.h"
#include "dialogue/codec.h"
#include "wire/sse/codec.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::gemini {

/// Which of the two forms a stream has shows in its first byte.
///
/// The first part of an event continues the open part when it is of the same kind and that one is not signed yet; every
/// other part is one of its own. Finish events wait for the end of the stream: some backends repeat finishReason, and
/// citations may follow it.
class stream_reader final : public dialogue::event_reader {
public:
  explicit stream_reader(std::size_t event_bytes_max);
  void push(std::string_view bytes, const dialogue::event_handler& handle) override;
  void finish(const dialogue::event_handler& handle) override;

private:
  enum class form : std::uint8_t { unknown, events, array };

  struct progress {
    std::uint32_t part = 0; ///< the open one, else the next
    bool open = false;
    bool sealed = false; ///< the open part is signed: nothing more belongs to it but citations
    dialogue::part_kind kind = dialogue::part_kind::text;
    std::int64_t text_bytes = 0; ///< of the open text part
    bool calls = false;
    dialogue::finish reason = dialogue::finish::none;
  };

  void take_document(std::string_view json, const dialogue::event_handler& handle);
  void take_candidate(candidate& given, const dialogue::event_handler& handle);
  void take_part(std::uint32_t choice, numbered_part& part, std::vector<dialogue::token_logprob>& logprobs,
                 const dialogue::event_handler& handle);
  void take_media(std::uint32_t choice, const dialogue::media_part& made, const dialogue::event_handler& handle);
  void take_text(std::uint32_t choice, const dialogue::text_part& words, bool first,
                 std::vector<dialogue::token_logprob>& logprobs, const dialogue::event_handler& handle);
  void take_thought(std::uint32_t choice, const dialogue::reasoning_part& thought, bool first,
                    const dialogue::event_handler& handle);
  void take_whole(std::uint32_t choice, dialogue::event opened, std::string_view arguments,
                  const dialogue::event_handler& handle);
  void take_citations(std::uint32_t choice, std::vector<placed_citation>& citations,
                      const dialogue::event_handler& handle);
  void open(std::uint32_t choice, dialogue::event opened, const dialogue::event_handler& handle);
  void close(std::uint32_t choice, const dialogue::event_handler& handle);
  void sign(std::uint32_t choice, std::string_view signature, const dialogue::event_handler& handle);
  void end(const dialogue::event_handler& handle);
  void fail(const error& why, const dialogue::event_handler& handle);

  form form_ = form::unknown;
  wire::sse::decoder events_;
  array_stream elements_;
  chunk_reader chunks_;
  std::map<std::uint32_t, progress> choices_;
  std::optional<cost::token_usage> usage_; ///< the last one told
  bool begun_ = false;
  bool blocked_ = false;
  bool closed_ = false;
};

} // namespace inferenceflow::codecs::gemini
