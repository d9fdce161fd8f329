// The configuration file: any text either loads or says what is wrong and on which line, without throwing, twice alike.
#include "config/load.h"
#include "property.h"

#include <algorithm>
#include <string>

namespace {

namespace config = inferenceflow::config;
namespace fuzz = inferenceflow::fuzz;

constexpr std::string_view k_key_file = "secret-key";

config::load_outcome load(std::string_view text) {
  const config::environment env = [](std::string_view name) -> std::optional<std::string> {
    return name == "FUZZ_VALUE" ? std::optional<std::string>{"8080"} : std::nullopt;
  };
  const config::file_reader files = [](const std::string&, std::size_t) {
    return std::optional<std::string>{k_key_file};
  };
  return config::load_settings_from_text(text, "fuzz.yaml", "", env, files);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::view_of(data, size);
  const config::load_outcome first = load(text);
  const auto is_error = [](const config::problem& found) { return found.level == config::severity::error; };
  fuzz::require(first.ok() == std::none_of(first.problems.begin(), first.problems.end(), is_error),
                "a configuration is usable exactly when nothing is wrong");
  fuzz::require(first.problems.size() <= config::k_problems_max + 1, "problems are bounded");
  const auto lines = static_cast<std::size_t>(1 + std::count(text.begin(), text.end(), '\n') +
                                              std::count(text.begin(), text.end(), '\r'));
  const bool secret_in_text = text.find(k_key_file) != std::string_view::npos;
  for (const config::problem& found : first.problems) {
    fuzz::require(!found.message.empty(), "a problem says what is wrong");
    fuzz::require(found.at.line <= lines + 1, "a problem's line is in the file");
    fuzz::require(secret_in_text || to_string(found).find(k_key_file) == std::string::npos,
                  "a problem shows no secret");
  }
  const config::load_outcome second = load(text);
  fuzz::require(std::equal(first.problems.begin(), first.problems.end(), second.problems.begin(), second.problems.end(),
                           [](const auto& a, const auto& b) { return to_string(a) == to_string(b); }),
                "the same text has the same problems");
  return 0;
}
