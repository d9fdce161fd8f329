#include "api/feedback_request.h"

#include "api/field_reader.h"
#include "base/ids.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::api {

namespace {

constexpr std::array<std::pair<std::string_view, double>, 11> k_scores{{{"good", 1},
                                                                        {"correct", 1},
                                                                        {"helpful", 1},
                                                                        {"accepted", 1},
                                                                        {"up", 1},
                                                                        {"partial", 0.5},
                                                                        {"bad", 0},
                                                                        {"wrong", 0},
                                                                        {"unhelpful", 0},
                                                                        {"rejected", 0},
                                                                        {"down", 0}}};

bool is_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
}

} // namespace

std::optional<double> score_of_label(std::string_view label) noexcept {
  const auto* const found =
      std::find_if(k_scores.begin(), k_scores.end(), [label](const auto& each) { return each.first == label; });
  return found == k_scores.end() ? std::nullopt : std::optional{found->second};
}

result<store::feedback> read_feedback(std::string_view body) {
  if (body.size() > k_feedback_body_bytes_max) {
    return make_error(error_kind::body_too_large, fmt::format("the body has {} bytes; feedback may have {}",
                                                              body.size(), k_feedback_body_bytes_max));
  }
  const auto document = read_object(body);
  if (!document) {
    return document.error();
  }
  store::feedback said;
  field_reader fields{*document};
  fields.text("request_id", 1, k_request_id_bytes_max, said.request_id);
  if (!is_valid_request_id(said.request_id)) {
    fields.fail("request_id", "name the request: the x-request-id of its answer");
  }
  fields.number("score", 0, 1, "must be a number from 0 (useless) to 1 (right)", said.score);
  fields.text("label", 1, store::k_feedback_label_bytes_max, said.label);
  fields.text("comment", 0, store::k_feedback_comment_bytes_max, said.comment);
  if (!is_word(said.label)) {
    fields.fail("label", "must be one line of text, without control characters");
  }
  if (fields.failure()) {
    return *fields.failure();
  }
  if (said.score.has_value() != said.label.empty()) {
    return make_error(error_kind::invalid_request,
                      "score: give either score, a number from 0 to 1, or label, such as good or bad", "score");
  }
  if (!said.label.empty()) {
    said.score = score_of_label(said.label);
  }
  return said;
}

} // namespace inferenceflow::api
