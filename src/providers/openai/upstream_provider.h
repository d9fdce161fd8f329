/// A backend that speaks OpenAI's format over HTTP.
///
/// Role:      the provider of every entry under `providers:`.
/// Lifecycle: one per event loop and configured provider; outlives its calls (shared_ptr).
/// Threading: one event loop.
/// Bounds:    settings.connections_max connections; answer_bytes_max for a held answer, event_bytes_max per event.
/// Source:    OpenAI API reference: chat/completions, completions, embeddings; error format.
#pragma once

#include "config/settings.h"
#include "http/upstream_pool.h"
#include "net/event_loop.h"
#include "providers/provider.h"
#include "wire/openai/usage_read.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace inferenceflow::http {
class upstream_call;
}

namespace inferenceflow::providers::openai {

class upstream_provider final : public provider {
public:
  /// @param settings  loaded and checked: base_url parses, the keys are there if one is needed.
  /// @param codec     of OpenAI's chat format, in the backend's dialect.
  upstream_provider(net::event_loop& loop, const config::provider_settings& settings,
                    const config::upstream_settings& bounds, std::shared_ptr<const dialogue::codec> codec);

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return dialogue::protocol::openai_chat; }
  [[nodiscard]] net::task<result<answer>> perform(const call& request, event_sink& sink,
                                                  net::cancel_scope& scope) override;
  [[nodiscard]] std::size_t key_count() const noexcept override { return heads_.size(); }
  [[nodiscard]] net::task<std::optional<error>> probe(std::size_t key, net::cancel_scope& scope) override;

  [[nodiscard]] net::task<result<side_answer>> exchange(const side_request& request, std::size_t answer_bytes_max,
                                                        net::cancel_scope& scope) override;

  [[nodiscard]] std::optional<connection_counts> connections() const override {
    return connection_counts{.idle = pool_.idle(), .busy = pool_.open() - pool_.idle()};
  }

private:
  [[nodiscard]] std::string request_head(const call& request, std::size_t body_bytes) const;
  [[nodiscard]] net::task<result<answer>> hold_document(http::upstream_call& exchange, const call& request);
  [[nodiscard]] result<answer> judged(answer got, const call& request);
  [[nodiscard]] net::task<result<answer>> relay_stream(http::upstream_call& exchange, const call& request,
                                                       event_sink& sink, bool usage_was_added,
                                                       net::cancel_scope& scope);

  net::event_loop& loop_;
  std::string name_;
  std::chrono::milliseconds first_byte_timeout_;
  std::chrono::milliseconds idle_timeout_;
  config::upstream_settings bounds_;
  bool stream_usage_;
  std::shared_ptr<const dialogue::codec> codec_;
  /// Of one key: request line and the fields that never change, per operation; and the whole of a probe.
  struct key_heads {
    std::array<std::string, 3> calls;
    std::string probe;
  };
  std::string side_target_;      ///< of other requests: what stands before their path
  std::string side_fields_;      ///< theirs, but for the type of their content
  std::vector<key_heads> heads_; ///< by key; one entry where there is no key
  http::upstream_pool pool_;
  wire::openai::answer_reader reader_;
};

} // namespace inferenceflow::providers::openai
