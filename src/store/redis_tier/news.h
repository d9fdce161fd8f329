/// What replicas tell each other of their shared entries, as messages that nobody else can make or say again.
///
/// Role:      redis_tier publishes what news_writer makes, and believes what news_reader has proved.
/// Lifecycle: plain objects; a writer per connection, so that its messages mostly arrive in their order.
/// Threading: none of their own; one thread at a time.
/// Bounds:    k_news_bytes_max per message; k_origins_max writers are remembered; a message is believed for
///            k_news_age_max.
/// Source:    HMAC-SHA256: RFC 2104; the window of numbers seen: RFC 4303 §3.4.3. Layout: README.md of this folder.
#pragma once

#include "base/clock.h"
#include "cache/entry_filter.h"
#include "cache/keyed_hash.h"
#include "cache/tenant_secret.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace inferenceflow::store::redis_tier {

inline constexpr std::size_t k_news_bytes_max = 8'192;
inline constexpr std::size_t k_origins_max = 4'096;
/// Clocks of replicas may differ by so much. A message that somebody kept is worth nothing later.
inline constexpr std::chrono::minutes k_news_age_max{5};

struct entry_stored {
  cache::entry_name name;
  friend bool operator==(const entry_stored&, const entry_stored&) = default;
};
struct entry_erased {
  cache::entry_name name;
  friend bool operator==(const entry_erased&, const entry_erased&) = default;
};
struct entries_erased {
  cache::entry_filter filter;
  friend bool operator==(const entries_erased&, const entries_erased&) = default;
};
using news = std::variant<entry_stored, entry_erased, entries_erased>;

/// Why a message is no news.
enum class news_fault : std::uint8_t {
  own,       ///< said by this process
  malformed, ///< not our bytes, or of another release
  forged,    ///< changed, or made without the secret
  stale,     ///< too old, or clocks differ by more than k_news_age_max
  repeated,  ///< heard before
};

/// The key of messages: replicas with another secret believe nothing of it.
[[nodiscard]] cache::secret_bytes news_key(const cache::master_secret& master);

class news_writer {
public:
  /// @param channel  part of the proof: what is copied to another channel does not hold there.
  /// @param origin  random; no other writer has it.
  news_writer(const cache::secret_bytes& key, std::string channel, std::uint64_t origin)
      : key_(key)
      , channel_(std::move(channel))
      , origin_(origin) {}

  /// @param what  a filter whose fields are not longer than cache::k_filter_field_bytes_max.
  [[nodiscard]] std::string write(const news& what, wall_time now);

private:
  cache::secret_bytes key_;
  std::string channel_;
  std::uint64_t origin_;
  std::uint64_t number_ = 0;
};

class news_reader {
public:
  /// @param own  origins of this process' writers.
  news_reader(const cache::secret_bytes& key, std::string channel, std::vector<std::uint64_t> own)
      : key_(key)
      , channel_(std::move(channel))
      , own_(std::move(own)) {}

  [[nodiscard]] std::variant<news, news_fault> read(std::string_view message, wall_time now);

private:
  /// Which numbers of one writer have been heard.
  struct heard {
    std::uint64_t highest = 0;
    std::uint64_t before = 0; ///< bit i: highest - i was heard
    wall_time last{};
  };
  [[nodiscard]] bool is_new(std::uint64_t origin, std::uint64_t number, wall_time now);
  void make_room(wall_time now);

  cache::secret_bytes key_;
  std::string channel_;
  std::vector<std::uint64_t> own_;
  boost::unordered_flat_map<std::uint64_t, heard> origins_;
};

} // namespace inferenceflow::store::redis_tier
