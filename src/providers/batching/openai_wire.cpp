// OpenAI: requests and results are files; a batch has metadata to be known by.
#include "providers/batching/wires.h"
#include "wire/json/writer.h"

#include <algorithm>
#include <fmt/format.h>

namespace inferenceflow::providers::batching {

namespace {

constexpr std::string_view k_metadata_key = "inferenceflow";
/// Clocks differ: a batch that looks this much older than ours ends the search.
constexpr std::int64_t k_clock_slack_s = 3'600;

std::string lines_of(const outgoing_batch& batch) {
  std::string text;
  for (const auto& line : batch.lines) {
    wire::json::writer out{text};
    out.open_object().key("custom_id").text(line.name).key("method").text("POST").key("url").text(batch.path);
    out.key("body").raw(on_one_line(line.body)).close_object();
    text += '\n';
  }
  return text;
}

side_request upload_of(const outgoing_batch& batch) {
  // Marks are random: no line can hold one by chance.
  const std::string boundary = "boundary-" + batch.mark;
  side_request upload{.method = "POST",
                      .path = "/files",
                      .content_type = fmt::format("multipart/form-data; boundary={}", boundary),
                      .body = {}};
  upload.body = fmt::format("--{0}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--{0}\r\n"
                            "Content-Disposition: form-data; name=\"file\"; filename=\"{1}.jsonl\"\r\n"
                            "Content-Type: application/jsonl\r\n\r\n",
                            boundary, batch.mark);
  upload.body += lines_of(batch);
  upload.body += fmt::format("\r\n--{}--\r\n", boundary);
  return upload;
}

side_request create_of(const std::string& file, const std::string& path, const std::string& mark) {
  side_request create{.method = "POST", .path = "/batches"};
  wire::json::writer out{create.body};
  out.open_object().key("input_file_id").text(file).key("endpoint").text(path).key("completion_window").text("24h");
  out.key("metadata").open_object().key(k_metadata_key).text(mark).close_object().close_object();
  return create;
}

side_request page_of(const std::string& after) {
  return {.path = after.empty() ? "/batches?limit=100" : fmt::format("/batches?limit=100&after={}", after)};
}

result<bool> take_page(errand& self, const side_answer& got, const lost_batch& lost, int pages_left) {
  const auto document = document_of(got);
  if (!document) {
    return document.error();
  }
  const auto data = json_elements(document->raw("data"));
  if (!data) {
    return unreadable("a list");
  }
  std::string last;
  bool older = false;
  for (const auto& element : *data) {
    const auto batch = json_object::read(element);
    if (!batch) {
      return unreadable("a list of objects");
    }
    last = batch->text("id");
    older = batch->number("created_at") < lost.created_s - k_clock_slack_s;
    const auto metadata = batch->object("metadata");
    if (metadata && metadata->text(k_metadata_key) == lost.mark && is_plain_id(last)) {
      self.found.remote = last;
      return true;
    }
  }
  if (older || !document->flag("has_more") || !is_plain_id(last)) {
    return true;
  }
  if (pages_left == 0) {
    self.found.unsure = true;
    return true;
  }
  return self.go_on(page_of(last), [lost, pages_left](errand& then, const side_answer& next) {
    return take_page(then, next, lost, pages_left - 1);
  });
}

void take_results(errand& self, std::string_view jsonl) {
  for_each_line(jsonl, [&](const json_object& line) {
    line_result result{.name = line.text("custom_id")};
    if (const auto response = line.object("response")) {
      result.status = static_cast<int>(std::clamp<std::int64_t>(response->number("status_code"), 0, 999));
      result.body = response->raw("body");
      result.verdict = result.body.empty() ? line_verdict::undone : verdict_of(result.status);
      if (result.verdict == line_verdict::undone) {
        result.body.clear();
      }
    }
    self.found.results.push_back(std::move(result));
  });
}

result<bool> take_file(errand& self, const side_answer& got, const std::string& next) {
  if (got.status != 404) { // deleted: its lines have no result
    if (const auto why = refusal_of(got)) {
      return *why;
    }
    take_results(self, got.body);
  }
  if (!is_plain_id(next)) {
    return true;
  }
  return self.go_on({.path = fmt::format("/files/{}/content", next)},
                    [](errand& then, const side_answer& answer) { return take_file(then, answer, {}); });
}

/// One after the other; those that are gone are no matter.
result<bool> delete_files(errand& self, std::vector<std::string> files) {
  while (!files.empty() && !is_plain_id(files.back())) {
    files.pop_back();
  }
  if (files.empty()) {
    return true;
  }
  side_request gone{.method = "DELETE", .path = "/files/" + files.back()};
  files.pop_back();
  return self.go_on(std::move(gone), [files = std::move(files)](errand& then, const side_answer& got) -> result<bool> {
    const auto why = refusal_of(got);
    return why && got.status != 404 ? result<bool>{*why} : delete_files(then, files);
  });
}

class wire final : public batch_wire {
public:
  [[nodiscard]] bool takes(std::string_view path) const override {
    return path == "/v1/chat/completions" || path == "/v1/completions" || path == "/v1/embeddings";
  }

  [[nodiscard]] errand_ptr submit(const outgoing_batch& batch) const override {
    return std::make_unique<errand>(
        upload_of(batch), [path = batch.path, mark = batch.mark](errand& self, const side_answer& got) -> result<bool> {
          const auto file = document_of(got);
          if (!file) {
            return file.error();
          }
          const std::string id = file->text("id");
          if (!is_plain_id(id)) {
            return unreadable("a usable file id");
          }
          return self.go_on(create_of(id, path, mark),
                            [](errand& then, const side_answer& made) { return take_remote(then, made, "id"); });
        });
  }

  [[nodiscard]] errand_ptr find(const lost_batch& batch) const override {
    return std::make_unique<errand>(page_of({}), [batch](errand& self, const side_answer& got) {
      return take_page(self, got, batch, k_pages_max - 1);
    });
  }

  [[nodiscard]] errand_ptr poll(const std::string& remote) const override {
    return poll_of("/batches/" + remote, [](const json_object& batch) -> result<bool> {
      const std::string status = batch.text("status");
      const bool over = status == "completed" || status == "failed" || status == "expired" || status == "cancelled";
      return status.empty() ? result<bool>{unreadable("a status")} : over;
    });
  }

  [[nodiscard]] errand_ptr call_back(const std::string& remote) const override {
    return std::make_unique<errand>(side_request{.method = "POST", .path = fmt::format("/batches/{}/cancel", remote)},
                                    [](errand&, const side_answer& got) { return take_cancelled(got); });
  }

  [[nodiscard]] errand_ptr discard(const std::string& remote) const override {
    return std::make_unique<errand>(
        side_request{.path = "/batches/" + remote}, [](errand& self, const side_answer& got) -> result<bool> {
          const auto batch = document_of(got);
          return batch ? delete_files(self, {batch->text("error_file_id"), batch->text("output_file_id"),
                                             batch->text("input_file_id")})
                       : batch.error();
        });
  }

  [[nodiscard]] errand_ptr collect(const std::string& remote) const override {
    return std::make_unique<errand>(
        side_request{.path = "/batches/" + remote}, [](errand& self, const side_answer& got) -> result<bool> {
          if (got.status == 404) {
            return true;
          }
          const auto batch = document_of(got);
          if (!batch) {
            return batch.error();
          }
          std::string good = batch->text("output_file_id");
          std::string bad = batch->text("error_file_id");
          if (!is_plain_id(good)) {
            good = std::exchange(bad, {});
          }
          if (!is_plain_id(good)) {
            return true; // nothing was done: a batch that failed, or was cancelled at once
          }
          return self.go_on({.path = fmt::format("/files/{}/content", good)},
                            [bad](errand& then, const side_answer& answer) { return take_file(then, answer, bad); });
        });
  }
};

} // namespace

const batch_wire& openai_wire() noexcept {
  static const wire only;
  return only;
}

} // namespace inferenceflow::providers::batching
