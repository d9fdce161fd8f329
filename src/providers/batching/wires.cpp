#include "providers/batching/wires.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::providers::batching {

const batch_wire* wire_of(dialogue::protocol speaks) noexcept {
  switch (speaks) {
  case dialogue::protocol::openai_chat: return &openai_wire();
  case dialogue::protocol::anthropic: return &anthropic_wire();
  case dialogue::protocol::gemini: return &gemini_wire();
  default: return nullptr;
  }
}

std::optional<error> refusal_of(const side_answer& got) {
  if (got.status >= 200 && got.status < 300) {
    return std::nullopt;
  }
  const error_kind kind = got.status == 429                        ? error_kind::rate_limited
                          : got.status == 401 || got.status == 403 ? error_kind::forbidden
                          : got.status >= 400 && got.status < 500  ? error_kind::invalid_request
                                                                   : error_kind::upstream_failed;
  return make_error(kind, fmt::format("the provider's batch API answered with status {}", got.status));
}

error unreadable(std::string_view what) {
  return make_error(error_kind::upstream_failed, fmt::format("the provider's batch API answered without {}", what));
}

result<json_object> document_of(const side_answer& got) {
  if (auto why = refusal_of(got)) {
    return *why;
  }
  auto document = json_object::read(got.body);
  return document ? result<json_object>{std::move(*document)} : unreadable("a JSON object");
}

bool is_plain_id(std::string_view id) noexcept {
  constexpr std::size_t k_id_bytes_max = 256;
  return !id.empty() && id.size() <= k_id_bytes_max && id.find("..") == std::string_view::npos &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                  c == '.' || c == ':';
         });
}

result<bool> take_remote(errand& self, const side_answer& got, std::string_view name) {
  const auto document = document_of(got);
  if (!document) {
    return document.error();
  }
  self.found.remote = document->text(name);
  return is_plain_id(self.found.remote) ? result<bool>{true} : unreadable("a usable id");
}

errand_ptr poll_of(std::string path, std::function<result<bool>(const json_object&)> has_ended) {
  return std::make_unique<errand>(
      side_request{.path = std::move(path)},
      [has_ended = std::move(has_ended)](errand& self, const side_answer& got) -> result<bool> {
        if (got.status == 404) {
          self.found.ended = true;
          return true;
        }
        const auto batch = document_of(got);
        if (!batch) {
          return batch.error();
        }
        const auto ended = has_ended(*batch);
        self.found.ended = ended && *ended;
        return ended ? result<bool>{true} : ended.error();
      });
}

result<bool> take_cancelled(const side_answer& got) {
  const auto why = refusal_of(got);
  return why && why->kind != error_kind::invalid_request ? result<bool>{*why} : true;
}

line_verdict verdict_of(int status) noexcept {
  if (status >= 200 && status < 300) {
    return line_verdict::answered;
  }
  const bool may_pass = status == 408 || status == 409 || status == 429 || status >= 500 || status < 400;
  return may_pass ? line_verdict::undone : line_verdict::refused;
}

void for_each_line(std::string_view jsonl, const std::function<void(const json_object&)>& each) {
  while (!jsonl.empty()) {
    const std::size_t end = std::min(jsonl.find('\n'), jsonl.size());
    if (const auto line = json_object::read(jsonl.substr(0, end))) {
      each(*line);
    }
    jsonl.remove_prefix(std::min(end + 1, jsonl.size()));
  }
}

} // namespace inferenceflow::providers::batching
