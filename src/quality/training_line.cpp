#include "quality/training_line.h"

#include <cmath>
#include <fmt/format.h>
#include <xxhash.h>

namespace inferenceflow::quality {

namespace {

namespace json = wire::json;

/// Less than it is next to nothing, and nothing at all for a float that sums it up.
constexpr double k_weight_min = 1e-6;

class line_walk {
public:
  line_walk(json::reader read, training_line& into)
      : read_(read)
      , into_(into) {}

  std::optional<std::string> run() {
    const bool fine = read_.read_object([&](const json::text& key) { return member(key); }) && read_.finish();
    if (!wrong_.empty()) {
      return wrong_;
    }
    if (!fine) {
      return fmt::format("{} at byte {}", read_.failure().what, read_.failure().offset);
    }
    if (!has_prompt_) {
      return "no \"prompt\"";
    }
    return std::nullopt;
  }

private:
  bool wrong(std::string what) {
    wrong_ = std::move(what);
    return false;
  }

  bool member(const json::text& key) {
    if (json::equals(key, "prompt")) {
      return has_prompt_ = text(into_.row.text);
    }
    if (json::equals(key, "context")) {
      return text(into_.row.context);
    }
    if (json::equals(key, "group")) {
      return group();
    }
    if (json::equals(key, "scores")) {
      return by_model(into_.scores, "scores", 1);
    }
    if (json::equals(key, "output_tokens")) {
      return by_model(into_.output_tokens, "output_tokens", 1e7);
    }
    if (json::equals(key, "vector")) {
      return vector();
    }
    double value = 0;
    if (json::equals(key, "turns")) {
      if (!real("turns", 0, 1e6, value)) {
        return false;
      }
      into_.row.turns = static_cast<std::uint32_t>(value);
      return true;
    }
    if (json::equals(key, "weight")) {
      if (!real("weight", 0, 1e6, value)) {
        return false;
      }
      into_.row.weight = static_cast<float>(value);
      return value >= k_weight_min || wrong(fmt::format("weight is {}; leave the line out instead", value));
    }
    return read_.skip();
  }

  bool text(std::string& out) {
    json::text piece;
    if (!read_.read_checked_string(piece)) {
      return false;
    }
    out.clear();
    if (!piece.escaped) {
      out = piece.raw;
      return true;
    }
    const auto fault = json::decode(piece.raw, out);
    return !fault || wrong(std::string{fault->what});
  }

  bool group() {
    std::string name;
    if (!text(name)) {
      return false;
    }
    into_.row.group = XXH3_64bits(name.data(), name.size()) | 1U;
    return true;
  }

  bool real(std::string_view what, double low, double high, double& out) {
    json::number number;
    if (!read_.read_number(number)) {
      return false;
    }
    out = number.value;
    if (!std::isfinite(out) || out < low || out > high) {
      return wrong(fmt::format("{} is {}, not {} to {}", what, out, low, high));
    }
    return true;
  }

  bool by_model(std::vector<std::pair<std::string, float>>& out, std::string_view what, double high) {
    out.clear();
    return read_.read_object([&](const json::text& key) {
      if (read_.peek() == 'n') {
        return read_.read_null();
      } // this model did not answer
      double value = 0;
      std::string name = json::decoded(key);
      if (!real(fmt::format("{} of {}", what, name), 0, high, value)) {
        return false;
      }
      if (name.empty()) {
        return wrong(fmt::format("{} of a model without a name", what));
      }
      out.emplace_back(std::move(name), static_cast<float>(value));
      return true;
    });
  }

  bool vector() {
    into_.row.vector.clear();
    if (read_.peek() == 'n') {
      return read_.read_null();
    }
    return read_.read_array([&](std::size_t index) {
      double value = 0;
      if (index == k_dimensions_max) {
        return wrong(fmt::format("vector has more than {} components", k_dimensions_max));
      }
      if (!real("a component of vector", -1e6, 1e6, value)) {
        return false;
      }
      into_.row.vector.push_back(static_cast<float>(value));
      return true;
    });
  }

  json::reader read_;
  training_line& into_;
  std::string wrong_;
  bool has_prompt_ = false;
};

} // namespace

std::optional<std::string> read_training_line(std::string_view line, json::token_index& index, training_line& into) {
  into = {};
  if (line.size() > k_line_bytes_max) {
    return fmt::format("{} bytes; at most {} are read", line.size(), k_line_bytes_max);
  }
  if (const auto fault = index.build(line)) {
    return fmt::format("{} at byte {}", fault->what, fault->offset);
  }
  return line_walk{index.read(), into}.run();
}

} // namespace inferenceflow::quality
