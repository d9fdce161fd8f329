#include "learning/linucb.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <xxhash.h>

namespace inferenceflow::learning {

namespace {

constexpr std::string_view k_magic = "inferenceflow-bandit";
constexpr int k_version = 1;
constexpr std::size_t k_state_bytes_max = 64 * 1024 * 1024;

std::string seal_of(std::string_view body) {
  const auto digest = XXH3_128bits(body.data(), body.size());
  return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

/// Cuts what comes before `end` off the front; the whole rest if there is none.
std::string_view cut(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto before = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return before;
}

template <class number> bool take(std::string_view& text, number& into) {
  const auto word = cut(text, ' ');
  const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), into);
  return failed == std::errc{} && end == word.data() + word.size();
}

bool take_all(std::string_view& text, std::vector<double>& into) {
  return std::all_of(into.begin(), into.end(), [&](double& each) { return take(text, each) && std::isfinite(each); });
}

} // namespace

// One line of sizes, then two per arm: its name; rewards, sums and the lower triangle of A.
std::string linucb::state() const {
  std::string body = fmt::format("{} {}\n", size(), states_.size());
  for (std::size_t at = 0; at < states_.size(); ++at) {
    const arm_state& arm = states_[at];
    std::string name = names_[at];
    std::replace(name.begin(), name.end(), '\n', ' ');
    body += fmt::format("{}\n{}", name, arm.rewards);
    for (const double each : arm.sums) {
      body += fmt::format(" {}", each);
    }
    for (std::size_t i = 0; i < size(); ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        body += fmt::format(" {}", arm.precision[i * size() + j]);
      }
    }
    body += '\n';
  }
  return fmt::format("{} {} {}\n{}", k_magic, k_version, seal_of(body), body);
}

result<std::size_t> linucb::restore(std::string_view state) {
  const auto refused = [](std::string what) {
    return make_error(error_kind::invalid_request, "state of the bandit: " + std::move(what));
  };
  if (state.size() > k_state_bytes_max) {
    return refused(fmt::format("{} bytes; at most {} are read", state.size(), k_state_bytes_max));
  }
  const auto head = cut(state, '\n');
  if (!head.starts_with(fmt::format("{} {} ", k_magic, k_version))) {
    return refused(fmt::format("none, or of another version than {}", k_version));
  }
  if (head != fmt::format("{} {} {}", k_magic, k_version, seal_of(state))) {
    return refused("damaged: the checksum does not match");
  }
  auto sizes = cut(state, '\n');
  std::size_t rows = 0;
  std::size_t count = 0;
  if (!take(sizes, rows) || !take(sizes, count) || rows != size() || count > k_arms_max) {
    return refused(fmt::format("of another number of features than {}", options_.features));
  }
  std::vector<arm_state> found = states_;
  std::size_t taken = 0;
  for (std::size_t at = 0; at < count; ++at) {
    const auto name = cut(state, '\n');
    auto numbers = cut(state, '\n');
    arm_state arm = fresh();
    std::vector<double> triangle(size() * (size() + 1) / 2);
    if (!take(numbers, arm.rewards) || !take_all(numbers, arm.sums) || !take_all(numbers, triangle)) {
      return refused(fmt::format("the numbers of arm {} are not those of a bandit", at + 1));
    }
    for (std::size_t i = 0, next = 0; i < size(); ++i) {
      for (std::size_t j = 0; j <= i; ++j, ++next) {
        arm.precision[i * size() + j] = arm.precision[j * size() + i] = triangle[next];
      }
    }
    if (!settle(arm)) {
      return refused(fmt::format("the numbers of arm {} are not those of a bandit", at + 1));
    }
    const auto known = std::find(names_.begin(), names_.end(), name);
    if (known != names_.end()) {
      arm.seen_at = clock_;
      found[static_cast<std::size_t>(known - names_.begin())] = std::move(arm);
      ++taken;
    }
  }
  states_ = std::move(found);
  return taken;
}

} // namespace inferenceflow::learning
