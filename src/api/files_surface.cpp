#include "api/files_surface.h"

#include "api/batch_json.h"
#include "api/intake.h"
#include "api/percent_decode.h"
#include "base/ids.h"
#include "http/multipart.h"
#include "wire/json/writer.h"

#include <boost/beast/core/string.hpp>
#include <charconv>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <utility>

namespace inferenceflow::api {

using batches::batch_store;
using batches::file_cursor;
using batches::file_record;
using http::field;

namespace {

constexpr std::string_view k_path = "/v1/files/";
constexpr std::string_view k_content = "/content";
constexpr std::int64_t k_list_max = 10'000;
constexpr std::int64_t k_expires_s_min = 3'600;
constexpr std::int64_t k_expires_s_max = 30LL * 86'400;

error wrong(std::string_view name, std::string_view allowed) {
  return make_error(error_kind::invalid_request, fmt::format("{}: {}", name, allowed), std::string{name});
}

std::int64_t now_s(const service& serving) {
  return to_unix_ms(serving.shared.clock.wall_now()) / 1'000;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

/// Seconds from now after which the file goes; 0 = never.
result<std::int64_t> expiry_of(const std::vector<http::form_part>& form) {
  const auto* const anchor = http::find_part(form, "expires_after[anchor]");
  const auto* const seconds = http::find_part(form, "expires_after[seconds]");
  if (anchor == nullptr && seconds == nullptr) {
    return 0;
  }
  if (anchor == nullptr || anchor->content != "created_at") {
    return wrong("expires_after", "anchor must be created_at");
  }
  const auto number = seconds == nullptr ? std::nullopt : whole_number(seconds->content);
  if (!number || *number < k_expires_s_min || *number > k_expires_s_max) {
    return wrong("expires_after", fmt::format("seconds must be {} to {}", k_expires_s_min, k_expires_s_max));
  }
  return *number;
}

/// A file to be kept. @param content  of the form.
result<file_record> read_upload(const std::vector<http::form_part>& form, const config::batch_settings& settings,
                                std::string_view& content) {
  const auto* const purpose = http::find_part(form, "purpose");
  if (purpose == nullptr || purpose->content != batches::k_batch_purpose) {
    return wrong("purpose", "must be batch: files for anything else are not kept here");
  }
  const auto* const file = http::find_part(form, "file");
  if (file == nullptr || !file->filename) {
    return wrong("file", "send a file with its name");
  }
  if (file->content.empty()) {
    return wrong("file", "is empty");
  }
  if (file->content.size() > settings.file_bytes_max) {
    return make_error(
        error_kind::body_too_large,
        fmt::format("file: has {} bytes; at most {} are taken", file->content.size(), settings.file_bytes_max), "file");
  }
  const auto expires = expiry_of(form);
  if (!expires) {
    return expires.error();
  }
  file_record made;
  made.id = make_answer_id("file-");
  made.filename = printable(*file->filename);
  made.purpose = batches::k_batch_purpose;
  made.bytes = static_cast<std::int64_t>(file->content.size());
  made.expires_s = *expires;
  content = file->content;
  return made;
}

/// Sends what is left of a file after its first piece, as fast as the client takes it.
net::task<void> send_rest(call_context& context, service& serving, file_record file, file_cursor at) {
  while (!at.end) {
    const std::function<result<std::pair<std::string, file_cursor>>(batch_store&)> read =
        [file, at](batch_store& store) -> result<std::pair<std::string, file_cursor>> {
      file_cursor next = at;
      auto piece = store.read_piece(file, next);
      return piece ? result<std::pair<std::string, file_cursor>>{std::pair{std::move(*piece), next}} : piece.error();
    };
    const auto got = co_await serving.batches.run(read);
    if (!got) { // the connection breaks off: a file that is cut must not look whole
      co_return;
    }
    at = got->second;
    if (!co_await context.exchange().write(got->first)) {
      co_return;
    }
  }
  co_await context.exchange().finish({});
}

net::task<void> send_content(call_context& context, service& serving, file_record file) {
  const std::function<result<std::pair<std::string, file_cursor>>(batch_store&)> read =
      [file](batch_store& store) -> result<std::pair<std::string, file_cursor>> {
    file_cursor at;
    auto piece = store.read_piece(file, at);
    return piece ? result<std::pair<std::string, file_cursor>>{std::pair{std::move(*piece), at}} : piece.error();
  };
  const auto first = co_await serving.batches.run(read);
  if (!first) {
    const error why = first.error();
    co_await context.send_error(why);
    co_return;
  }
  auto lines = context.headers();
  lines.add("Content-Type", "application/octet-stream");
  if (first->second.end || context.head().method == http::verb::head) {
    co_await context.exchange().send(200, lines.text(), first->first);
    co_return;
  }
  co_await context.exchange().begin_stream(200, lines.text());
  if (co_await context.exchange().write(first->first)) {
    co_await send_rest(context, serving, std::move(file), first->second);
  }
}

/// The id in the path behind `prefix`; empty for one that no object has.
std::string id_in(std::string_view path) {
  const std::string id = percent_decode(path.substr(k_path.size()));
  return id.size() > k_object_id_bytes_max || id.find('/') != std::string::npos ? std::string{} : id;
}

} // namespace

result<std::int64_t> limit_of(std::string_view query, std::int64_t otherwise, std::int64_t most) {
  const auto given = query_value(query, "limit");
  if (!given) {
    return otherwise;
  }
  const auto number = whole_number(*given);
  if (!number || *number < 1 || *number > most) {
    return wrong("limit", fmt::format("must be 1 to {}", most));
  }
  return *number;
}

net::task<void> send_missing(call_context& context, std::string_view kind, std::string_view id) {
  const std::string body = missing_json(kind, id);
  co_await context.send_json(404, body);
}

batches::store_limits store_limits_of(const config::batch_settings& settings) {
  return {.files_max = static_cast<std::int64_t>(settings.files_max),
          .bytes_max = static_cast<std::int64_t>(settings.bytes_max),
          .unfinished_max = static_cast<std::int64_t>(settings.unfinished_max),
          .lines_max = settings.lines_max};
}

net::task<void> serve_file_upload(call_context& context, service& serving) {
  const auto& settings = serving.settings().batches;
  const auto asked = read_headers(context, serving.settings(), "files");
  if (!asked) {
    const error why = asked.error();
    co_await context.send_error(why);
    co_return;
  }
  const auto body = std::make_shared<const std::string>(std::move(context.exchange().body()));
  const auto form = http::read_form(context.head().find(field::content_type).value_or(""), *body);
  std::string_view content;
  auto file = form ? read_upload(*form, settings, content) : result<file_record>{form.error()};
  if (!file) {
    const error why = file.error();
    co_await context.send_error(why);
    co_return;
  }
  file->tenant = asked->tenant;
  file->created_s = now_s(serving);
  file->expires_s += file->expires_s == 0 ? 0 : file->created_s;
  const std::function<result<void>(batch_store&)> keep = [file = *file, content, body,
                                                          limits = store_limits_of(settings)](batch_store& store) {
    return store.add_file(file, content, limits);
  };
  const auto kept = co_await serving.batches.run(keep);
  if (!kept) {
    const error why = kept.error();
    co_await context.send_error(why);
    co_return;
  }
  const std::string answer = to_json(*file);
  co_await context.send_json(200, answer);
}

net::task<void> serve_files(call_context& context, service& serving) {
  const std::string_view query = context.head().query;
  const auto asked = read_headers(context, serving.settings(), "files");
  const auto limit = limit_of(query, k_list_max, k_list_max);
  const std::string order = query_value(query, "order").value_or("desc");
  if (!asked || !limit || (order != "asc" && order != "desc")) {
    const error why = !asked ? asked.error() : !limit ? limit.error() : wrong("order", "must be asc or desc");
    co_await context.send_error(why);
    co_return;
  }
  batches::list_wish wish;
  wish.tenant = asked->tenant;
  wish.after = query_value(query, "after").value_or("");
  wish.count = *limit;
  wish.newest_first = order == "desc";
  wish.purpose = query_value(query, "purpose").value_or("");
  const std::function<result<batches::listed<file_record>>(batch_store&)> list =
      [wish, now = now_s(serving)](batch_store& store) { return store.list_files(wish, now); };
  const auto page = co_await serving.batches.run(list);
  if (!page) {
    const error why = page.error();
    co_await context.send_error(why);
    co_return;
  }
  const std::string answer = page_json(*page);
  co_await context.send_json(200, answer);
}

net::task<void> serve_file(call_context& context, service& serving) {
  const auto asked = read_headers(context, serving.settings(), "files");
  if (!asked) {
    const error why = asked.error();
    co_await context.send_error(why);
    co_return;
  }
  std::string_view path = context.head().path;
  const bool content = path.ends_with(k_content) && path.size() > k_path.size() + k_content.size();
  path.remove_suffix(content ? k_content.size() : 0);
  const std::string id = id_in(path);
  const std::function<result<std::optional<file_record>>(batch_store&)> find =
      [tenant = asked->tenant, id, now = now_s(serving)](batch_store& store) {
        return store.find_file(tenant, id, now);
      };
  const auto found = co_await serving.batches.run(find);
  if (!found) {
    const error why = found.error();
    co_await context.send_error(why);
    co_return;
  }
  if (!*found) {
    co_return co_await send_missing(context, "File", id);
  }
  if (content) {
    file_record file = **found;
    co_return co_await send_content(context, serving, std::move(file));
  }
  const std::string answer = to_json(**found);
  co_await context.send_json(200, answer);
}

net::task<void> serve_file_delete(call_context& context, service& serving) {
  const auto asked = read_headers(context, serving.settings(), "files");
  if (!asked) {
    const error why = asked.error();
    co_await context.send_error(why);
    co_return;
  }
  const std::string id = id_in(context.head().path);
  const std::function<result<bool>(batch_store&)> remove = [tenant = asked->tenant, id](batch_store& store) {
    return store.remove_file(tenant, id);
  };
  const auto gone = co_await serving.batches.run(remove);
  if (!gone) {
    const error why = gone.error();
    co_await context.send_error(why);
    co_return;
  }
  if (!*gone) {
    co_return co_await send_missing(context, "File", id);
  }
  std::string answer;
  wire::json::writer{answer}
      .open_object()
      .key("id")
      .text(id)
      .key("object")
      .text("file")
      .key("deleted")
      .flag(true)
      .close_object();
  co_await context.send_json(200, answer);
}

} // namespace inferenceflow::api
