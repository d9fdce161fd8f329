// Gemini: requests in the call, results in the operation; a display name to be known by.
#include "base/percent.h"
#include "providers/batching/wires.h"
#include "wire/json/writer.h"

#include <array>
#include <fmt/format.h>

namespace inferenceflow::providers::batching {

namespace {

constexpr std::string_view k_one = ":generateContent";
constexpr std::string_view k_many = ":batchGenerateContent";
constexpr std::string_view k_version = "/v1beta/";
constexpr std::string_view k_name = "batches/";

side_request creation_of(const outgoing_batch& batch) {
  side_request create{.method = "POST", .path = batch.path.substr(0, batch.path.size() - k_one.size()).append(k_many)};
  wire::json::writer out{create.body};
  out.open_object().key("batch").open_object().key("display_name").text(batch.mark);
  out.key("input_config").open_object().key("requests").open_object().key("requests").open_array();
  for (const auto& line : batch.lines) {
    out.open_object().key("request").raw(line.body);
    out.key("metadata").open_object().key("key").text(line.name).close_object().close_object();
  }
  out.close_array().close_object().close_object().close_object().close_object();
  return create;
}

side_request get(const std::string& remote) {
  return {.path = fmt::format("{}{}{}", k_version, k_name, remote)};
}

/// "batches/abc" → "abc"; empty if it is no such name.
std::string id_of(const json_object& operation) {
  const std::string name = operation.text("name");
  const std::string id = name.starts_with(k_name) ? name.substr(k_name.size()) : std::string{};
  return is_plain_id(id) ? id : std::string{};
}

bool has_ended(const json_object& operation) {
  if (operation.flag("done")) {
    return true;
  }
  const auto metadata = operation.object("metadata");
  const std::string state = metadata ? metadata->text("state") : std::string{};
  for (const std::string_view end : {"_SUCCEEDED", "_FAILED", "_CANCELLED", "_EXPIRED"}) {
    if (state.ends_with(end)) {
      return true;
    }
  }
  return false;
}

/// HTTP's word for a code of google.rpc.
int status_of(std::int64_t code) {
  constexpr std::array<int, 17> k_http{200, 499, 500, 400, 504, 404, 409, 403, 429,
                                       400, 409, 400, 501, 500, 503, 500, 401};
  if (code >= 0 && code < static_cast<std::int64_t>(k_http.size())) {
    return k_http[static_cast<std::size_t>(code)];
  }
  return code >= 400 && code < 600 ? static_cast<int>(code) : 500;
}

line_result result_of(const json_object& line) {
  line_result made;
  if (const auto metadata = line.object("metadata")) {
    made.name = metadata->text("key");
  }
  if (const auto why = line.object("error")) {
    made.status = status_of(why->number("code"));
    made.verdict = made.status < 400 ? line_verdict::undone : verdict_of(made.status);
    if (made.verdict == line_verdict::refused) {
      wire::json::writer out{made.body};
      out.open_object().key("error").open_object().key("code").integer(made.status);
      out.key("message").text(why->text("message")).key("status").text(why->text("status"));
      out.close_object().close_object();
    }
  } else if (const auto answer = line.raw("response"); !answer.empty()) {
    made.status = 200;
    made.verdict = line_verdict::answered;
    made.body = answer;
  }
  return made;
}

/// The list stands in an object of the same name, or by itself, in the operation's response or its metadata.
std::vector<std::string_view> answers_in(const json_object& operation) {
  auto holder = operation.object("response");
  if (!holder) {
    const auto metadata = operation.object("metadata");
    holder = metadata ? metadata->object("output") : std::nullopt;
  }
  if (!holder) {
    return {};
  }
  std::string_view list = holder->raw("inlinedResponses");
  if (const auto inner = json_object::read(list)) {
    list = inner->raw("inlinedResponses");
  }
  auto all = json_elements(list);
  return all ? std::move(*all) : std::vector<std::string_view>{};
}

side_request page_of(const std::string& token) {
  std::string path = fmt::format("{}batches?pageSize=100", k_version);
  if (!token.empty()) { // Google says what it likes in one
    append_percent_encoded(path.append("&pageToken="), token);
  }
  return {.path = std::move(path)};
}

result<bool> take_page(errand& self, const side_answer& got, const std::string& mark, int pages_left) {
  const auto document = document_of(got);
  if (!document) {
    return document.error();
  }
  const auto operations = json_elements(document->raw("operations"));
  for (const auto& element : operations ? *operations : std::vector<std::string_view>{}) { // none: no such member
    const auto operation = json_object::read(element);
    const auto metadata = operation ? operation->object("metadata") : std::nullopt;
    if (metadata && metadata->text("displayName") == mark) {
      self.found.remote = id_of(*operation);
      return self.found.remote.empty() ? result<bool>{unreadable("a usable name")} : true;
    }
  }
  const std::string next = document->text("nextPageToken");
  if (next.empty()) {
    return true;
  }
  if (pages_left == 0) {
    self.found.unsure = true;
    return true;
  }
  return self.go_on(page_of(next), [mark, pages_left](errand& then, const side_answer& answer) {
    return take_page(then, answer, mark, pages_left - 1);
  });
}

class wire final : public batch_wire {
public:
  [[nodiscard]] bool takes(std::string_view path) const override {
    return path.starts_with("/v1beta/models/") && path.ends_with(k_one);
  }

  [[nodiscard]] errand_ptr submit(const outgoing_batch& batch) const override {
    return std::make_unique<errand>(creation_of(batch), [](errand& self, const side_answer& got) -> result<bool> {
      const auto operation = document_of(got);
      if (!operation) {
        return operation.error();
      }
      self.found.remote = id_of(*operation);
      return self.found.remote.empty() ? result<bool>{unreadable("a usable name")} : true;
    });
  }

  [[nodiscard]] errand_ptr find(const lost_batch& batch) const override {
    return std::make_unique<errand>(page_of({}), [mark = batch.mark](errand& self, const side_answer& got) {
      return take_page(self, got, mark, k_pages_max - 1);
    });
  }

  [[nodiscard]] errand_ptr poll(const std::string& remote) const override {
    return poll_of(get(remote).path, [](const json_object& operation) -> result<bool> {
      return id_of(operation).empty() ? result<bool>{unreadable("a usable name")} : has_ended(operation);
    });
  }

  [[nodiscard]] errand_ptr call_back(const std::string& remote) const override {
    side_request cancel = get(remote);
    cancel.method = "POST";
    cancel.path += ":cancel";
    return std::make_unique<errand>(std::move(cancel),
                                    [](errand&, const side_answer& got) { return take_cancelled(got); });
  }

  [[nodiscard]] errand_ptr collect(const std::string& remote) const override {
    return std::make_unique<errand>(get(remote), [](errand& self, const side_answer& got) -> result<bool> {
      if (got.status == 404) {
        return true;
      }
      const auto operation = document_of(got);
      if (!operation) {
        return operation.error();
      }
      for (const auto& element : answers_in(*operation)) {
        if (const auto line = json_object::read(element)) {
          self.found.results.push_back(result_of(*line));
        }
      }
      return true;
    });
  }
};

} // namespace

const batch_wire& gemini_wire() noexcept {
  static const wire only;
  return only;
}

} // namespace inferenceflow::providers::batching
