#include "api/batches_surface.h"

#include "api/batch_json.h"
#include "api/batch_request.h"
#include "api/files_surface.h"
#include "api/intake.h"
#include "api/percent_decode.h"
#include "base/ids.h"

#include <fmt/format.h>
#include <optional>
#include <utility>

namespace inferenceflow::api {

using batches::batch_record;
using batches::batch_store;

namespace {

constexpr std::string_view k_path = "/v1/batches/";
constexpr std::string_view k_cancel = "/cancel";
constexpr std::int64_t k_list_usual = 20;
constexpr std::int64_t k_list_max = 100;

std::string id_in(std::string_view path) {
  const std::string id = percent_decode(path.substr(k_path.size()));
  return id.size() > k_object_id_bytes_max ? std::string{} : id;
}

net::task<void> send_found(call_context& context, const result<std::optional<batch_record>>& found,
                           const std::string& id) {
  if (!found) {
    const error why = found.error();
    co_await context.send_error(why);
  } else if (!*found) {
    co_await send_missing(context, "batch", id);
  } else {
    const std::string answer = to_json(**found);
    co_await context.send_json(200, answer);
  }
}

} // namespace

net::task<void> serve_batch_create(call_context& context, service& serving) {
  const auto& settings = serving.settings().batches;
  const auto asked = read_headers(context, serving.settings(), "batches");
  const auto typed = check_content_type(context.head());
  auto batch = !asked   ? result<batch_record>{asked.error()}
               : !typed ? result<batch_record>{typed.error()}
                        : read_batch_request(context.exchange().body(), settings.window_max);
  if (!batch) {
    const error why = batch.error();
    co_await context.send_error(why);
    co_return;
  }
  batch->id = make_answer_id("batch_");
  batch->tenant = asked->tenant;
  batch->user = asked->user;
  batch->created_s = to_unix_ms(serving.shared.clock.wall_now()) / 1'000;
  batch->expires_s += batch->created_s;
  const std::function<result<batch_record>(batch_store&)> add =
      [batch = std::move(*batch), limits = store_limits_of(settings)](batch_store& store) {
        return store.add_batch(batch, limits);
      };
  const auto added = co_await serving.batches.run(add);
  if (!added) {
    const error why = added.error();
    co_await context.send_error(why);
    co_return;
  }
  serving.batches.tell(added->number);
  const std::string answer = to_json(*added);
  co_await context.send_json(200, answer);
}

net::task<void> serve_batches(call_context& context, service& serving) {
  const std::string_view query = context.head().query;
  const auto asked = read_headers(context, serving.settings(), "batches");
  const auto limit = limit_of(query, k_list_usual, k_list_max);
  if (!asked || !limit) {
    const error why = asked ? limit.error() : asked.error();
    co_await context.send_error(why);
    co_return;
  }
  batches::list_wish wish;
  wish.tenant = asked->tenant;
  wish.after = query_value(query, "after").value_or("");
  wish.count = *limit;
  const std::function<result<batches::listed<batch_record>>(batch_store&)> list = [wish](batch_store& store) {
    return store.list_batches(wish);
  };
  const auto page = co_await serving.batches.run(list);
  if (!page) {
    const error why = page.error();
    co_await context.send_error(why);
    co_return;
  }
  const std::string answer = page_json(*page);
  co_await context.send_json(200, answer);
}

net::task<void> serve_batch(call_context& context, service& serving) {
  const auto asked = read_headers(context, serving.settings(), "batches");
  if (!asked) {
    const error why = asked.error();
    co_await context.send_error(why);
    co_return;
  }
  const std::string id = id_in(context.head().path);
  const std::function<result<std::optional<batch_record>>(batch_store&)> find =
      [tenant = asked->tenant, id](batch_store& store) { return store.find_batch(tenant, id); };
  const auto found = co_await serving.batches.run(find);
  co_await send_found(context, found, id);
}

net::task<void> serve_batch_cancel(call_context& context, service& serving) {
  const auto asked = read_headers(context, serving.settings(), "batches");
  if (!asked) {
    const error why = asked.error();
    co_await context.send_error(why);
    co_return;
  }
  std::string_view path = context.head().path;
  if (!path.ends_with(k_cancel) || path.size() <= k_path.size() + k_cancel.size()) {
    const error missing = make_error(error_kind::not_found, fmt::format("no such path: POST {}", path));
    co_await context.send_error(missing);
    co_return;
  }
  path.remove_suffix(k_cancel.size());
  const std::string id = id_in(path);
  const std::function<result<std::optional<batch_record>>(batch_store&)> cancel =
      [tenant = asked->tenant, id, now_s = to_unix_ms(serving.shared.clock.wall_now()) / 1'000](batch_store& store) {
        return store.cancel(tenant, id, now_s);
      };
  const auto found = co_await serving.batches.run(cancel);
  if (found && *found) {
    serving.batches.tell((*found)->number);
  }
  co_await send_found(context, found, id);
}

} // namespace inferenceflow::api
