#include "wire/json/writer.h"

#include "wire/json/text.h"

#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace inferenceflow::wire::json {

writer& writer::open(char bracket) {
  separate();
  out_.push_back(bracket);
  comma_due_ = false;
  return *this;
}

writer& writer::close(char bracket) {
  out_.push_back(bracket);
  comma_due_ = true;
  return *this;
}

writer& writer::key(std::string_view name) {
  text(name);
  out_.push_back(':');
  comma_due_ = false;
  return *this;
}

writer& writer::text(std::string_view value) {
  return text({value});
}

writer& writer::text(std::initializer_list<std::string_view> pieces) {
  separate();
  out_.push_back('"');
  for (const std::string_view piece : pieces) {
    append_escaped(out_, piece);
  }
  out_.push_back('"');
  return *this;
}

writer& writer::integer(std::int64_t value) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

writer& writer::number(double value) {
  if (!std::isfinite(value)) {
    return null();
  }
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

writer& writer::number(float value) {
  if (!std::isfinite(value)) {
    return null();
  }
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

writer& writer::raw(std::string_view json) {
  separate();
  out_.append(json);
  return *this;
}

} // namespace inferenceflow::wire::json
