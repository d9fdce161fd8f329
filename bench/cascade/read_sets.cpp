#include "bench/cascade/recorded.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string_view>
#include <zlib.h>

namespace inferenceflow::bench {

namespace json = boost::json;

namespace {

constexpr std::size_t k_file_bytes_max = 256U << 20U;

result<std::string> unpacked(const std::string& folder, const std::string& name) {
  const auto inside = std::filesystem::path(folder) / "cascade" / name;
  const auto path = std::filesystem::exists(inside) ? inside : std::filesystem::path(folder) / name;
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file{gzopen(path.c_str(), "rb"), gzclose};
  if (!file) {
    return make_error(error_kind::invalid_request, fmt::format("{} cannot be opened", path.string()));
  }
  std::string whole;
  std::vector<char> piece(1U << 20U);
  for (int got = 0; (got = gzread(file.get(), piece.data(), static_cast<unsigned>(piece.size()))) != 0;) {
    if (got < 0 || whole.size() > k_file_bytes_max) {
      return make_error(error_kind::invalid_request, fmt::format("{} is damaged or too large", path.string()));
    }
    whole.append(piece.data(), static_cast<std::size_t>(got));
  }
  return whole;
}

std::string_view cut(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto before = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return before;
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

/// USD per call: docs of the data, per 10,000 calls.
std::optional<double> price_of(std::string_view service) {
  constexpr double k_calls = 10'000;
  if (service == "Google") {
    return 2.5 / k_calls;
  }
  if (service == "Baidu") {
    return 3.5 / k_calls;
  }
  if (service == "Amazon") {
    return 0.75 / k_calls;
  }
  return service.starts_with("GitHub") ? std::optional{0.001 / k_calls} : std::nullopt;
}

double accuracy(const recorded_set& set, std::size_t service) {
  const auto right = std::count_if(set.questions.begin(), set.questions.end(),
                                   [&](const question& each) { return each.attempts[service].right; });
  return static_cast<double>(right) / static_cast<double>(std::max<std::size_t>(set.questions.size(), 1));
}

std::size_t most_accurate(const recorded_set& set, const std::vector<std::size_t>& among) {
  return *std::max_element(among.begin(), among.end(),
                           [&](std::size_t a, std::size_t b) { return accuracy(set, a) < accuracy(set, b); });
}

/// Every chain of one to three services, cheaper ones first.
void add_chains(recorded_set& set) {
  std::vector<std::size_t> by_price(set.services.size());
  std::iota(by_price.begin(), by_price.end(), std::size_t{0});
  const auto price = [&](std::size_t service) { return set.questions.front().attempts[service].cost; };
  std::stable_sort(by_price.begin(), by_price.end(), [&](std::size_t a, std::size_t b) { return price(a) < price(b); });
  for (unsigned members = 1; members < 1U << by_price.size(); ++members) {
    std::vector<std::size_t> chain;
    for (std::size_t i = 0; i < by_price.size(); ++i) {
      if ((members >> i & 1U) != 0) {
        chain.push_back(by_price[i]);
      }
    }
    if (chain.size() <= 3) {
      set.chains.push_back(chain);
    }
    if (chain.size() == 2 && chain.back() == set.best) {
      set.simple.push_back(chain);
    }
  }
}

/// Four times service, confidence, label, right. @returns nullopt when something is missing.
std::optional<question> sentiment_row(std::string_view line, std::vector<std::string>& services) {
  question row;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto service = cut(line, ',');
    const auto confidence = number_of(cut(line, ','));
    const auto label = cut(line, ',');
    const auto right = cut(line, ',');
    const auto price = price_of(service);
    if (!confidence || !price || label.empty() || (right != "0" && right != "1")) {
      return std::nullopt;
    }
    if (services.size() == i) {
      services.emplace_back(service);
    }
    row.attempts.push_back(
        {.cost = *price, .right = right == "1", .seen = {.score = *confidence}, .label = std::string{label}});
  }
  return row;
}

} // namespace

result<std::vector<recorded_set>> read_sentiment(const std::string& folder) {
  const auto content = unpacked(folder, "frugalml_sentiment_apis.csv.gz");
  if (!content) {
    return content.error();
  }
  std::map<std::string, recorded_set, std::less<>> by_name;
  std::string_view rest{*content};
  (void)cut(rest, '\n'); // names of the columns
  for (std::size_t number = 2; !rest.empty(); ++number) {
    std::string_view line = cut(rest, '\n');
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    const std::string name{cut(line, ',')};
    (void)cut(line, ',');
    recorded_set& set = by_name[name];
    auto row = sentiment_row(line, set.services);
    if (!row) {
      return make_error(error_kind::invalid_request, fmt::format("frugalml_sentiment_apis: line {} is broken", number));
    }
    row->group = set.groups++;
    set.questions.push_back(std::move(*row));
  }
  std::vector<recorded_set> sets;
  for (auto& [name, set] : by_name) {
    set.name = "frugalml " + name;
    set.two_classes = true;
    set.best = most_accurate(set, {0, 1, 2, 3});
    add_chains(set);
    sets.push_back(std::move(set));
  }
  return sets;
}

namespace {

struct token_prices {
  double input = 0; ///< USD per token
  double output = 0;
};

/// List prices of 2023: OpenAI's of June 13 (gpt-4 8K, gpt-3.5-turbo 4K); Llama 2 13B as hosted by Anyscale.
token_prices prices_of(std::string_view configuration) {
  if (configuration.starts_with("gpt-4")) {
    return {.input = 0.03e-3, .output = 0.06e-3};
  }
  return configuration.starts_with("gpt-3.5") ? token_prices{.input = 0.0015e-3, .output = 0.002e-3}
                                              : token_prices{.input = 0.25e-6, .output = 0.25e-6};
}

constexpr double k_characters_per_token = 4;
constexpr std::array<std::size_t, 3> k_sample_counts = {3, 8, 20};

/// The samples of one configuration for one question, as far as the file tells: which said the same, which were right.
struct sampled {
  std::vector<int> answers = {}; ///< classes; negative: no answer
  int right_class = -1;          ///< -2 where none of the classes is right
  double characters = 0;         ///< of one sample
};

double field(const json::object& row, std::string_view name) {
  const auto* found = row.if_contains({name.data(), name.size()});
  return found != nullptr && found->is_number() ? found->to_number<double>() : 0;
}

bool flag(const json::object& row, std::string_view name) {
  const auto* found = row.if_contains({name.data(), name.size()});
  return found != nullptr && found->is_bool() && found->get_bool();
}

/// The classes beside the largest and the right one are taken to be of equal size: the file does not tell.
sampled samples_of(const json::object& row) {
  sampled made{.right_class = -2, .characters = field(row, "mean_chars")};
  const auto count = static_cast<int>(field(row, "n"));
  const auto answered = static_cast<int>(field(row, "answered"));
  const int largest = static_cast<int>(std::lround(field(row, "top_share") * count));
  made.answers.assign(static_cast<std::size_t>(std::max(count, 0)), -1);
  auto next = made.answers.begin();
  const auto put = [&](int how_many, int answer) {
    for (; how_many > 0 && next != made.answers.end(); --how_many, ++next) {
      *next = answer;
    }
  };
  put(largest, 0);
  int classes = static_cast<int>(field(row, "distinct")) - 1;
  int placed = largest;
  int name = 1;
  if (flag(row, "majority_ok")) {
    made.right_class = 0;
  } else if (const int right = static_cast<int>(std::lround(field(row, "sample_ok_rate") * count)); right > 0) {
    made.right_class = name;
    put(right, name++);
    placed += right;
    --classes;
  }
  for (int left = answered - placed; left > 0; ++name) {
    const int share = classes > 1 ? std::max(1, left / classes) : left;
    put(share, name);
    left -= share;
    --classes;
  }
  return made;
}

/// The majority of the first `count` samples.
attempt majority(const sampled& from, std::size_t count) {
  attempt made;
  std::map<int, std::size_t> votes;
  std::size_t most = 0;
  int winner = -1;
  count = std::min(count, from.answers.size());
  for (std::size_t i = 0; i < count; ++i) {
    const int answer = from.answers[i];
    if (answer >= 0 && ++votes[answer] > most) {
      most = votes[answer];
      winner = answer;
    }
  }
  made.right = winner >= 0 && winner == from.right_class;
  made.seen.empty = most == 0;
  made.seen.agreement = count == 0 ? 0 : static_cast<double>(most) / static_cast<double>(count);
  return made;
}

/// Characters of the examples before each question: Evaluation/prompting/{date,gsm8k}.py of MurongYue/LLM_MoT_cascade
/// at 8db97e652d19, of which the answers come.
double prompt_characters(std::string_view set, std::string_view configuration) {
  struct length {
    std::string_view ending;
    double date;
    double gsm8k;
  };
  static constexpr std::array k_lengths = {length{"cot1", 1785, 5255}, length{"cot2", 1676, 4384},
                                           length{"pot1", 2577, 4205}, length{"pot2", 2472, 3947}};
  for (const auto& each : k_lengths) {
    if (configuration.ends_with(each.ending)) {
      return set == "date" ? each.date : each.gsm8k;
    }
  }
  return 0;
}

struct sample_row {
  double question_characters = 0;
  bool prompts_paid = false; ///< the examples before the question are part of the bill
  std::string set = {};
  std::map<std::string, sampled, std::less<>> by_configuration = {};
};

/// Services of a set: each weak configuration with each number of samples, and its later samples after the first ones.
struct weak_service {
  std::string configuration = {};
  std::size_t from = 0; ///< samples that were paid for before
  std::size_t to = 0;
};

/// Share of right samples of a model, e.g. "gpt-3.5-turbo", over its prompts.
double sample_accuracy(const std::vector<sample_row>& rows, std::string_view model) {
  double right = 0;
  double all = 0;
  for (const sample_row& row : rows) {
    for (const auto& [configuration, samples] : row.by_configuration) {
      if (std::string_view{configuration}.substr(0, configuration.find('|')) == model) {
        right += static_cast<double>(std::count(samples.answers.begin(), samples.answers.end(), samples.right_class));
        all += static_cast<double>(samples.answers.size());
      }
    }
  }
  return all > 0 ? right / all : 0;
}

/// Of the more accurate weak model alone: with some two hundred questions, each service more is one more to choose by
/// chance.
std::vector<weak_service> weak_services(const std::vector<sample_row>& rows) {
  std::string weak_model;
  for (const auto& [configuration, samples] : rows.front().by_configuration) {
    const std::string model = configuration.substr(0, configuration.find('|'));
    if (model != "gpt-4" && sample_accuracy(rows, model) > sample_accuracy(rows, weak_model)) {
      weak_model = model;
    }
  }
  std::vector<weak_service> made;
  for (const auto& [configuration, samples] : rows.front().by_configuration) {
    if (weak_model.empty() || !configuration.starts_with(weak_model)) {
      continue;
    }
    for (const std::size_t count : k_sample_counts) {
      made.push_back({.configuration = configuration, .from = 0, .to = count});
    }
    for (std::size_t i = 1; i < k_sample_counts.size(); ++i) {
      made.push_back({.configuration = configuration, .from = k_sample_counts[i - 1], .to = k_sample_counts[i]});
    }
  }
  return made;
}

double cost_of(const sample_row& row, std::string_view configuration, double samples) {
  const token_prices prices = prices_of(configuration);
  const double answer = row.by_configuration.find(configuration)->second.characters;
  const double prompt = row.question_characters + (row.prompts_paid ? prompt_characters(row.set, configuration) : 0);
  return (prices.input * prompt + prices.output * samples * answer) / k_characters_per_token;
}

question drawn(const sample_row& row, const std::vector<weak_service>& weak, const std::vector<std::string>& strong,
               std::mt19937_64& draws) {
  std::map<std::string, sampled, std::less<>> shuffled = row.by_configuration;
  for (auto& [name, samples] : shuffled) {
    std::shuffle(samples.answers.begin(), samples.answers.end(), draws);
  }
  question made;
  for (const weak_service& each : weak) {
    attempt one = majority(shuffled.find(each.configuration)->second, each.to);
    one.cost = cost_of(row, each.configuration, static_cast<double>(each.to - each.from));
    made.attempts.push_back(std::move(one));
  }
  for (const std::string& each : strong) {
    attempt one = majority(shuffled.find(each)->second, 1);
    one.seen = {};
    one.cost = cost_of(row, each, 1);
    made.attempts.push_back(std::move(one));
  }
  return made;
}

/// To the best strong answer from some samples; from some and then more; from some of one configuration, then as many
/// of another.
void add_sample_chains(recorded_set& set, const std::vector<weak_service>& weak) {
  for (std::size_t i = 0; i < weak.size(); ++i) {
    if (weak[i].from > 0) {
      continue;
    }
    set.chains.push_back({i, set.best});
    set.simple.push_back({i, set.best});
    for (std::size_t j = 0; j < weak.size(); ++j) {
      const bool more = weak[j].configuration == weak[i].configuration && weak[j].from == weak[i].to;
      if (more) {
        set.chains.push_back({i, j, set.best});
      }
    }
  }
  set.chains.push_back({set.best});
}

result<recorded_set> set_of(std::string name, std::string_view wanted, const std::vector<sample_row>& rows,
                            std::size_t draws, std::uint64_t seed) {
  recorded_set set{.name = std::move(name)};
  std::vector<std::string> strong;
  for (const auto& [configuration, samples] : rows.front().by_configuration) {
    if (configuration == wanted || (wanted.empty() && configuration.starts_with("gpt-4|greedy"))) {
      strong.push_back(configuration);
    }
  }
  const auto weak = weak_services(rows);
  if (strong.empty() || weak.empty()) {
    return make_error(error_kind::invalid_request, fmt::format("{}: no weak or no strong model", set.name));
  }
  for (const weak_service& each : weak) {
    set.services.push_back(each.from == 0
                               ? fmt::format("{} x{}", each.configuration, each.to)
                               : fmt::format("{} x{}+{}", each.configuration, each.from, each.to - each.from));
  }
  set.services.insert(set.services.end(), strong.begin(), strong.end());
  std::mt19937_64 generator{seed};
  for (const sample_row& row : rows) {
    for (const auto& each : set.services) {
      if (!row.by_configuration.contains(std::string_view{each}.substr(0, each.find(" x")))) {
        return make_error(error_kind::invalid_request, fmt::format("{}: a question without {}", set.name, each));
      }
    }
    for (std::size_t i = 0; i < draws; ++i) {
      set.questions.push_back(drawn(row, weak, strong, generator));
      set.questions.back().group = set.groups;
    }
    ++set.groups;
  }
  std::vector<std::size_t> among(strong.size());
  std::iota(among.begin(), among.end(), weak.size());
  set.best = most_accurate(set, among); // in hindsight: the harder comparison
  add_sample_chains(set, weak);
  return set;
}

} // namespace

result<std::vector<recorded_set>> read_samples(const std::string& folder, std::size_t draws, std::uint64_t seed) {
  const auto content = unpacked(folder, "mot_self_consistency.jsonl.gz");
  if (!content) {
    return content.error();
  }
  std::map<std::string, std::vector<sample_row>> by_name;
  std::string_view rest{*content};
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto line = cut(rest, '\n');
    boost::system::error_code failed;
    const auto parsed = json::parse({line.data(), line.size()}, failed);
    const auto* row = failed ? nullptr : parsed.if_object();
    const auto* models = row == nullptr ? nullptr : row->if_contains("m");
    const auto* text = row == nullptr ? nullptr : row->if_contains("question");
    const auto* name = row == nullptr ? nullptr : row->if_contains("dataset");
    if (models == nullptr || !models->is_object() || text == nullptr || !text->is_string() || name == nullptr ||
        !name->is_string()) {
      return make_error(error_kind::invalid_request, fmt::format("mot_self_consistency: line {} is broken", number));
    }
    sample_row made{.question_characters = static_cast<double>(text->get_string().size()),
                    .set = std::string{name->get_string()}};
    for (const auto& each : models->get_object()) {
      if (each.value().is_object()) {
        made.by_configuration.emplace(each.key(), samples_of(each.value().get_object()));
      }
    }
    by_name[made.set].push_back(std::move(made));
  }
  std::vector<recorded_set> sets;
  for (auto& [name, rows] : by_name) {
    for (const std::string variant : {"cot1", "cot2", "pot1", "no prompt"}) {
      const bool paid = variant != "no prompt";
      std::for_each(rows.begin(), rows.end(), [paid](sample_row& each) { each.prompts_paid = paid; });
      auto set =
          set_of(fmt::format("mot {}, {}", name, variant), paid ? "gpt-4|greedy_" + variant : "", rows, draws, seed);
      if (!set) {
        return set.error();
      }
      sets.push_back(std::move(*set));
    }
  }
  return sets;
}

} // namespace inferenceflow::bench
