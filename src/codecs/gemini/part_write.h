/// Parts of the superset as Parts of Gemini's.
///
/// Role:      request_write, answer_write, stream_write.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    as large as the part.
/// Source:    Gemini API reference, "Part", "FunctionResponse": {"output": …} and {"error": …} are a plain result.
#pragma once

#include "codecs/gemini/json_out.h"
#include "dialogue/part.h"

#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::gemini {

/// Names of what was dropped, each once.
class loss_list {
public:
  void add(std::string_view what);
  [[nodiscard]] const std::vector<std::string>& all() const noexcept { return all_; }
  [[nodiscard]] std::vector<std::string> take() { return std::move(all_); }

private:
  std::vector<std::string> all_;
};

void write_text(json_out& out, std::string_view text, bool thought, std::string_view signature);
/// @param arguments  a JSON object as text, valid.
void write_call(json_out& out, std::string_view id, std::string_view name, std::string_view arguments,
                std::string_view signature);
void write_inline(json_out& out, std::string_view media_type, std::string_view base64);
void write_file(json_out& out, std::string_view media_type, std::string_view uri);

/// A call's arguments as a JSON object: as they are, {} for none; free text of a custom tool, and what is no object, as
/// {"input": text}. Answers cannot be refused, so what a model got wrong is shown as it is.
/// @param altered  set when the text had to be wrapped.
[[nodiscard]] std::string arguments_object(std::string_view arguments, bool custom, bool& altered);

/// A part of an answer. Appends nothing for what Gemini's clients cannot be told, and names it in `losses`.
void write_answer_part(json_out& out, const dialogue::part& part, loss_list& losses);

/// RFC 4648 §4, with padding.
[[nodiscard]] std::string base64_of(std::string_view bytes);

} // namespace inferenceflow::codecs::gemini
