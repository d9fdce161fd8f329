#include "app/router/training_export.h"

#include "pipeline/question.h"
#include "store/ledger_history.h"
#include "store/request_table.h"
#include "wire/json/text.h"

#include <fmt/format.h>
#include <iterator>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace inferenceflow::app::router {

namespace {

/// Of one model for one prompt.
struct tally {
  double scores = 0;
  double tokens = 0;
  std::uint64_t requests = 0;
};

/// By model; a map so that the members of a line have an order.
struct gathered {
  std::map<std::string, tally> models;
  std::uint64_t requests = 0;
  bool written = false;
};

struct key_hash {
  std::size_t operator()(const store::request_key& key) const noexcept {
    return std::hash<std::string_view>{}({key.data(), key.size()});
  }
};

std::optional<dialogue::protocol> protocol_at(std::string_view path) {
  using dialogue::protocol;
  if (path == "/v1/chat/completions") {
    return protocol::openai_chat;
  }
  if (path == "/v1/responses") {
    return protocol::openai_responses;
  }
  if (path == "/v1/messages") {
    return protocol::anthropic;
  }
  if (path == "/v2/chat") {
    return protocol::cohere;
  }
  if (path.starts_with("/v1beta/models/") || path.starts_with("/v1/models/")) {
    return protocol::gemini;
  }
  return path.starts_with("/model/") ? std::optional{protocol::bedrock} : std::nullopt;
}

void add_text(std::string& line, std::string_view name, std::string_view text) {
  fmt::format_to(std::back_inserter(line), R"("{}":")", name);
  wire::json::append_escaped(line, text);
  line += "\"";
}

template <class Figure> void add_figures(std::string& line, std::string_view name, const gathered& of, Figure figure) {
  fmt::format_to(std::back_inserter(line), R"(,"{}":{{)", name);
  for (const auto& [model, sums] : of.models) {
    line += line.back() == '{' ? "\"" : ",\"";
    wire::json::append_escaped(line, model);
    fmt::format_to(std::back_inserter(line), R"(":{:.6g})", figure(sums) / static_cast<double>(sums.requests));
  }
  line += "}";
}

/// The same text is one group, whatever stands around it: it must not be learned from and tested on.
std::string group_of(std::string_view text) {
  std::string hex;
  for (const char byte : store::key_of({.path = {}, .body = std::string{text}}, {})) {
    fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned char>(byte));
  }
  return hex;
}

std::string line_of(const pipeline::question& asked, const gathered& of) {
  std::string line = "{";
  add_text(line, "prompt", asked.text);
  if (!asked.context.empty()) {
    line += ",";
    add_text(line, "context", asked.context);
  }
  fmt::format_to(std::back_inserter(line), R"(,"turns":{})", asked.turns);
  add_figures(line, "scores", of, [](const tally& sums) { return sums.scores; });
  add_figures(line, "output_tokens", of, [](const tally& sums) { return sums.tokens; });
  line += ",";
  add_text(line, "group", group_of(asked.text));
  return line += "}";
}

class exporter {
public:
  exporter(const std::string& ledger, const export_wish& wish, const dialogue::codec_set& codecs)
      : ledger_(ledger)
      , wish_(wish)
      , codecs_(codecs) {}

  result<export_counts> run(const std::function<bool(std::string_view line)>& write) {
    auto gathered_all = each([this](const store::past_request& past) {
      gather(past);
      return true;
    });
    if (!gathered_all) {
      return gathered_all.error();
    }
    bool fine = true;
    auto written_all = each([&](const store::past_request& past) { return fine = write_first(past, write); });
    if (!written_all) {
      return written_all.error();
    }
    return fine ? result<export_counts>{counts_} : make_error(error_kind::internal, "the output cannot be written");
  }

private:
  /// Calls `take` with each judged request of the tenant until it says false.
  template <class Take> result<void> each(Take take) {
    auto history = store::ledger_history::open(
        ledger_, {.from_ms = wish_.from_ms, .until_ms = wish_.until_ms, .judged_only = true});
    if (!history) {
      return history.error();
    }
    for (;;) {
      const auto past = history->next();
      if (!past) {
        return past.error();
      }
      if (!*past || ((wish_.tenant.empty() || (*past)->row.tenant == wish_.tenant) && !take(**past))) {
        return {};
      }
    }
  }

  void gather(const store::past_request& past) {
    ++counts_.judged;
    const auto score = store::score_of(past.said);
    if (!score) {
      ++counts_.without_score;
    } else if (!past.row.asked) {
      ++(past.body_was_kept ? counts_.body_dropped : counts_.body_not_kept);
    } else if (!protocol_at(past.row.asked->path)) {
      ++counts_.not_a_dialogue;
    } else {
      add(past.row, *score);
    }
  }

  void add(const store::ledger_row& row, double score) {
    const auto key = store::key_of(*row.asked, row.tenant);
    if (prompts_.size() >= k_prompts_max && !prompts_.contains(key)) {
      ++counts_.beyond_bound;
      return;
    }
    gathered& prompt = prompts_[key];
    tally& sums =
        prompt.models[wish_.qualified ? fmt::format("{}/{}", row.provider, row.model_served) : row.model_served];
    sums.scores += score;
    sums.tokens += static_cast<double>(row.usage.completion());
    ++sums.requests;
    ++prompt.requests;
  }

  bool write_first(const store::past_request& past, const std::function<bool(std::string_view line)>& write) {
    if (!past.row.asked) {
      return true;
    }
    const auto found = prompts_.find(store::key_of(*past.row.asked, past.row.tenant));
    if (found == prompts_.end() || std::exchange(found->second.written, true)) {
      return true;
    }
    const store::kept_request& kept = *past.row.asked;
    const auto read = codecs_.of(*protocol_at(kept.path)).read_request(kept.body, {.path = kept.path, .query = {}});
    if (!read) {
      counts_.unreadable += found->second.requests;
      return true;
    }
    pipeline::request asked;
    asked.tenant = past.row.tenant;
    const pipeline::question question = pipeline::question_of(asked, *read);
    if (question.text.empty()) {
      counts_.without_text += found->second.requests;
      return true;
    }
    ++counts_.prompts;
    counts_.scores += found->second.requests;
    return write(line_of(question, found->second));
  }

  const std::string& ledger_;
  const export_wish& wish_;
  const dialogue::codec_set& codecs_;
  export_counts counts_;
  std::unordered_map<store::request_key, gathered, key_hash> prompts_;
};

} // namespace

result<export_counts> export_training(const std::string& ledger, const export_wish& wish,
                                      const dialogue::codec_set& codecs,
                                      const std::function<bool(std::string_view line)>& write) {
  return exporter{ledger, wish, codecs}.run(write);
}

} // namespace inferenceflow::app::router
