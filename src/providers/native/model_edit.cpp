#include "providers/native/model_edit.h"

#include "wire/json/text.h"
#include "wire/json/token_index.h"

namespace inferenceflow::providers::native {

std::optional<std::string> with_model(std::string_view body, std::string_view model) {
  wire::json::token_index index;
  if (index.build(body)) {
    return std::nullopt; // the backend will say what is wrong with it
  }
  auto in = index.read();
  std::size_t from = 0;
  std::size_t until = 0;
  const bool read = in.read_object([&](const wire::json::text& key) {
    if (!wire::json::equals(key, "model") || in.peek() != '"') {
      return in.skip();
    }
    wire::json::text value;
    from = in.offset();
    const bool good = in.read_checked_string(value);
    until = in.consumed_end();
    if (good && wire::json::equals(value, model)) {
      until = from = 0;
    }
    return good;
  });
  if (!read || from == until) {
    return std::nullopt;
  }
  std::string edited;
  edited.reserve(body.size() + model.size());
  edited.append(body.substr(0, from)).append("\"");
  wire::json::append_escaped(edited, model);
  edited.append("\"").append(body.substr(until));
  return edited;
}

} // namespace inferenceflow::providers::native
