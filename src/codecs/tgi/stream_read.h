/// Bytes of a TGI stream → events.
///
/// Role:      codec::make_reader().
/// Lifecycle: one reader per stream: push()* → finish().
/// Threading: one loop.
/// Bounds:    event_bytes_max of an unfinished event, and fewer bytes than k_next_turn that may be its beginning.
/// Source:    text-generation-inference, router: StreamResponse; an error comes as an event {"error","error_type"}.
///
/// Every event is a token; the last one holds generated_text. Special tokens are not text.
#pragma once

#include "codecs/tgi/prompt.h"
#include "dialogue/codec.h"
#include "dialogue/json_view.h"
#include "wire/sse/codec.h"

#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::tgi {

class stream_reader final : public dialogue::event_reader {
public:
  explicit stream_reader(std::size_t event_bytes_max)
      : decoder_(event_bytes_max) {}

  void push(std::string_view bytes, const dialogue::event_handler& handle) override;
  void finish(const dialogue::event_handler& handle) override;

private:
  void take(std::string_view data);
  void take_token(const dialogue::json_view& root);
  void take_end(const dialogue::json_view& root, const dialogue::json_document& document);
  void release(std::size_t bytes);
  void emit(const dialogue::event& happened);
  void fail(const error& why);

  wire::sse::decoder decoder_;
  const dialogue::event_handler* handle_ = nullptr; ///< while push() or finish() runs
  std::string held_;                                ///< text not told yet: it may be the template's next turn
  /// Probabilities of tokens whose text is not all told yet, and where in held_ each ends.
  std::vector<dialogue::token_logprob> logprobs_;
  std::vector<std::size_t> token_ends_;
  bool begun_ = false;
  bool open_ = false; ///< the text part has begun
  bool first_ = true; ///< no text has come: a space before the first word is the template's
  bool closed_ = false;
};

} // namespace inferenceflow::codecs::tgi
