// The file that a router is trained with: lines are counted once each, what is kept lies within its bounds, Boost.JSON
// agrees that a line that was taken is JSON, and neither the ends of lines nor blank ones change anything.
#include "property.h"
#include "quality/features.h"
#include "quality/training_line.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cmath>
#include <set>
#include <string>

namespace {

namespace fuzz = inferenceflow::fuzz;
namespace json = boost::json;
namespace quality = inferenceflow::quality;

bool within(float x, float low, float high) {
  return x >= low && x <= high;
}

void check_row(const quality::example& row, const quality::training_set& in) {
  fuzz::require(row.text.size() <= quality::k_text_bytes_max && row.context.size() <= quality::k_text_bytes_max,
                "texts are bounded");
  fuzz::require(row.scores.size() == in.models.size(), "a score per model");
  fuzz::require(row.output_tokens.empty() || row.output_tokens.size() == in.models.size(), "a length per model");
  bool scored = false;
  for (const float score : row.scores) {
    fuzz::require(std::isnan(score) || within(score, 0, 1), "a score lies in 0 to 1");
    scored = scored || !std::isnan(score);
  }
  fuzz::require(scored, "a row has a score");
  for (const float tokens : row.output_tokens) {
    fuzz::require(std::isnan(tokens) || within(tokens, 0, 1e7F), "a length is a number");
  }
  fuzz::require(row.weight > 0 && row.weight <= 1e6F, "a weight is above 0");
  double square = 0;
  for (const float x : row.vector) {
    square += static_cast<double>(x) * static_cast<double>(x);
  }
  fuzz::require(row.vector.empty() || std::fabs(square - 1) < 1e-3, "a vector has length 1");
  fuzz::require(in.dimensions == 0 || row.vector.size() == in.dimensions, "vectors of one length or none");
  quality::features seen;
  quality::extract(row.as_prompt(), seen);
  fuzz::require(std::all_of(seen.dense.begin(), seen.dense.end(), [](float x) { return std::isfinite(x); }),
                "counts are numbers");
  fuzz::require(std::set<std::uint16_t>(seen.words().begin(), seen.words().end()).size() == seen.words().size(),
                "each word once");
  fuzz::require(within(quality::complexity(seen), 0, 1), "complexity lies in 0 to 1");
}

void check_set(quality::training_set& made) {
  const auto& read = made.read;
  fuzz::require(read.lines == made.rows.size() + read.broken + read.without_scores, "a line counts once");
  fuzz::require(read.faults.size() == std::min(read.broken, quality::k_faults_max), "the first faults are told");
  fuzz::require(!made.models.empty() && made.models.size() <= quality::k_models_max, "models are bounded");
  fuzz::require(std::adjacent_find(made.models.begin(), made.models.end(), std::greater_equal<>{}) == made.models.end(),
                "models are sorted, each once");
  for (const auto& row : made.rows) {
    check_row(row, made);
  }
  quality::group_copies(made);
  fuzz::require(std::all_of(made.rows.begin(), made.rows.end(), [](const auto& row) { return row.group != 0; }),
                "every row has a group");
}

void check_line(std::string_view line) {
  inferenceflow::wire::json::token_index index;
  quality::training_line taken;
  if (quality::read_training_line(line, index, taken)) {
    return;
  }
  // Where nobody reads a text, our reader lets escapes through that Boost refuses: in names of members, and surrogates
  // without their partner.
  if (line.find('\\') != std::string_view::npos) {
    return;
  }
  json::parse_options options;
  options.max_depth = 1000;
  boost::system::error_code failed;
  const auto document = json::parse(json::string_view{line.data(), line.size()}, failed, {}, options);
  // Boost refuses numbers like 1e-99999999999.
  fuzz::require(failed == json::error::exponent_overflow || (!failed && document.is_object()), "what is taken is JSON");
}

/// As another editor would have saved it.
std::string respelled(std::string_view text) {
  std::string made = "\r\n \n";
  for (const char c : text) {
    made += c == '\n' ? "\r\n\t\n" : std::string(1, c);
  }
  return made + "\n";
}

bool same(const quality::training_set& a, const quality::training_set& b) {
  return a.models == b.models && a.dimensions == b.dimensions && a.read.lines == b.read.lines &&
         a.read.broken == b.read.broken && a.read.missing_scores == b.read.missing_scores &&
         std::equal(a.rows.begin(), a.rows.end(), b.rows.begin(), b.rows.end(), [](const auto& one, const auto& other) {
           return one.text == other.text && one.vector == other.vector && one.weight == other.weight;
         });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::view_of(data, size);
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    check_line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  auto made = quality::read_training_text(text);
  const auto again = quality::read_training_text(respelled(text));
  fuzz::require(made.has_value() == again.has_value() && (!made || same(*made, *again)),
                "ends of lines and blank lines change nothing");
  if (made) {
    check_set(*made);
  } else {
    fuzz::require(!made.error().message.empty(), "a refusal says why");
  }
  return 0;
}
