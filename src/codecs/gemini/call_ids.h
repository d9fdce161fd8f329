/// Ids of tool calls, which Gemini may leave out, and the call that a result without one belongs to.
///
/// Role:      readers of requests and answers; the superset matches results to calls by id alone.
/// Lifecycle: one per request, one per choice of an answer.
/// Threading: one thread.
/// Bounds:    one small record per call that has no result yet.
/// Source:    Gemini API reference, "FunctionCall", "FunctionResponse": `id` is optional, results are matched by name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::gemini {

class call_ids {
public:
  /// Made ids are call_<n>, n counting from 0.
  call_ids() = default;
  /// Made ids are call_<answer_id>_<n>, so that two answers of one conversation never share one: Anthropic's clients
  /// refuse that. An answer id that is long or not made of [A-Za-z0-9_-] is left out. Choices after the first are told
  /// apart.
  call_ids(std::string_view answer_id, std::size_t choice);

  /// The id of the next call: `given`, or a made one.
  [[nodiscard]] std::string of_call(std::string_view given, std::string_view name);
  /// The id of the call that a result answers: `given`, else that of the first unanswered call of this name, else a
  /// made one.
  [[nodiscard]] std::string of_result(std::string_view given, std::string_view name);

private:
  struct open_call {
    std::string id;
    std::string name;
  };
  [[nodiscard]] std::string make();

  std::string prefix_ = "call_";
  std::size_t made_ = 0;
  std::vector<open_call> open_;
};

} // namespace inferenceflow::codecs::gemini
