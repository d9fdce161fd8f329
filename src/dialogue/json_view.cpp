#include "dialogue/json_view.h"

#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <fmt/format.h>

namespace inferenceflow::dialogue {

namespace json = boost::json;

json_view json_document::parse(std::string_view text) {
  steps_.push_back({0, {}, 0});
  json::parse_options options;
  options.max_depth = k_json_depth_max;
  json::parser parser{{}, options};
  parser.reset(&memory_);
  boost::system::error_code broken;
  const std::size_t used = parser.write(text.data(), text.size(), broken);
  if (broken) {
    failure_ = make_error(error_kind::invalid_request,
                          fmt::format("the body is not valid JSON: {} at byte {}", broken.message(), used));
    return {*this, nullptr, 0};
  }
  root_.emplace(parser.release());
  return {*this, root_->is_null() ? nullptr : &*root_, 0};
}

std::uint32_t json_document::add(step taken) {
  steps_.push_back(taken);
  return static_cast<std::uint32_t>(steps_.size() - 1);
}

json_view json_view::child(std::string_view key, const json::value& value) const {
  return {*document_, value.is_null() ? nullptr : &value, document_->add({node_, key, 0})};
}

const json::object* json_view::object_or_fail() const {
  if (value_ == nullptr) {
    return nullptr;
  }
  if (!value_->is_object()) {
    fail("must be an object");
    return nullptr;
  }
  return &value_->get_object();
}

json_view json_view::member(std::string_view key) const {
  const json::object* all = object_or_fail();
  const json::value* found = all == nullptr ? nullptr : all->if_contains(key);
  // The key of an absent member is the caller's literal; one that was found outlives the caller's.
  return {*document_, found == nullptr || found->is_null() ? nullptr : found, document_->add({node_, key, 0})};
}

std::string_view json_view::text() const {
  if (value_ == nullptr) {
    return {};
  }
  if (!value_->is_string()) {
    fail("must be a string");
    return {};
  }
  return {value_->get_string().data(), value_->get_string().size()};
}

std::string_view json_view::required_text() const {
  if (value_ == nullptr) {
    fail("is missing");
  }
  return text();
}

std::optional<double> json_view::number() const {
  if (value_ == nullptr) {
    return std::nullopt;
  }
  if (!value_->is_number()) {
    fail("must be a number");
    return std::nullopt;
  }
  return value_->to_number<double>();
}

std::optional<std::int64_t> json_view::integer(std::int64_t least, std::int64_t most) const {
  const auto any = number();
  if (!any) {
    return std::nullopt;
  }
  constexpr double k_exact_max = 9'007'199'254'740'992.0; // 2^53
  std::int64_t whole = 0;
  if (value_->is_int64()) {
    whole = value_->get_int64();
  } else if (std::trunc(*any) == *any && std::fabs(*any) <= k_exact_max) {
    whole = static_cast<std::int64_t>(*any);
  } else {
    fail("must be a whole number");
    return std::nullopt;
  }
  if (whole < least || whole > most) {
    fail(most == std::numeric_limits<std::int64_t>::max() ? fmt::format("must be at least {}", least)
                                                          : fmt::format("must be from {} to {}", least, most));
    return std::nullopt;
  }
  return whole;
}

std::optional<bool> json_view::flag() const {
  if (value_ == nullptr) {
    return std::nullopt;
  }
  if (!value_->is_bool()) {
    fail("must be true or false");
    return std::nullopt;
  }
  return value_->get_bool();
}

std::string json_view::json() const {
  return value_ == nullptr ? std::string{} : json::serialize(*value_);
}

std::size_t json_view::size() const {
  if (value_ == nullptr) {
    return 0;
  }
  if (!value_->is_array()) {
    fail("must be an array");
    return 0;
  }
  return value_->get_array().size();
}

json_view json_view::element(std::size_t index) const {
  const json::value& value = value_->get_array()[index];
  return {*document_, value.is_null() ? nullptr : &value, document_->add({node_, {}, index})};
}

std::string json_view::path() const {
  std::vector<std::uint32_t> places;
  for (std::uint32_t at = node_; at != 0; at = document_->steps_[at].parent) {
    places.push_back(at);
  }
  std::string text;
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    const auto& taken = document_->steps_[*place];
    if (taken.key.data() == nullptr) {
      text += fmt::format("[{}]", taken.index);
    } else {
      text.append(text.empty() ? "" : ".").append(taken.key);
    }
  }
  return text;
}

void json_view::fail(std::string_view message) const {
  if (document_->failure_) {
    return;
  }
  std::string place = path();
  document_->failure_ =
      make_error(error_kind::invalid_request, fmt::format("{} {}", place.empty() ? "the body" : place, message), place);
}

} // namespace inferenceflow::dialogue
