#include "bench/wire/tally.h"

#include "bench/wire/canonical.h"

namespace inferenceflow::bench {

score& tally::place_of(const recording& row, std::string_view check) {
  return providers_[row.provider][std::string(check)];
}

void tally::pass(const recording& row, std::string_view check) {
  ++place_of(row, check).equal;
}

void tally::pass(const recording& row, std::string_view check, const std::vector<std::string>& lost) {
  score& into = place_of(row, check);
  ++(lost.empty() ? into.equal : into.lossy);
  for (const auto& field : lost) {
    ++losses_[std::string(check)][without_places(field)];
  }
}

void tally::fail(const recording& row, std::string_view check, std::string why) {
  ++place_of(row, check).failed;
  failures_.push_back({std::string(check), row.provider, row.place(), std::move(why)});
}

} // namespace inferenceflow::bench
