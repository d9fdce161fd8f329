#include "store/redis_tier/news.h"

#include "cache/byte_sequence.h"

#include <algorithm>
#include <optional>

namespace inferenceflow::store::redis_tier {

namespace {

constexpr std::uint8_t k_format = 1;
constexpr std::string_view k_purpose = "inferenceflow cache: news";
constexpr std::uint64_t k_window = 64;

/// The channel comes with its length: no two pairs of channel and content are the same text.
cache::secret_bytes proof_of(const cache::secret_bytes& key, std::string_view channel, std::string_view content) {
  std::string length;
  cache::byte_writer{length}.number(static_cast<std::uint32_t>(channel.size()));
  return cache::keyed_hash(key, {length, channel, content});
}

std::string payload_of(const news& what) {
  if (const auto* many = std::get_if<entries_erased>(&what)) {
    return to_bytes(many->filter);
  }
  const auto* stored = std::get_if<entry_stored>(&what);
  return std::string{cache::view_of(stored != nullptr ? stored->name : std::get<entry_erased>(what).name)};
}

std::optional<news> news_of(std::size_t kind, std::string_view payload) {
  if (kind == 2) {
    auto filter = cache::filter_from_bytes(payload);
    return filter ? std::optional<news>{entries_erased{std::move(*filter)}} : std::nullopt;
  }
  cache::entry_name name{};
  if (kind > 2 || payload.size() != name.size()) {
    return std::nullopt;
  }
  std::copy(payload.begin(), payload.end(), name.begin());
  return kind == 0 ? news{entry_stored{name}} : news{entry_erased{name}};
}

} // namespace

cache::secret_bytes news_key(const cache::master_secret& master) {
  return cache::keyed_hash(master.bytes(), {k_purpose});
}

std::string news_writer::write(const news& what, wall_time now) {
  std::string message;
  cache::byte_writer out{message};
  out.number(k_format);
  out.number(static_cast<std::uint8_t>(what.index()));
  out.number(origin_);
  out.number(++number_);
  out.number(to_unix_ms(now));
  out.text(payload_of(what));
  const cache::secret_bytes proof = proof_of(key_, channel_, message);
  return message.append(cache::view_of(proof));
}

std::variant<news, news_fault> news_reader::read(std::string_view message, wall_time now) {
  if (message.size() > k_news_bytes_max || message.size() < cache::k_secret_bytes) {
    return news_fault::malformed;
  }
  const std::string_view content = message.substr(0, message.size() - cache::k_secret_bytes);
  cache::byte_reader in{content};
  const auto format = in.number<std::uint8_t>();
  const auto kind = in.number<std::uint8_t>();
  const auto origin = in.number<std::uint64_t>();
  const auto number = in.number<std::uint64_t>();
  const auto sent_ms = in.number<std::int64_t>();
  const std::string_view payload = in.text();
  if (format != k_format || !in.good() || !in.at_end()) {
    return news_fault::malformed;
  }
  if (std::find(own_.begin(), own_.end(), origin) != own_.end()) {
    return news_fault::own;
  }
  if (!cache::equal_in_constant_time(proof_of(key_, channel_, content), message.substr(content.size()))) {
    return news_fault::forged;
  }
  const std::int64_t now_ms = to_unix_ms(now);
  const auto age_max = std::chrono::milliseconds{k_news_age_max}.count();
  if (sent_ms < now_ms - age_max || sent_ms > now_ms + age_max) {
    return news_fault::stale;
  }
  auto said = news_of(kind, payload);
  if (!said) {
    return news_fault::malformed;
  }
  if (!is_new(origin, number, now)) {
    return news_fault::repeated;
  }
  return std::move(*said);
}

bool news_reader::is_new(std::uint64_t origin, std::uint64_t number, wall_time now) {
  if (!origins_.contains(origin)) {
    make_room(now);
  }
  heard& from = origins_[origin];
  from.last = now;
  if (number > from.highest) {
    const std::uint64_t ahead = number - from.highest;
    from.before = (ahead < k_window ? from.before << ahead : 0) | 1U;
    from.highest = number;
    return true;
  }
  const std::uint64_t behind = from.highest - number;
  const std::uint64_t bit = behind < k_window ? std::uint64_t{1} << behind : 0;
  const bool fresh = bit != 0 && (from.before & bit) == 0;
  from.before |= bit;
  return fresh;
}

// Whoever said nothing for longer than twice the age of a message need not be known: all it said is stale by now, even
// when its clock is ahead. Should so many be talking at once, the one that has been silent for longest is forgotten.
void news_reader::make_room(wall_time now) {
  if (origins_.size() < k_origins_max) {
    return;
  }
  boost::unordered::erase_if(origins_, [now](const auto& one) { return one.second.last < now - 2 * k_news_age_max; });
  if (origins_.size() >= k_origins_max) {
    origins_.erase(std::min_element(origins_.begin(), origins_.end(), [](const auto& left, const auto& right) {
      return left.second.last < right.second.last;
    }));
  }
}

} // namespace inferenceflow::store::redis_tier
