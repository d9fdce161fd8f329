#include "api/batch_json.h"

#include "wire/json/writer.h"

#include <fmt/format.h>

namespace inferenceflow::api {

using batches::batch_record;
using batches::file_record;
using wire::json::writer;

namespace {

void text_or_null(writer& out, std::string_view name, std::string_view value) {
  out.key(name);
  value.empty() ? out.null() : out.text(value);
}

void time_or_null(writer& out, std::string_view name, std::int64_t unix_s) {
  out.key(name);
  unix_s == 0 ? out.null() : out.integer(unix_s);
}

} // namespace

std::string to_json(const file_record& file) {
  std::string text;
  writer out{text};
  out.open_object().key("id").text(file.id).key("object").text("file").key("bytes").integer(file.bytes);
  out.key("created_at").integer(file.created_s);
  time_or_null(out, "expires_at", file.expires_s);
  out.key("filename").text(file.filename).key("purpose").text(file.purpose).key("status").text("processed");
  out.key("status_details").null().close_object();
  return text;
}

std::string to_json(const batch_record& batch) {
  std::string text;
  writer out{text};
  out.open_object().key("id").text(batch.id).key("object").text("batch").key("endpoint").text(batch.endpoint);
  out.key("errors");
  if (batch.errors.empty()) {
    out.null();
  } else {
    out.open_object().key("object").text("list").key("data").raw(batch.errors).close_object();
  }
  out.key("input_file_id").text(batch.input_file).key("completion_window").text(batch.window);
  out.key("status").text(to_string(batch.status));
  text_or_null(out, "output_file_id", batch.output_file);
  text_or_null(out, "error_file_id", batch.error_file);
  out.key("created_at").integer(batch.created_s);
  time_or_null(out, "in_progress_at", batch.in_progress_s);
  time_or_null(out, "expires_at", batch.expires_s);
  time_or_null(out, "finalizing_at", batch.finalizing_s);
  time_or_null(out, "completed_at", batch.completed_s);
  time_or_null(out, "failed_at", batch.failed_s);
  time_or_null(out, "expired_at", batch.expired_s);
  time_or_null(out, "cancelling_at", batch.cancelling_s);
  time_or_null(out, "cancelled_at", batch.cancelled_s);
  out.key("request_counts").open_object().key("total").integer(batch.total).key("completed").integer(batch.completed);
  out.key("failed").integer(batch.failed).close_object().key("metadata");
  batch.metadata.empty() ? out.null() : out.raw(batch.metadata);
  out.close_object();
  return text;
}

template <class Record> std::string page_json(const batches::listed<Record>& page) {
  std::string text;
  writer out{text};
  out.open_object().key("object").text("list").key("data").open_array();
  for (const auto& one : page.records) {
    out.raw(to_json(one));
  }
  out.close_array();
  text_or_null(out, "first_id", page.records.empty() ? std::string_view{} : page.records.front().id);
  text_or_null(out, "last_id", page.records.empty() ? std::string_view{} : page.records.back().id);
  out.key("has_more").flag(page.more).close_object();
  return text;
}

template std::string page_json(const batches::listed<file_record>& page);
template std::string page_json(const batches::listed<batch_record>& page);

std::string missing_json(std::string_view kind, std::string_view id) {
  std::string text;
  writer out{text};
  out.open_object().key("error").open_object().key("message").text({"No such ", kind, " object: ", id});
  out.key("type").text("invalid_request_error").key("param").text("id").key("code").null();
  out.close_object().close_object();
  return text;
}

} // namespace inferenceflow::api
