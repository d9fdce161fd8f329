#include "semantic/lane_memory.h"

#include "cache/byte_sequence.h"

#include <bit>
#include <cmath>

namespace inferenceflow::semantic {

namespace {

/// Raised when a number changes its meaning; sizes of the arrays are written too.
constexpr std::uint8_t k_version = 1;

class number_writer {
public:
  explicit number_writer(std::string& into)
      : out_(into) {}
  void operator()(double value) { out_.number(std::bit_cast<std::uint64_t>(value)); }
  void operator()(std::uint64_t value) { out_.number(value); }
  void operator()(float value) { out_.number(std::bit_cast<std::uint32_t>(value)); }
  void operator()(const std::string& text) { out_.text(text); }

private:
  cache::byte_writer out_;
};

class number_reader {
public:
  explicit number_reader(cache::byte_reader& in)
      : in_(in) {}
  void operator()(double& value) { value = std::bit_cast<double>(in_.number<std::uint64_t>()); }
  void operator()(std::uint64_t& value) { value = in_.number<std::uint64_t>(); }
  void operator()(float& value) { value = std::bit_cast<float>(in_.number<std::uint32_t>()); }
  void operator()(std::string& text) { text = in_.text(); }

private:
  cache::byte_reader& in_;
};

/// Every field but the list, once for both directions.
template <class Visitor, class Memory> void each_field(Visitor&& visit, Memory& of) {
  visit(of.id);
  visit(of.name.tenant);
  visit(of.name.route);
  visit(of.error_max);
  for (auto& weight : of.weights) {
    visit(weight);
  }
  for (auto& row : of.covariance) {
    for (auto& value : row) {
      visit(value);
    }
  }
  for (auto& level : of.levels) {
    visit(level.expected);
    visit(level.wrong);
  }
  auto& budget = of.budget;
  visit(budget.requests);
  visit(budget.served);
  visit(budget.audits);
  visit(budget.spent);
  visit(budget.audits_expected);
  visit(budget.audits_wrong);
  visit(budget.pace);
  visit(budget.ceiling);
}

template <class Visitor, class Judged> void each_field_of_entry(Visitor&& visit, Judged& of) {
  for (auto* key : {&of.key, &of.same_as}) {
    visit(key->high);
    visit(key->low);
  }
  for (auto* proved : {&of.own, &of.answer}) {
    visit(proved->seen.right);
    visit(proved->seen.wrong);
    visit(proved->shift.mean);
    visit(proved->shift.variance);
  }
}

bool plausible(const proof& of) {
  return std::isfinite(of.seen.right) && std::isfinite(of.seen.wrong) && of.seen.right >= 0 && of.seen.wrong >= 0 &&
         std::isfinite(of.shift.mean) && std::isfinite(of.shift.variance) && of.shift.variance >= 0;
}

} // namespace

std::string packed(const lane_memory& memory) {
  std::string bytes;
  cache::byte_writer out{bytes};
  out.number(k_version);
  out.number(static_cast<std::uint8_t>(k_evidence));
  out.number(static_cast<std::uint8_t>(risk_table::k_levels));
  out.number(static_cast<std::uint32_t>(memory.judged.size()));
  number_writer write{bytes};
  each_field(write, memory);
  for (const judged_entry& each : memory.judged) {
    each_field_of_entry(write, each);
  }
  return bytes;
}

std::optional<lane_memory> unpacked(std::string_view bytes) {
  cache::byte_reader in{bytes};
  if (in.number<std::uint8_t>() != k_version || in.number<std::uint8_t>() != k_evidence ||
      in.number<std::uint8_t>() != risk_table::k_levels) {
    return std::nullopt;
  }
  const auto judged = in.number<std::uint32_t>();
  if (judged > k_judged_kept_max) {
    return std::nullopt;
  }
  lane_memory memory;
  number_reader read{in};
  each_field(read, memory);
  memory.judged.resize(judged);
  for (judged_entry& each : memory.judged) {
    each_field_of_entry(read, each);
    if (!plausible(each.own) || !plausible(each.answer)) {
      return std::nullopt;
    }
  }
  return in.good() && in.at_end() ? std::optional(std::move(memory)) : std::nullopt;
}

} // namespace inferenceflow::semantic
