/// One text call on its way: the engine jobs it started, and what has come back so far.
///
/// Role:      local_provider drives one per call.
/// Lifecycle: submit() once → apply() for every event until ended(). Destroying it cancels the jobs that still run.
/// Threading: one event loop.
/// Bounds:    the text of one answer when it is not streamed; one batch of events when it is.
#pragma once

#include "engine/model_engine.h"
#include "providers/local/event_mailbox.h"
#include "providers/local/text_answer.h"
#include "providers/local/text_request.h"
#include "providers/provider.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::providers::local {

/// An event, and which of the call's generations it belongs to.
struct generation_news {
  std::size_t generation = 0;
  engine::generation_event event;
};
using generation_mailbox = event_mailbox<generation_news>;

/// Renames the engine's fields to those of the request.
/// @param prompt_field  "messages", "prompt" or "input".
[[nodiscard]] error in_wire_terms(error failure, std::string_view prompt_field);

class generation_call {
public:
  generation_call(engine::model_engine& model, text_request request, answer_head head, net::loop_executor executor);
  ~generation_call();
  generation_call(const generation_call&) = delete;
  generation_call& operator=(const generation_call&) = delete;

  /// Starts one engine job per generation. @returns why one was refused; those before it are then cancelled.
  [[nodiscard]] result<void> submit();

  [[nodiscard]] generation_mailbox& mailbox() { return *mailbox_; }

  /// Takes an event in. @returns the engine's error, if it is one.
  [[nodiscard]] std::optional<error> apply(generation_news&& news);

  /// Events in wire format since the last call; only for streams. All but the usage and [DONE].
  [[nodiscard]] std::string take_stream();
  /// The event with the usage. @pre ended()
  [[nodiscard]] std::string usage_event() const { return render_usage(head_, counts()); }
  [[nodiscard]] bool include_usage() const { return head_.usage_fields; }

  [[nodiscard]] bool ended() const { return generations_ended_ == request_.generations.size(); }
  [[nodiscard]] bool has_text() const { return has_text_; }
  [[nodiscard]] std::string document() const;
  /// Fills in usage, finish_reason and completeness as they stand now.
  void describe(answer& out) const;

private:
  struct choice_state {
    collected_choice collected;
    bool started = false;
    bool finished = false;
    std::size_t characters = 0; ///< streamed so far
  };
  void start_choice(std::uint32_t index);
  void apply_delta(std::uint32_t index, engine::text_delta&& delta);
  [[nodiscard]] engine::token_counts counts() const;

  engine::model_engine& model_;
  text_request request_;
  answer_head head_;
  std::shared_ptr<generation_mailbox> mailbox_;
  std::vector<engine::job_id> jobs_;
  std::vector<bool> generation_ended_;
  std::size_t generations_ended_ = 0;
  std::vector<engine::token_counts> counts_; ///< per generation
  std::vector<choice_state> choices_;        ///< generation × n
  std::uint32_t choices_per_generation_;
  bool has_text_ = false;
  std::string stream_;
};

} // namespace inferenceflow::providers::local
