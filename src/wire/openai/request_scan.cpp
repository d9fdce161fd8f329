#include "wire/openai/request_scan.h"

#include "wire/json/token_index.h"
#include "wire/openai/scan_pass.h"

#include <fmt/format.h>

namespace inferenceflow::wire::openai {

static_assert(k_depth_max == json::k_depth_max);

std::string_view to_string(operation op) noexcept {
  switch (op) {
  case operation::chat: return "chat";
  case operation::completion: return "completion";
  case operation::embedding: return "embedding";
  }
  return "unknown";
}

class request_scanner::state {
public:
  result<request_facts> scan(operation op, std::string_view body, std::uint64_t hash_seed) {
    if (const auto fault = index_.build(body)) {
      return make_error(error_kind::invalid_request,
                        fmt::format("malformed JSON at byte {}: {}", fault->offset, fault->what));
    }
    request_facts facts;
    json::reader in = index_.read();
    canonical_.clear(to_string(op), hash_seed);
    if (auto refusal = scan_pass{op, in, canonical_, facts, decoded_}.run()) {
      return std::move(*refusal);
    }
    const hash_128 hash = canonical_.hash();
    facts.hash_high = hash.high;
    facts.hash_low = hash.low;
    return facts;
  }

  turn::cut split(operation op, std::string_view body, std::uint64_t hash_seed) {
    if (op == operation::embedding) {
      return {.why = turn::unsuited::embedding};
    }
    if (index_.build(body)) {
      return {.why = turn::unsuited::malformed};
    }
    request_facts facts;
    decoded_facts decoded; // not decoded_, where the facts of the scan before may point to
    json::reader in = index_.read();
    // Another beginning than scan()'s: no scope is ever the hash of a whole request.
    canonical_.clear(op == operation::chat ? "chat without its last turn" : "completion without its prompt", hash_seed);
    turn_cutter cutter;
    if (scan_pass{op, in, canonical_, facts, decoded, &cutter}.run()) {
      return {.why = turn::unsuited::malformed};
    }
    return cutter.finish(facts.choices, canonical_.hash());
  }

private:
  json::token_index index_;
  canonical_writer canonical_;
  decoded_facts decoded_;
};

request_scanner::request_scanner()
    : state_(std::make_unique<state>()) {}
request_scanner::~request_scanner() = default;

result<request_facts> request_scanner::scan(operation op, std::string_view body, std::uint64_t hash_seed) {
  return state_->scan(op, body, hash_seed);
}

turn::cut request_scanner::split(operation op, std::string_view body, std::uint64_t hash_seed) {
  return state_->split(op, body, hash_seed);
}

} // namespace inferenceflow::wire::openai
