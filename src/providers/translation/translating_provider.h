/// Lets a backend answer clients of every protocol.
///
/// Role:      stands before each backend. A call in the backend's own protocol passes through it as it is; any other is
///            read into the superset, written as the backend's, and its answer the other way round.
/// Lifecycle: as the backend, which it owns.
/// Threading: one event loop.
/// Bounds:    event_bytes_max of a streamed event; whole documents as large as the backend lets them be.
#pragma once

#include "dialogue/codec_set.h"
#include "providers/provider.h"
#include "wire/openai/request_scan.h"

#include <cstddef>
#include <memory>

namespace inferenceflow::providers::translation {

class translating_provider final : public provider {
public:
  /// @param backend  never null.
  /// @param own      codec of the backend's protocol, in its dialect; never null.
  /// @param codecs   outlives the provider.
  /// @param clock    outlives the provider.
  translating_provider(std::shared_ptr<provider> backend, std::shared_ptr<const dialogue::codec> own,
                       const dialogue::codec_set& codecs, const clock_source& clock, std::size_t event_bytes_max);

  [[nodiscard]] std::string_view name() const noexcept override { return backend_->name(); }
  [[nodiscard]] dialogue::protocol speaks() const noexcept override { return backend_->speaks(); }

  [[nodiscard]] std::optional<connection_counts> connections() const override { return backend_->connections(); }

  [[nodiscard]] std::size_t key_count() const noexcept override { return backend_->key_count(); }
  [[nodiscard]] net::task<std::optional<error>> probe(std::size_t key, net::cancel_scope& scope) override {
    return backend_->probe(key, scope);
  }
  [[nodiscard]] net::task<result<side_answer>> exchange(const side_request& request, std::size_t answer_bytes_max,
                                                        net::cancel_scope& scope) override {
    return backend_->exchange(request, answer_bytes_max, scope);
  }

  /// @returns also invalid_request naming the field of the client's body that the backend's protocol cannot carry.
  [[nodiscard]] net::task<result<answer>> perform(const call& request, event_sink& sink,
                                                  net::cancel_scope& scope) override;

  [[nodiscard]] net::task<result<answer>> count_tokens(const call& request, net::cancel_scope& scope) override;

private:
  [[nodiscard]] net::task<result<answer>> translated(const call& request, event_sink& sink, net::cancel_scope& scope);
  struct prepared; ///< a call in the backend's protocol, and what it is made of
  [[nodiscard]] result<std::unique_ptr<prepared>> prepare(const call& request);
  /// An OpenAI client's embeddings by a backend that has a form of its own for them.
  [[nodiscard]] net::task<result<answer>> embed(const call& request, event_sink& sink, net::cancel_scope& scope);
  [[nodiscard]] net::task<result<answer>> stream(const call& request, const prepared& ready, event_sink& sink,
                                                 net::cancel_scope& scope);
  /// What a backend is sent to count `request`. @returns invalid_request where it cannot.
  [[nodiscard]] result<dialogue::written_request> count_request(const call& request) const;
  [[nodiscard]] result<answer> document(answer got, const call& request) const;
  [[nodiscard]] dialogue::stream_wish wish_of(const call& request) const;

  std::shared_ptr<provider> backend_;
  std::shared_ptr<const dialogue::codec> own_;
  const dialogue::codec_set& codecs_;
  const clock_source& clock_;
  std::size_t event_bytes_max_;
  wire::openai::request_scanner scanner_;
};

} // namespace inferenceflow::providers::translation
