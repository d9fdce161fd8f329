/// Answers calls with the models of this process, in OpenAI wire format.
///
/// Role:      the provider "local"; turns requests into engine jobs and their events into documents or streams.
/// Lifecycle: one per event loop; shares the engine set. Calls end before it is destroyed.
/// Threading: its event loop; the engines run on threads of their own.
/// Bounds:    the engines' queues; per call the text it may generate.
#pragma once

#include "base/clock.h"
#include "engine/engine_set.h"
#include "providers/local/text_request.h"
#include "providers/provider.h"

#include <memory>
#include <string>

namespace inferenceflow::providers::local {

class local_provider final : public provider {
public:
  /// @param engines  shared by the providers of all loops; never null.
  /// @param clock    outlives the provider.
  local_provider(std::string name, std::shared_ptr<const engine::engine_set> engines, const clock_source& clock);

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return dialogue::protocol::openai_chat; }

  /// @returns model_not_found for a name that is not in the set; unavailable when the model is not loaded (the message
  ///          says how to get it) or busy; invalid_request and context_too_long with the field at fault; cancelled.
  /// Cancellation: the job is freed before the engine's next decode step; the call does not wait for that.
  [[nodiscard]] net::task<result<answer>> perform(const call& request, event_sink& sink,
                                                  net::cancel_scope& scope) override;

  [[nodiscard]] bool counts_itself() const noexcept override { return true; }
  /// By the model's own template and tokenizer. @returns as perform().
  [[nodiscard]] net::task<result<answer>> count_tokens(const call& request, net::cancel_scope& scope) override;

private:
  [[nodiscard]] net::task<result<answer>> generate(const call& request, engine::model_engine& model,
                                                   text_request&& parsed, event_sink& sink, net::cancel_scope& scope);
  [[nodiscard]] net::task<result<answer>> embed(const call& request, engine::model_engine& model,
                                                net::cancel_scope& scope);

  std::string name_;
  std::shared_ptr<const engine::engine_set> engines_;
  const clock_source& clock_;
};

} // namespace inferenceflow::providers::local
