// Anthropic: requests in the call, results as JSONL, nothing to name a batch by but the custom_ids of its lines.
#include "providers/batching/wires.h"
#include "wire/json/writer.h"

#include <array>
#include <charconv>
#include <fmt/format.h>

namespace inferenceflow::providers::batching {

namespace {

constexpr std::string_view k_path = "/v1/messages/batches";
/// Clocks differ: a batch that looks this much older than ours cannot be it.
constexpr std::int64_t k_clock_slack_s = 600;
constexpr std::array<std::string_view, 5> k_counts{"processing", "succeeded", "errored", "canceled", "expired"};

/// Seconds since 1970 of "2024-09-24T18:37:24.100435Z"; 0 when it is no such time.
std::int64_t unix_of(std::string_view text) {
  std::array<std::int64_t, 6> part{};
  constexpr std::array<std::size_t, 6> k_at{0, 5, 8, 11, 14, 17};
  constexpr std::array<std::size_t, 6> k_digits{4, 2, 2, 2, 2, 2};
  if (text.size() < 19) {
    return 0;
  }
  for (std::size_t i = 0; i < part.size(); ++i) {
    const char* const begin = text.data() + k_at[i];
    if (std::from_chars(begin, begin + k_digits[i], part[i]).ptr != begin + k_digits[i]) {
      return 0;
    }
  }
  // Howard Hinnant's days_from_civil.
  const std::int64_t year = part[0] - (part[1] <= 2 ? 1 : 0);
  const std::int64_t era = year / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (part[1] + (part[1] > 2 ? -3 : 9)) + 2) / 5 + part[2] - 1;
  const std::int64_t days = era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
  return ((days * 24 + part[3]) * 60 + part[4]) * 60 + part[5];
}

side_request creation_of(const outgoing_batch& batch) {
  side_request create{.method = "POST", .path = std::string{k_path}};
  wire::json::writer out{create.body};
  out.open_object().key("requests").open_array();
  for (const auto& line : batch.lines) {
    out.open_object().key("custom_id").text(line.name).key("params").raw(line.body).close_object();
  }
  out.close_array().close_object();
  return create;
}

/// The status that a normal call's error of this type has.
int status_of(std::string_view type) {
  constexpr std::array<std::pair<std::string_view, int>, 8> k_types{{{"invalid_request_error", 400},
                                                                     {"authentication_error", 401},
                                                                     {"billing_error", 402},
                                                                     {"permission_error", 403},
                                                                     {"not_found_error", 404},
                                                                     {"request_too_large", 413},
                                                                     {"rate_limit_error", 429},
                                                                     {"overloaded_error", 529}}};
  for (const auto& [name, status] : k_types) {
    if (name == type) {
      return status;
    }
  }
  return 500;
}

line_result result_of(const json_object& line) {
  line_result made{.name = line.text("custom_id")};
  const auto told = line.object("result");
  const std::string type = told ? told->text("type") : std::string{};
  if (type == "succeeded") {
    made.status = 200;
    made.body = told->raw("message");
  } else if (type == "errored") {
    const auto document = told->object("error");
    const auto inner = document ? document->object("error") : std::nullopt;
    made.status = status_of(inner ? inner->text("type") : std::string{});
    made.body = told->raw("error");
  }
  made.verdict = made.body.empty() ? line_verdict::undone : verdict_of(made.status);
  if (made.verdict == line_verdict::undone) {
    made.body.clear();
  }
  return made;
}

std::string result_path(const std::string& remote) {
  return fmt::format("{}/{}/results", k_path, remote);
}

/// What is left to be looked at.
struct search {
  lost_batch lost;
  std::vector<std::string> suspects = {}; ///< ended, as large as ours
  std::string next_page = {};
  int pages_left = k_pages_max - 1;
};

result<bool> take_page(errand& self, const side_answer& got, search now);

side_request page_of(const std::string& after) {
  return {.path = after.empty() ? fmt::format("{}?limit=100", k_path)
                                : fmt::format("{}?limit=100&after_id={}", k_path, after)};
}

bool go_on_searching(errand& self, search now) {
  if (!now.suspects.empty()) {
    const std::string remote = now.suspects.back();
    now.suspects.pop_back();
    return self.go_on({.path = result_path(remote)},
                      [remote, now = std::move(now)](errand& then, const side_answer& got) -> result<bool> {
                        const auto why = refusal_of(got);
                        if (why && got.status != 404) {
                          return *why;
                        }
                        bool ours = false;
                        for_each_line(why ? std::string_view{} : std::string_view{got.body},
                                      [&](const json_object& line) {
                                        ours = ours || line.text("custom_id").starts_with(now.lost.mark);
                                      });
                        if (ours) {
                          then.found.remote = remote;
                          then.found.unsure = false;
                          return true;
                        }
                        return go_on_searching(then, now);
                      });
  }
  if (now.next_page.empty()) {
    return true;
  }
  if (now.pages_left-- == 0) {
    self.found.unsure = true;
    return true;
  }
  const std::string after = std::exchange(now.next_page, {});
  return self.go_on(page_of(after),
                    [now = std::move(now)](errand& then, const side_answer& got) { return take_page(then, got, now); });
}

result<bool> take_page(errand& self, const side_answer& got, search now) {
  const auto document = document_of(got);
  if (!document) {
    return document.error();
  }
  const auto data = json_elements(document->raw("data"));
  if (!data) {
    return unreadable("a list");
  }
  bool older = false;
  for (const auto& element : *data) {
    const auto batch = json_object::read(element);
    if (!batch) {
      return unreadable("a list of objects");
    }
    const std::string id = batch->text("id");
    older = unix_of(batch->text("created_at")) < now.lost.created_s - k_clock_slack_s;
    const auto counts = batch->object("request_counts");
    std::int64_t lines = 0;
    for (const auto name : k_counts) {
      lines += counts ? counts->number(name) : 0;
    }
    if (older || !is_plain_id(id) || now.lost.others.contains(id) ||
        lines != static_cast<std::int64_t>(now.lost.lines)) {
      continue;
    }
    if (batch->text("processing_status") == "ended") {
      now.suspects.push_back(id);
    } else {
      self.found.unsure = true; // it tells the names of its lines once it has ended
    }
  }
  const std::string last = document->text("last_id");
  if (!older && document->flag("has_more") && is_plain_id(last)) {
    now.next_page = last;
  }
  return go_on_searching(self, std::move(now));
}

class wire final : public batch_wire {
public:
  [[nodiscard]] bool takes(std::string_view path) const override { return path == "/v1/messages"; }

  [[nodiscard]] errand_ptr submit(const outgoing_batch& batch) const override {
    return std::make_unique<errand>(creation_of(batch),
                                    [](errand& self, const side_answer& got) { return take_remote(self, got, "id"); });
  }

  [[nodiscard]] errand_ptr find(const lost_batch& batch) const override {
    return std::make_unique<errand>(page_of({}), [batch](errand& self, const side_answer& got) {
      return take_page(self, got, search{.lost = batch});
    });
  }

  [[nodiscard]] errand_ptr poll(const std::string& remote) const override {
    return poll_of(fmt::format("{}/{}", k_path, remote), [](const json_object& batch) -> result<bool> {
      const std::string status = batch.text("processing_status");
      const bool over = status == "ended";
      return status.empty() ? result<bool>{unreadable("a status")} : over;
    });
  }

  [[nodiscard]] errand_ptr call_back(const std::string& remote) const override {
    return std::make_unique<errand>(side_request{.method = "POST", .path = fmt::format("{}/{}/cancel", k_path, remote)},
                                    [](errand&, const side_answer& got) { return take_cancelled(got); });
  }

  [[nodiscard]] errand_ptr collect(const std::string& remote) const override {
    // Not results_url, which is the same: an address from an answer is not followed with our key.
    return std::make_unique<errand>(
        side_request{.path = result_path(remote)}, [](errand& self, const side_answer& got) -> result<bool> {
          if (got.status == 404) {
            return true;
          }
          if (const auto why = refusal_of(got)) {
            return *why;
          }
          for_each_line(got.body, [&](const json_object& line) { self.found.results.push_back(result_of(line)); });
          return true;
        });
  }
};

} // namespace

const batch_wire& anthropic_wire() noexcept {
  static const wire only;
  return only;
}

} // namespace inferenceflow::providers::batching
