// Logs of requests: every record has what the simulation counts on, whatever the line said, the clock of the feed never
// goes back, and where a read of the file happens to end makes no difference. The first byte chooses: a format, or the
// cutting into lines, elements or rows.
#include "memory_file.h"
#include "property.h"
#include "replay/log/log_feed.h"
#include "replay/log/text_source.h"
#include "wire/json/reader.h"
#include "wire/json/text.h"

#include <array>
#include <boost/json/parse.hpp>
#include <string>
#include <vector>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace json = boost::json;
namespace replay = inferenceflow::replay;

constexpr std::int64_t k_year_10000_ms = 253'402'300'800'000;

bool is_request(std::string_view body) {
  json::parse_options options;
  options.max_depth = inferenceflow::wire::json::k_depth_max + 2; // messages are put into an array of a body
  boost::system::error_code failed;
  const auto document = json::parse(json::string_view{body.data(), body.size()}, failed, {}, options);
  return !failed && document.is_object();
}

void check_usage(const inferenceflow::cost::token_usage& usage) {
  constexpr auto k_most = inferenceflow::cost::k_tokens_max;
  for (const auto part : {usage.fresh_input, usage.cached_input, usage.cache_write, usage.output, usage.reasoning}) {
    fuzz::require(part >= 0 && part <= k_most, "token counts are bounded");
  }
  fuzz::require(usage.cache_write_hour >= 0 && usage.cache_write_hour <= usage.cache_write, "an hour's part is a part");
}

void check_record(const replay::record& read) {
  fuzz::require(!read.model.empty(), "a record asks for a model");
  fuzz::require(!read.body.empty() || read.usage, "a record has a body or counts");
  fuzz::require(read.body.empty() || is_request(read.body), "a body is a JSON object");
  fuzz::require(!read.timed || (read.began_ms > 0 && read.began_ms < k_year_10000_ms), "times lie in known years");
  fuzz::require(!read.latency_ms || *read.latency_ms >= 0, "no answer comes before its question");
  fuzz::require(!read.claimed || read.claimed->nano_usd() >= 0, "nothing costs less than nothing");
  fuzz::require(!read.answer_bytes || *read.answer_bytes == read.answer.size(), "an answer is as long as it is");
  for (const std::string* text : {&read.id, &read.tenant, &read.user, &read.session, &read.model, &read.served,
                                  &read.provider, &read.path, &read.body, &read.answer}) {
    fuzz::require(inferenceflow::wire::json::find_invalid_utf8(*text) == std::string_view::npos, "texts are UTF-8");
  }
  if (read.usage) {
    check_usage(*read.usage);
  }
}

std::size_t items_of(const std::string& path, replay::log_format format) {
  auto log = replay::open_log(path, format);
  if (!log) {
    fuzz::require(!log.error().message.empty(), "a refusal says why");
    return 0;
  }
  std::size_t items = 0;
  for (auto item = (*log)->next(); item; item = (*log)->next()) {
    ++items;
    fuzz::require((*log)->taken() <= (*log)->total(), "no more is read than there is");
    if (item->read) {
      check_record(*item->read);
    }
  }
  fuzz::require(!(*log)->next(), "an end stays the end");
  return items;
}

void check_feed(const std::string& path, replay::log_format format, std::size_t items) {
  auto log = replay::open_log(path, format);
  if (!log) {
    return;
  }
  replay::log_feed feed{std::move(*log)};
  std::int64_t now_ms = 0;
  for (auto read = feed.next(); read; read = feed.next()) {
    fuzz::require(read->began_ms >= now_ms, "the clock never goes back");
    now_ms = read->began_ms;
  }
  const auto& counts = feed.counts();
  std::uint64_t told = counts.usable;
  for (const auto skipped : counts.skipped) {
    told += skipped;
  }
  fuzz::require(told == counts.lines && counts.lines == items, "every line counts once");
  fuzz::require(counts.first_ms <= counts.last_ms, "the first comes before the last");
}

/// What a text is cut into, @param shape 0 lines, 1 elements, 2 rows.
std::vector<std::string> pieces_of(std::string_view text, unsigned shape, std::size_t bytes_max) {
  const fuzz::memory_file file{text};
  auto source = replay::text_source::open(file.path(), bytes_max);
  fuzz::require(source.has_value(), "a file opens");
  std::vector<std::string> made;
  if (shape == 2) {
    std::vector<std::string> fields;
    for (bool too_long = false; source->next_row(fields, too_long);) {
      std::string row = too_long ? "too long" : "row";
      for (const auto& field : too_long ? std::vector<std::string>{} : fields) {
        fuzz::require(field.size() <= bytes_max, "a field is bounded");
        row += "|" + field;
      }
      made.push_back(std::move(row));
    }
    return made;
  }
  while (const auto piece = shape == 1 ? source->next_element() : source->next_line()) {
    fuzz::require(piece->text.size() <= bytes_max, "a piece is bounded");
    made.push_back((piece->too_long ? "too long" : piece->whole ? "whole|" : "cut|") + std::string{piece->text});
  }
  return made;
}

/// The same pieces come behind one so long that the file's next read begins in the middle of them.
void check_cuts(std::string_view text, unsigned shape, std::size_t bytes_max) {
  const std::size_t inside = text.empty() ? 0 : fuzz::seed_of(text) % text.size();
  const std::array<std::string, 3> first{"-\n", "[-,", "-\n"};
  const std::string begin = shape == 1 ? "[" : "";
  const std::string end = shape == 1 ? "," : "\n";
  const std::string far = begin + std::string(replay::k_read_bytes - begin.size() - end.size() - inside, '-') + end;
  auto near_pieces = pieces_of(first[shape] + std::string{text}, shape, bytes_max);
  auto far_pieces = pieces_of(far + std::string{text}, shape, bytes_max);
  fuzz::require(!near_pieces.empty() && !far_pieces.empty(), "there is a first piece");
  near_pieces.front() = far_pieces.front();
  fuzz::require(near_pieces == far_pieces, "where a read ends makes no difference");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const std::string_view text = fuzz::view_of(data + 2, size - 2);
  constexpr std::array k_formats{replay::log_format::automatic, replay::log_format::openai,
                                 replay::log_format::litellm};
  const unsigned choice = data[0] % 16;
  if (choice < k_formats.size()) {
    check_cuts(text, choice, 16 + std::size_t{data[1]});
    return 0;
  }
  if (text.starts_with("SQLite format 3")) {
    return 0; // SQLite is not what is tried here
  }
  const auto format = k_formats[choice % k_formats.size()];
  const fuzz::memory_file file{text};
  const std::size_t items = items_of(file.path(), format);
  fuzz::require(items <= text.size(), "an item takes at least a byte");
  check_feed(file.path(), format, items);
  return 0;
}
