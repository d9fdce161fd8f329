// A serialised cache entry: whatever is accepted comes back the same from a second round, stays within its bound, and
// is refused after any change. The first byte chooses whether the rest is taken as it is, or sealed first as someone
// who has the secret would: a right seal must not be all that stands between bytes and memory.
#include "cache/entry_codec.h"
#include "property.h"

#include <string>

namespace {

namespace cache = inferenceflow::cache;
namespace fuzz = inferenceflow::fuzz;

constexpr std::size_t k_bytes_max = 1U << 16U;

const cache::tenant_secret& secret() {
  static const auto made =
      cache::derive_secret(cache::master_secret::from_text("secret of the fuzz target").value(), "t");
  return made;
}

bool same(const cache::kept_entry& a, const cache::kept_entry& b) {
  return a.key == b.key && a.expires == b.expires && a.semantic == b.semantic && a.answer->form == b.answer->form &&
         a.answer->body == b.answer->body && a.answer->operation == b.answer->operation &&
         a.answer->model == b.answer->model && a.answer->provider == b.answer->provider &&
         a.answer->tenant == b.answer->tenant && a.answer->dropped == b.answer->dropped &&
         a.answer->tags == b.answer->tags && a.answer->trust == b.answer->trust && a.answer->usage == b.answer->usage &&
         a.answer->cost == b.answer->cost && a.answer->created == b.answer->created;
}

void check_accepted(const cache::kept_entry& entry, const cache::decode_limits& limits) {
  fuzz::require(entry.answer->body.size() <= k_bytes_max, "nothing larger than its bound is accepted");
  const auto name = cache::entry_name_of(secret(), entry.key, cache::k_entry_format);
  std::string bytes = cache::encode_entry(entry, secret());
  const auto label = cache::peek_label(bytes);
  fuzz::require(label && label->tenant == entry.answer->tenant && label->tags == entry.answer->tags &&
                    label->model == entry.answer->model && label->key == entry.key,
                "the label says what the entry holds");
  const auto again = cache::decode_entry(bytes, name, secret(), limits);
  fuzz::require(again.has_value() && same(*again, entry), "what was accepted survives a round");
  const auto seed = fuzz::seed_of(bytes);
  char& hit = bytes[seed % bytes.size()];
  hit = static_cast<char>(hit ^ static_cast<char>(1U << (seed >> 61U)));
  fuzz::require(cache::decode_entry(bytes, name, secret(), limits).has_error(), "any change is noticed");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const cache::decode_limits limits{
      .bytes_max = k_bytes_max, .least = cache::trust_level::none, .now = inferenceflow::wall_time{}};
  std::string bytes{fuzz::view_of(data + 1, size - 1)};
  cache::entry_name name{};
  if (data[0] % 2 == 1) {
    cache::seal_entry(bytes, name, secret());
  } else if (const auto label = cache::peek_label(bytes)) {
    name = cache::entry_name_of(secret(), label->key, cache::k_entry_format);
  }
  const auto got = cache::decode_entry(bytes, name, secret(), limits);
  if (got) {
    check_accepted(*got, limits);
  }
  return 0;
}
