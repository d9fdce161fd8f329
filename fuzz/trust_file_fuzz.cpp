// A file of trust: whatever is accepted gives probabilities, whatever the signals are, and comes back the same when it
// is saved. Judged answers: those that are taken can be learned from, or it is said why not. The first byte chooses: a
// file as it is, a file's body under the seal that belongs to it, or judged answers.
#include "escalation/trust.h"
#include "memory_file.h"
#include "property.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <limits>
#include <string>
#include <unistd.h>
#include <xxhash.h>

namespace {

namespace escalation = inferenceflow::escalation;
namespace fuzz = inferenceflow::fuzz;

constexpr double k_infinite = std::numeric_limits<double>::infinity();

/// A folder that is gone when the target ends; in memory where there is one.
class folder {
public:
  folder() { std::filesystem::create_directories(path_); }
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  [[nodiscard]] std::string file() const { return (path_ / "trust").string(); }

private:
  static std::filesystem::path root() {
    std::error_code unknown;
    return std::filesystem::is_directory("/dev/shm", unknown) ? std::filesystem::path{"/dev/shm"}
                                                              : std::filesystem::temp_directory_path();
  }
  std::filesystem::path path_ = root() / fmt::format("trust_file_fuzz.{}", ::getpid());
};

std::string sealed(std::string_view body) {
  const auto digest = XXH3_128bits(body.data(), body.size());
  return fmt::format("inferenceflow-trust 1 {:016x}{:016x}\n{}", digest.high64, digest.low64, body);
}

/// Answers of all kinds, usual and not.
const std::vector<escalation::signals>& asked() {
  static const std::vector<escalation::signals> made{
      {},
      {.logprob_mean = -0.2, .logprob_min = -3, .margin = 0.8, .entropy = 0.1, .agreement = 1, .score = 0.9},
      {.logprob_mean = -9, .margin = 0, .entropy = 1, .agreement = 0.1, .support = 0.2, .format_valid = false},
      {.score = 0, .support = 1, .format_valid = true, .refusal = true, .empty = true, .cut = true},
      {.logprob_mean = -k_infinite, .margin = std::nan(""), .entropy = 1e300, .agreement = -1e300},
  };
  return made;
}

void check_probabilities(const escalation::trust& by, const escalation::trust& again) {
  fuzz::require(by.classes() <= escalation::k_classes_max, "classes are bounded");
  // Numbers come back to their last bit but one: Boost.JSON reads them quickly rather than exactly.
  fuzz::require(by.rows() == again.rows() && by.classes() == again.classes() &&
                    std::fabs(by.wrong_share() - again.wrong_share()) < 1e-12,
                "what was accepted survives a round");
  for (const auto& seen : asked()) {
    for (const std::string_view label : {"", "a", "hard", "de"}) {
      for (const auto* each : {&by, &again}) {
        const double p_wrong = each->p_wrong(seen, label);
        fuzz::require(p_wrong > 0 && p_wrong < 1, "P(wrong) lies between 0 and 1");
      }
    }
  }
}

void check_accepted(const escalation::trust& by) {
  static const folder kept;
  fuzz::require(by.save(kept.file()).has_value(), "what was accepted can be saved");
  const auto again = escalation::trust::load(kept.file());
  fuzz::require(again.has_value(), "what was saved is accepted");
  check_probabilities(by, *again);
}

void read_file(std::string_view content) {
  const fuzz::memory_file file{content};
  const auto read = escalation::trust::load(file.path());
  if (read) {
    check_accepted(*read);
  } else {
    fuzz::require(!read.error().message.empty(), "a refusal says why");
  }
}

void read_answers(std::string_view text) {
  const auto rows = escalation::read_labels(text);
  if (!rows) {
    fuzz::require(rows.error().message.starts_with("line "), "a refusal names the line");
    return;
  }
  const auto lines = static_cast<std::size_t>(1 + std::count(text.begin(), text.end(), '\n'));
  fuzz::require(rows->size() <= lines, "a line is at most one answer");
  for (const auto& row : *rows) {
    fuzz::require(row.label.size() <= escalation::k_label_bytes_max, "labels are bounded");
  }
  // Few lines say what many would: each several times.
  std::vector<escalation::labelled> many;
  while (!rows->empty() && many.size() < 2 * escalation::k_rows_min) {
    many.insert(many.end(), rows->begin(), rows->end());
  }
  const auto learnt = escalation::trust::fit(many);
  if (learnt) {
    check_accepted(*learnt);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto rest = fuzz::view_of(data + 1, size - 1);
  switch (data[0] % 3) {
  case 0: read_file(rest); break;
  case 1: read_file(sealed(rest)); break;
  default: read_answers(rest); break;
  }
  return 0;
}
