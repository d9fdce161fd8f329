#include "codecs/gemini/call_ids.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::codecs::gemini {

namespace {

/// Clients and other providers bound a call's id (OpenAI: 40 characters).
constexpr std::size_t k_answer_id_bytes_max = 28;

bool is_plain(std::string_view id) {
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

} // namespace

call_ids::call_ids(std::string_view answer_id, std::size_t choice) {
  if (!answer_id.empty() && answer_id.size() <= k_answer_id_bytes_max && is_plain(answer_id)) {
    prefix_ += fmt::format("{}_", answer_id);
  }
  if (choice > 0) {
    prefix_ += fmt::format("{}_", choice);
  }
}

std::string call_ids::make() {
  return fmt::format("{}{}", prefix_, made_++);
}

std::string call_ids::of_call(std::string_view given, std::string_view name) {
  std::string id = given.empty() ? make() : std::string{given};
  open_.push_back({id, std::string{name}});
  return id;
}

std::string call_ids::of_result(std::string_view given, std::string_view name) {
  const auto answered = std::find_if(open_.begin(), open_.end(), [&](const open_call& call) {
    return given.empty() ? call.name == name : call.id == given;
  });
  if (answered == open_.end()) {
    return given.empty() ? make() : std::string{given};
  }
  std::string id = std::move(answered->id);
  open_.erase(answered);
  return id;
}

} // namespace inferenceflow::codecs::gemini
