#include "bench/semantic/question_set.h"

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <zlib.h>

namespace inferenceflow::bench {

namespace json = boost::json;

namespace {

constexpr double k_score_same = 4; ///< STS: "mostly equivalent, unimportant details differ"
constexpr std::string_view k_no_intent = "oos";

result<std::string> unpacked(const std::string& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file{gzopen(path.c_str(), "rb"), gzclose};
  if (!file) {
    return make_error(error_kind::invalid_request, fmt::format("{} cannot be opened", path));
  }
  std::string whole;
  std::vector<char> piece(1U << 20U);
  for (int got = 0; (got = gzread(file.get(), piece.data(), static_cast<unsigned>(piece.size()))) != 0;) {
    if (got < 0 || whole.size() > k_file_bytes_max) {
      return make_error(error_kind::invalid_request, fmt::format("{} is damaged or too large", path));
    }
    whole.append(piece.data(), static_cast<std::size_t>(got));
  }
  return whole;
}

/// Which groups were found to be one.
class unions {
public:
  std::uint32_t add() {
    parents_.push_back(static_cast<std::uint32_t>(parents_.size()));
    return parents_.back();
  }
  std::uint32_t of(std::uint32_t one) {
    while (parents_[one] != one) {
      parents_[one] = parents_[parents_[one]];
      one = parents_[one];
    }
    return one;
  }
  void join(std::uint32_t one, std::uint32_t other) { parents_[of(one)] = of(other); }

private:
  std::vector<std::uint32_t> parents_;
};

/// Reads rows of any of the four kinds into one set.
class set_builder {
public:
  explicit set_builder(std::string name) { made_.name = std::move(name); }

  /// @returns false for a row of no known kind.
  bool take(const json::object& row) {
    if (const auto question = text_in(row, "text"), intent = text_in(row, "intent"); question && intent) {
      const std::uint32_t at = position(*question);
      const auto [named, fresh] = intents_.try_emplace(*intent, at);
      if (!fresh && *intent != k_no_intent) {
        groups_.join(at, named->second);
      }
      return true;
    }
    if (const auto origin = text_in(row, "origin"), similar = text_in(row, "similar"); origin && similar) {
      later_.emplace_back(position(*origin), *similar);
      return true;
    }
    const auto one = text_in(row, "a");
    const auto other = text_in(row, "b");
    const auto same = same_in(row);
    if (!one || !other || !same) {
      return false;
    }
    const std::uint32_t a = position(*one);
    const std::uint32_t b = position(*other);
    made_.complete = false;
    if (*same) {
      groups_.join(a, b);
    } else {
      made_.unlike.emplace_back(a, b);
    }
    return true;
  }

  question_set finish() {
    if (!later_.empty()) { // originals are known, their paraphrases are asked
      made_.known = made_.texts.size();
      for (const auto& [origin, similar] : later_) {
        groups_.join(position(similar), origin);
      }
    }
    for (std::uint32_t i = 0; i < made_.texts.size(); ++i) {
      made_.groups.push_back(groups_.of(i));
    }
    std::erase_if(made_.unlike, [this](const auto& pair) {
      return made_.groups[pair.first] == made_.groups[pair.second]; // labels that contradict others
    });
    for (const auto& [a, b] : made_.unlike) {
      made_.apart.insert(question_set::pair_of(made_.groups[a], made_.groups[b]));
    }
    return std::move(made_);
  }

private:
  static std::optional<std::string> text_in(const json::object& row, std::string_view key) {
    const auto* found = row.if_contains(key);
    return found != nullptr && found->is_string() && !found->get_string().empty()
               ? std::optional(std::string(found->get_string()))
               : std::nullopt;
  }

  /// Of dup or score; nullopt when there is neither.
  static std::optional<bool> same_in(const json::object& row) {
    if (const auto* label = row.if_contains("dup")) {
      if (label->is_bool()) {
        return label->get_bool();
      }
      return label->is_int64() ? std::optional(label->get_int64() != 0) : std::nullopt;
    }
    const auto* score = row.if_contains("score");
    if (score == nullptr || !score->is_number()) {
      return std::nullopt;
    }
    return score->to_number<double>() >= k_score_same;
  }

  std::uint32_t position(const std::string& text) {
    const auto [at, fresh] = positions_.try_emplace(text, static_cast<std::uint32_t>(made_.texts.size()));
    if (fresh) {
      made_.texts.push_back(text);
      (void)groups_.add();
    }
    return at->second;
  }

  question_set made_;
  unions groups_;
  std::map<std::string, std::uint32_t> positions_;
  std::map<std::string, std::uint32_t> intents_;
  std::vector<std::pair<std::uint32_t, std::string>> later_;
};

result<question_set> read_set(const std::filesystem::path& path, std::string name) {
  const auto content = unpacked(path.string());
  if (!content) {
    return content.error();
  }
  set_builder builder{std::move(name)};
  std::size_t line = 0;
  for (std::size_t at = 0; at < content->size();) {
    const std::size_t end = std::min(content->find('\n', at), content->size());
    const std::string_view row = std::string_view(*content).substr(at, end - at);
    at = end + 1;
    ++line;
    boost::system::error_code failed;
    const auto parsed = json::parse(row, failed);
    if (failed || !parsed.is_object() || !builder.take(parsed.get_object())) {
      return make_error(error_kind::invalid_request,
                        fmt::format("{}:{}: expected an object with a, b and dup or score; text and intent; or origin "
                                    "and similar",
                                    path.string(), line));
    }
  }
  question_set made = builder.finish();
  if (made.texts.size() <= made.known) {
    return make_error(error_kind::invalid_request, fmt::format("{} holds no question", path.string()));
  }
  return made;
}

} // namespace

std::uint64_t question_set::pair_of(std::uint32_t one_group, std::uint32_t other_group) {
  const auto [low, high] = std::minmax(one_group, other_group);
  return (std::uint64_t{high} << 32U) | low;
}

relation question_set::between(std::uint32_t one, std::uint32_t other) const {
  if (groups[one] == groups[other]) {
    return relation::same;
  }
  return complete || apart.contains(pair_of(groups[one], groups[other])) ? relation::different : relation::unknown;
}

result<std::vector<question_set>> read_question_sets(const std::string& folder) {
  namespace fs = std::filesystem;
  const fs::path below = fs::path(folder) / "semantic_cache";
  const fs::path from = fs::is_directory(below) ? below : fs::path(folder);
  std::vector<fs::path> files;
  if (fs::is_directory(from)) {
    for (const auto& each : fs::directory_iterator(from)) {
      const std::string name = each.path().filename().string();
      if (name.ends_with(".jsonl") || name.ends_with(".jsonl.gz")) {
        files.push_back(each.path());
      }
    }
  }
  if (files.empty()) {
    return make_error(
        error_kind::invalid_request,
        fmt::format("no .jsonl or .jsonl.gz in {}; DATA names a folder with question sets: Quora question "
                    "pairs, CheckList's suite, Banking77, CLINC150 and the like (bench/semantic/README.md "
                    "says where they come from and what columns they have)",
                    from.string()));
  }
  std::sort(files.begin(), files.end());
  std::vector<question_set> sets;
  for (const auto& path : files) {
    const std::string name = path.filename().string();
    auto read = read_set(path, name.substr(0, name.find(".jsonl")));
    if (!read) {
      return read.error();
    }
    sets.push_back(std::move(*read));
  }
  return sets;
}

} // namespace inferenceflow::bench
