#include "quality/router_file.h"

#include "quality/file_parts.h"
#include "quality/forest_model.h"
#include "quality/linear_model.h"
#include "quality/mean_model.h"
#include "quality/neighbour_model.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <numeric>

namespace inferenceflow::quality {

namespace {

constexpr std::uint64_t k_magic = 0x3152544F52464C49U; // "ILFROTR1" as little-endian bytes
constexpr std::uint64_t k_list_max = 4096;

void put_double(vectors::index_writer& into, double value) {
  into.number<double>(value);
}

void put_mixture(vectors::index_writer& into, const mixture& from) {
  put(into, from.members);
  put(into, from.shares);
  put(into, from.calibration_rows);
  into.number<std::uint64_t>(from.calibration.size());
  for (const statistics::monotone_map& line : from.calibration) {
    put(into, std::vector<statistics::monotone_map::point>{line.points().begin(), line.points().end()});
  }
  put(into, from.name);
}

void put_facts(vectors::index_writer& into, const training_facts& facts) {
  put(into, facts.date);
  into.number<std::uint64_t>(facts.rows);
  into.number<std::uint64_t>(facts.folds);
  into.number<std::uint64_t>(facts.seed);
  into.number<std::uint64_t>(facts.left_out);
  into.number<std::uint64_t>(facts.dropped_models.size());
  for (const std::string& name : facts.dropped_models) {
    put(into, name);
  }
  put(into, facts.mean_scores);
  into.number<std::uint64_t>(facts.candidates.size());
  for (const candidate_score& one : facts.candidates) {
    put(into, one.name);
    put_double(into, one.gain);
    put_double(into, one.gain_error);
    put_double(into, one.squared_error);
    put_double(into, one.best_quality);
    into.number<std::uint8_t>(one.chosen ? 1 : 0);
  }
}

/// Shares of one whole.
bool all_shares(std::span<const float> shares) {
  return std::all_of(shares.begin(), shares.end(), [](float share) { return share >= 0 && share <= 1; });
}

bool is_trained(const statistics::monotone_map::point& one) {
  constexpr auto k_most = static_cast<double>(k_trained_max);
  return std::fabs(one.x) <= k_most && std::fabs(one.y) <= k_most;
}

bool get_count(vectors::index_reader& from, std::uint64_t& count, std::uint64_t most = k_list_max) {
  return from.number(count) && count <= most;
}

/// Reads what was written above; the first thing that is not as it should be ends it.
class router_reader {
public:
  explicit router_reader(vectors::index_reader& from)
      : from_(from) {}

  /// @returns what is wrong, or null.
  const char* read(router_parts& into) {
    std::uint64_t count = 0;
    if (!get_count(from_, count, k_models_max) || count == 0) {
      return "the number of models is out of range";
    }
    into.models.resize(count);
    for (std::string& name : into.models) {
      if (!get(from_, name)) {
        return "the models' names are cut off";
      }
    }
    if (!get(from_, into.space) || !from_.number(into.dimensions) || into.dimensions > k_dimensions_max ||
        !from_.number(into.log_bytes) || !std::isfinite(into.log_bytes)) {
      return "the embedder's space is cut off or out of range";
    }
    if (!get(from_, into.tokens) || into.tokens.size() != into.models.size()) {
      return "the output lengths are damaged";
    }
    for (const token_line& line : into.tokens) {
      if (!std::isfinite(line.at_mean) || !std::isfinite(line.slope) || !std::isfinite(line.smear)) {
        return "the output lengths are damaged";
      }
    }
    if (const char* wrong = scorers(into)) {
      return wrong;
    }
    if (!mixture_of(into, into.text, false) || into.text.members.empty() || !mixture_of(into, into.vector, true)) {
      return "a mixture is damaged";
    }
    return facts(into.facts, into.models.size()) ? nullptr : "the training facts are damaged";
  }

private:
  const char* scorers(router_parts& into) {
    std::uint64_t count = 0;
    if (!get_count(from_, count, k_scorers_max)) {
      return "the number of scorers is out of range";
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      std::uint32_t kind = 0;
      std::unique_ptr<scorer> one;
      if (!from_.number(kind)) {
        return "a scorer is cut off";
      }
      switch (static_cast<family>(kind)) {
      case family::mean: one = mean_model::read(from_, into.models.size()); break;
      case family::linear: one = linear_model::read(from_, into.models.size()); break;
      case family::forest: one = forest_model::read(from_, into.models.size()); break;
      case family::neighbours: one = neighbour_model::read(from_, into.models.size()); break;
      }
      if (one == nullptr) {
        return "a scorer is damaged";
      }
      into.scorers.push_back(std::move(one));
    }
    return nullptr;
  }

  bool mixture_of(const router_parts& parts, mixture& into, bool with_vector) {
    std::uint64_t count = 0;
    if (!get(from_, into.members) || !get(from_, into.shares) || !get(from_, into.calibration_rows) ||
        !get_count(from_, count)) {
      return false;
    }
    const bool empty = into.members.empty();
    if (into.shares.size() != into.members.size() || count != (empty ? 0 : parts.models.size()) ||
        into.calibration_rows.size() != count || !all_shares(into.shares) || !all_trained(into.calibration_rows)) {
      return false;
    }
    for (const std::uint32_t member : into.members) {
      if (member >= parts.scorers.size() || (parts.scorers[member]->reads_vector() && !with_vector)) {
        return false;
      }
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      std::vector<statistics::monotone_map::point> points;
      if (!get(from_, points)) {
        return false;
      }
      const bool trained = std::all_of(points.begin(), points.end(), is_trained);
      auto line = statistics::monotone_map::from_points(std::move(points));
      if (!trained || !line) {
        return false;
      }
      into.calibration.push_back(std::move(*line));
    }
    return get(from_, into.name);
  }

  bool facts(training_facts& into, std::size_t models) {
    std::uint64_t count = 0;
    if (!get(from_, into.date) || !from_.number(into.rows) || !from_.number(into.folds) || !from_.number(into.seed) ||
        !from_.number(into.left_out) || !get_count(from_, count)) {
      return false;
    }
    into.dropped_models.resize(count);
    for (std::string& name : into.dropped_models) {
      if (!get(from_, name)) {
        return false;
      }
    }
    if (!get(from_, into.mean_scores) || into.mean_scores.size() != models || !get_count(from_, count)) {
      return false;
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      candidate_score one;
      std::uint8_t chosen = 0;
      if (!get(from_, one.name) || !from_.number(one.gain) || !from_.number(one.gain_error) ||
          !from_.number(one.squared_error) || !from_.number(one.best_quality) || !from_.number(chosen)) {
        return false;
      }
      one.chosen = chosen != 0;
      into.candidates.push_back(std::move(one));
    }
    return true;
  }

  vectors::index_reader& from_;
};

} // namespace

result<void> save_router(const std::string& path, const router& made) {
  auto file = vectors::index_file::create(path);
  if (!file) {
    return file.error();
  }
  const router_parts& parts = made.parts();
  vectors::index_writer out;
  out.number<std::uint64_t>(k_magic);
  out.number<std::uint32_t>(k_router_version);
  out.number<std::uint32_t>(k_features_version);
  out.number<std::uint64_t>(parts.models.size());
  for (const std::string& name : parts.models) {
    put(out, name);
  }
  put(out, parts.space);
  out.number<std::uint32_t>(parts.dimensions);
  out.number<float>(parts.log_bytes);
  put(out, parts.tokens);
  out.number<std::uint64_t>(parts.scorers.size());
  for (const auto& one : parts.scorers) {
    out.number<std::uint32_t>(static_cast<std::uint32_t>(one->kind()));
    one->write(out);
  }
  put_mixture(out, parts.text);
  put_mixture(out, parts.vector);
  put_facts(out, parts.facts);
  if (auto written = file->append(out); !written) {
    return written;
  }
  return file->commit();
}

result<std::shared_ptr<const router>> open_router(const std::string& path) {
  auto file = vectors::index_reader::open(path);
  if (!file) {
    return file.error();
  }
  std::error_code unknown;
  if (std::filesystem::file_size(path, unknown) > k_router_bytes_max && !unknown) {
    return make_error(error_kind::invalid_request, fmt::format("{}: more than {} bytes", path, k_router_bytes_max));
  }
  std::uint64_t magic = 0;
  std::uint32_t version = 0;
  std::uint32_t features = 0;
  const auto wrong = [&](const std::string& what) {
    return make_error(error_kind::invalid_request,
                      fmt::format("{}: {}; `inferenceflow router train` makes a new one", path, what));
  };
  if (!file->number(magic) || magic != k_magic) {
    return wrong("no router file of this program and machine");
  }
  if (!file->number(version) || !file->number(features)) {
    return wrong("the router file is cut off");
  }
  if (version != k_router_version || features != k_features_version) {
    return wrong(fmt::format("a router file of version {}.{}; this program reads {}.{}", version, features,
                             k_router_version, k_features_version));
  }
  router_parts parts;
  if (const char* fault = router_reader{*file}.read(parts)) {
    return wrong(fmt::format("damaged: {}", fault));
  }
  if (auto done = file->finish(); !done) {
    return wrong(done.error().message);
  }
  return std::make_shared<const router>(std::move(parts));
}

result<std::shared_ptr<const predictor>> load_router(const std::string& path) {
  auto opened = open_router(path);
  if (!opened) {
    return opened.error();
  }
  return std::shared_ptr<const predictor>(std::move(*opened));
}

} // namespace inferenceflow::quality
