#include "quality/training_set.h"

#include "files/read_whole.h"
#include "quality/features.h"
#include "quality/training_line.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <set>
#include <xxhash.h>

namespace inferenceflow::quality {

namespace {

constexpr float k_none = std::numeric_limits<float>::quiet_NaN();

void note(reading& read, std::size_t line, const std::string& what) {
  ++read.broken;
  if (read.faults.size() < k_faults_max) {
    read.faults.push_back(fmt::format("line {}: {}", line, what));
  }
}

/// Half from either end, at borders of characters.
bool shorten(std::string& text) {
  if (text.size() <= k_text_bytes_max) {
    return false;
  }
  const auto inside = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; };
  std::size_t head = k_text_bytes_max / 2;
  std::size_t tail = text.size() - k_text_bytes_max / 2;
  while (head > 0 && inside(head)) {
    --head;
  }
  while (tail < text.size() && inside(tail)) {
    ++tail;
  }
  text.erase(head, tail - head);
  return true;
}

bool to_unit(std::vector<float>& vector) {
  double square = 0;
  for (const float x : vector) {
    square += static_cast<double>(x) * static_cast<double>(x);
  }
  if (!(square > 1e-12)) {
    return false;
  }
  const auto scale = static_cast<float>(1 / std::sqrt(square));
  for (float& x : vector) {
    x *= scale;
  }
  return true;
}

/// Takes the file apart and keeps what each line names, until all models are known.
class set_reader {
public:
  result<void> read(std::string_view jsonl) {
    std::size_t number = 0;
    while (!jsonl.empty()) {
      const std::size_t end = jsonl.find('\n');
      std::string_view line = jsonl.substr(0, end);
      jsonl = end == std::string_view::npos ? std::string_view{} : jsonl.substr(end + 1);
      ++number;
      if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
      }
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
        continue;
      }
      if (auto taken = take(line, number); !taken) {
        return taken;
      }
    }
    return {};
  }

  result<training_set> finish();

private:
  result<void> take(std::string_view line, std::size_t number) {
    ++set_.read.lines;
    training_line one;
    if (const auto wrong = read_training_line(line, index_, one)) {
      note(set_.read, number, *wrong);
      return {};
    }
    if (one.scores.empty()) {
      ++set_.read.without_scores;
      return {};
    }
    if (!one.row.vector.empty() && !to_unit(one.row.vector)) {
      note(set_.read, number, "vector is all zero");
      return {};
    }
    if (lines_.size() == k_rows_max) {
      return make_error(error_kind::invalid_request,
                        fmt::format("more than {} rows; take a sample of them", k_rows_max));
    }
    for (const auto& [name, score] : one.scores) {
      names_.insert(name);
    }
    if (names_.size() > k_models_max) {
      return make_error(error_kind::invalid_request,
                        fmt::format("line {}: more than {} models are named", number, k_models_max));
    }
    const bool text_cut = shorten(one.row.text);
    const bool context_cut = shorten(one.row.context);
    set_.read.shortened += text_cut || context_cut ? 1 : 0;
    lines_.push_back(std::move(one));
    return {};
  }

  training_set set_;
  std::vector<training_line> lines_;
  std::set<std::string> names_;
  wire::json::token_index index_;
};

result<training_set> set_reader::finish() {
  const auto& read = set_.read;
  if (read.lines == 0) {
    return make_error(error_kind::invalid_request, "the file is empty: one JSON object a line is expected");
  }
  if (lines_.empty() || read.broken > lines_.size()) {
    return make_error(error_kind::invalid_request,
                      fmt::format("{} of {} lines cannot be read and {} have no scores{}{}", read.broken, read.lines,
                                  read.without_scores, read.faults.empty() ? "" : "; ",
                                  read.faults.empty() ? "" : read.faults.front()));
  }
  std::map<std::string, std::size_t> places;
  for (const std::string& name : names_) {
    places.emplace(name, set_.models.size());
    set_.models.push_back(name);
  }
  for (training_line& line : lines_) {
    line.row.scores.assign(set_.models.size(), k_none);
    for (const auto& [name, score] : line.scores) {
      line.row.scores[places.at(name)] = score;
    }
    set_.read.missing_scores += static_cast<std::size_t>(
        std::count_if(line.row.scores.begin(), line.row.scores.end(), [](float x) { return std::isnan(x); }));
    if (!line.output_tokens.empty()) {
      line.row.output_tokens.assign(set_.models.size(), k_none);
      for (const auto& [name, tokens] : line.output_tokens) {
        if (const auto place = places.find(name); place != places.end()) {
          line.row.output_tokens[place->second] = tokens;
        }
      }
    }
    set_.rows.push_back(std::move(line.row));
  }
  settle_dimensions(set_);
  return std::move(set_);
}

} // namespace

void settle_dimensions(training_set& rows) {
  rows.dimensions = rows.rows.empty() ? 0 : rows.rows.front().vector.size();
  for (const example& row : rows.rows) {
    if (row.vector.size() != rows.dimensions) {
      rows.dimensions = 0;
    }
  }
}

void group_copies(training_set& rows) {
  for (example& row : rows.rows) {
    if (row.group != 0) {
      continue;
    }
    // Letters and signs only: a question with other numbers is a copy.
    std::string kept;
    for (const char byte : row.text) {
      const auto bits = static_cast<unsigned char>(byte);
      if (bits > ' ' && (byte < '0' || byte > '9')) {
        kept.push_back(byte >= 'A' && byte <= 'Z' ? static_cast<char>(bits | 0x20U) : byte);
      }
    }
    row.group = XXH3_64bits(kept.data(), kept.size()) | 1U;
  }
}

result<training_set> read_training_text(std::string_view jsonl) {
  constexpr std::string_view k_byte_order_mark = "\xef\xbb\xbf";
  if (jsonl.starts_with(k_byte_order_mark)) {
    jsonl.remove_prefix(k_byte_order_mark.size());
  }
  set_reader reader;
  if (auto read = reader.read(jsonl); !read) {
    return read.error();
  }
  return reader.finish();
}

result<training_set> read_training_file(const std::string& path) {
  const auto text = files::read_whole(path, k_training_bytes_max);
  if (!text) {
    return make_error(text.error().kind, fmt::format("{} {}", path, text.error().message));
  }
  auto read = read_training_text(*text);
  if (!read) {
    return make_error(read.error().kind, fmt::format("{}: {}", path, read.error().message));
  }
  return read;
}

} // namespace inferenceflow::quality
