/// A backend over HTTP that speaks a protocol of its own.
///
/// Role:      the provider of entries under `providers:` whose protocol is not OpenAI's chat format.
/// Lifecycle: one per event loop and configured provider; outlives its calls (shared_ptr).
/// Threading: one event loop.
/// Bounds:    settings.connections_max connections; answer_bytes_max for a held answer, event_bytes_max per event.
/// Source:    the codecs name their providers' references.
#pragma once

#include "config/settings.h"
#include "dialogue/codec.h"
#include "http/upstream_pool.h"
#include "net/event_loop.h"
#include "providers/native/authorization.h"
#include "providers/provider.h"

#include <memory>
#include <string>

namespace inferenceflow::http {
class upstream_call;
}

namespace inferenceflow::providers::native {

class native_provider final : public provider {
public:
  /// @param settings  loaded and checked.
  /// @param codec     of the backend's protocol.
  /// @param clock     outlives the provider.
  native_provider(net::event_loop& loop, const config::provider_settings& settings,
                  const config::upstream_settings& bounds, std::shared_ptr<const dialogue::codec> codec,
                  std::unique_ptr<const authorization> allowed, const clock_source& clock);

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return codec_->speaks(); }
  [[nodiscard]] net::task<result<answer>> perform(const call& request, event_sink& sink,
                                                  net::cancel_scope& scope) override;
  [[nodiscard]] std::size_t key_count() const noexcept override { return allowed_->key_count(); }
  [[nodiscard]] net::task<std::optional<error>> probe(std::size_t key, net::cancel_scope& scope) override;

  [[nodiscard]] net::task<result<side_answer>> exchange(const side_request& request, std::size_t answer_bytes_max,
                                                        net::cancel_scope& scope) override;

  [[nodiscard]] std::optional<connection_counts> connections() const override {
    return connection_counts{.idle = pool_.idle(), .busy = pool_.open() - pool_.idle()};
  }

private:
  [[nodiscard]] std::string head_of(const call& request, std::string_view body) const;
  [[nodiscard]] std::string probe_head(std::size_t key) const;
  [[nodiscard]] std::string side_head(const side_request& request) const;
  [[nodiscard]] call_draft draft_of(const call& request, std::string_view body) const;
  /// What authorises `request` to the target below the host.
  void authorise(http::header_block& fields, std::string_view method, std::string_view target, std::string_view body,
                 std::size_t key) const;
  [[nodiscard]] net::task<result<answer>> hold_document(http::upstream_call& exchange, const call& request);
  [[nodiscard]] net::task<result<answer>> relay_stream(http::upstream_call& exchange, const call& request,
                                                       event_sink& sink, net::cancel_scope& scope);
  [[nodiscard]] result<answer> judged(answer got, const call& request) const;
  [[nodiscard]] result<answer> whole_answer(answer got, const call& request) const;
  [[nodiscard]] result<answer> error_answer(answer got, const call& request) const;

  net::event_loop& loop_;
  std::string name_;
  std::chrono::milliseconds first_byte_timeout_;
  std::chrono::milliseconds idle_timeout_;
  config::upstream_settings bounds_;
  std::shared_ptr<const dialogue::codec> codec_;
  std::unique_ptr<const authorization> allowed_;
  const clock_source& clock_;
  std::string host_;
  std::string base_path_;
  std::string prefix_; ///< of the request target
  std::string fields_; ///< that never change
  http::upstream_pool pool_;
};

} // namespace inferenceflow::providers::native
