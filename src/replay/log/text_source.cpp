#include "replay/log/text_source.h"

#include <filesystem>
#include <fmt/format.h>

namespace inferenceflow::replay {

namespace {

constexpr std::string_view k_byte_order_mark = "\xef\xbb\xbf";

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

} // namespace

result<text_source> text_source::open(const std::string& path, std::size_t bytes_max) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) {
    return make_error(error_kind::unavailable, fmt::format("{}: is a folder, not a log", path));
  }
  std::ifstream in{path, std::ios::binary};
  if (!in) {
    return make_error(error_kind::unavailable, fmt::format("{}: cannot be read", path));
  }
  const auto size = std::filesystem::file_size(path, failed);
  text_source made{std::move(in), bytes_max, failed ? 0 : size};
  if (made.peek(k_byte_order_mark.size()) == k_byte_order_mark) {
    made.at_ += k_byte_order_mark.size();
  }
  return made;
}

bool text_source::fill() {
  held_.resize(k_read_bytes);
  in_.read(held_.data(), static_cast<std::streamsize>(held_.size()));
  held_.resize(static_cast<std::size_t>(in_.gcount()));
  at_ = 0;
  taken_ += held_.size();
  return !held_.empty();
}

std::string_view text_source::peek(std::size_t bytes) {
  if (at_ == held_.size()) {
    (void)fill();
  }
  return std::string_view{held_}.substr(at_, bytes);
}

void text_source::keep(char c, bool& too_long) {
  if (!too_long && piece_.size() < bytes_max_) {
    piece_.push_back(c);
  } else {
    too_long = true;
  }
}

std::optional<text_piece> text_source::next_line() {
  for (;;) {
    piece_.clear();
    bool too_long = false;
    std::optional<char> c = byte();
    if (!c) {
      return std::nullopt;
    }
    for (; c && *c != '\n'; c = byte()) {
      keep(*c, too_long);
    }
    std::string_view line = piece_;
    while (!line.empty() && is_space(line.back())) {
      line.remove_suffix(1);
    }
    if (too_long) {
      return text_piece{.too_long = true};
    }
    if (!line.empty()) {
      return text_piece{.text = line};
    }
  }
}

std::optional<text_piece> text_source::next_element() {
  piece_.clear();
  bool too_long = false;
  std::optional<char> c = byte();
  if (!inside_array_) { // the opening bracket
    while (c && (is_space(*c) || *c == '[')) {
      const bool opened = *c == '[';
      c = byte();
      if (opened) {
        inside_array_ = true;
        break;
      }
    }
  }
  while (c && (is_space(*c) || *c == ',')) {
    c = byte();
  }
  if (!c || *c == ']' || ended_) {
    ended_ = true;
    return std::nullopt;
  }
  std::size_t depth = 0;
  bool in_string = false;
  bool escaped = false;
  for (; c; c = byte()) {
    if (!in_string && depth == 0 && (*c == ',' || *c == ']')) {
      ended_ = *c == ']';
      break;
    }
    keep(*c, too_long);
    if (in_string) {
      in_string = escaped || *c != '"';
      escaped = !escaped && *c == '\\';
    } else if (*c == '"') {
      in_string = true;
    } else if (*c == '{' || *c == '[') {
      ++depth;
    } else if ((*c == '}' || *c == ']') && depth > 0) {
      --depth;
    }
  }
  if (too_long) {
    return text_piece{.too_long = true};
  }
  return text_piece{.text = piece_, .whole = c.has_value()};
}

bool text_source::next_row(std::vector<std::string>& fields, bool& too_long) {
  fields.clear();
  piece_.clear();
  too_long = false;
  std::size_t bytes = 0;
  bool quoted = false;
  bool any = false;
  const auto end_field = [&] {
    if (fields.size() < k_csv_fields_max && !too_long) {
      fields.push_back(piece_);
    }
    piece_.clear();
  };
  for (auto c = byte(); c; c = byte()) {
    any = true;
    too_long = too_long || ++bytes > bytes_max_;
    if (quoted) {
      if (*c != '"') {
        keep(*c, too_long);
      } else if (peek(1) == "\"") {
        keep(*byte(), too_long);
      } else {
        quoted = false;
      }
    } else if (*c == '"' && piece_.empty()) {
      quoted = true;
    } else if (*c == ',') {
      end_field();
    } else if (*c == '\n') {
      break;
    } else if (*c != '\r') {
      keep(*c, too_long);
    }
  }
  if (any) {
    end_field();
  }
  return any;
}

} // namespace inferenceflow::replay
