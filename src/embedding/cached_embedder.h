/// An embedder with a memory, for all loops: each text is embedded once, now and later; more than it can take is
/// refused at once.
///
/// Role:      what the semantic cache holds; wraps a local, an upstream or any other embedder.
/// Lifecycle: shared_embeddings outlives nothing in particular: everybody who needs it holds a share. Embeds that run
///            keep the wrapped embedder alive until they end.
/// Threading: shared_embeddings is thread-safe; a cached_embedder belongs to its event loop.
/// Bounds:    embedding_limits. Refused, the caller goes on without an embedding: the semantic cache is then skipped.
#pragma once

#include "embedding/embed_flight.h"
#include "embedding/embedder.h"
#include "embedding/embedding_cache.h"
#include "net/deadline_wheel.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace inferenceflow::embedding {

struct embedding_limits {
  std::size_t cache_bytes_max = std::size_t{64} << 20U; ///< about 36,000 vectors of 384 dimensions
  std::size_t in_flight_max = 64;                       ///< embeds that run at once, all loops together
  std::size_t waiters_max = 256;                        ///< callers that share one of them
  std::size_t text_bytes_max = std::size_t{64} << 10U;  ///< a longer text is refused: its vector would be cut anyway
  std::chrono::milliseconds timeout{1000};              ///< of one embed; fires up to two ticks of the wheel late
};

struct embedding_stats {
  cache_stats cache = {};
  std::uint64_t embedded = 0;  ///< texts that the embedder was asked for
  std::uint64_t joined = 0;    ///< callers that waited for somebody else's
  std::uint64_t refused = 0;   ///< in_flight_max reached, or the text too long
  std::uint64_t timed_out = 0; ///< embeds, not callers
  std::uint64_t failed = 0;    ///< embeds that ended with any other error than cancelled
  std::size_t running = 0;
};

/// What the cached_embedders of all loops share.
class shared_embeddings {
public:
  /// @param secret  of the keys; texts cannot be made to meet by who does not know it.
  explicit shared_embeddings(const embedding_limits& limits, key_secret secret = random_secret());

  [[nodiscard]] embedding_stats stats() const;
  [[nodiscard]] const embedding_limits& limits() const { return limits_; }
  [[nodiscard]] const key_secret& secret() const { return secret_; }
  [[nodiscard]] embedding_cache& cache() { return cache_; }

private:
  friend class cached_embedder;
  friend class running_embed;

  const embedding_limits limits_;
  const key_secret secret_;
  embedding_cache cache_;
  flight_table flights_;
  std::atomic<std::uint64_t> embedded_{0};
  std::atomic<std::uint64_t> joined_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> timed_out_{0};
  std::atomic<std::uint64_t> failed_{0};
};

class cached_embedder final : public embedder {
public:
  /// @param inner   does the work on this loop; never null.
  /// @param shared  never null.
  /// @param wheel   of this loop; outlives every embed.
  cached_embedder(std::shared_ptr<embedder> inner, std::shared_ptr<shared_embeddings> shared,
                  net::deadline_wheel& wheel);

  [[nodiscard]] std::string_view name() const noexcept override { return inner_->name(); }
  [[nodiscard]] std::string_view space() const override { return inner_->space(); }
  [[nodiscard]] std::size_t dimensions() const override { return inner_->dimensions(); }

  /// The vector without waiting, if it is known. @returns null otherwise.
  [[nodiscard]] vector_ptr known(std::string_view text);

  /// @returns also unavailable (retryable) when in_flight_max embeds run; context_too_long beyond text_bytes_max;
  ///          upstream_timeout when the embed took longer than limits.timeout. Errors are not remembered.
  /// Cancellation: this caller leaves at once. The embed goes on for the others, and ends with the last of them.
  [[nodiscard]] net::task<result<vector_ptr>> embed(std::string_view text, net::cancel_scope& scope) override;

private:
  [[nodiscard]] text_key key_for(std::string_view text) const noexcept { return key_of(secret_, text); }

  std::shared_ptr<embedder> inner_;
  std::shared_ptr<shared_embeddings> shared_;
  net::deadline_wheel& wheel_;
  key_secret secret_; ///< of this embedder's name
};

} // namespace inferenceflow::embedding
