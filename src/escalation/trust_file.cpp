#include "escalation/trust.h"
#include "files/pending_file.h"
#include "files/read_whole.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <xxhash.h>

namespace inferenceflow::escalation {

namespace json = boost::json;

namespace {

constexpr std::string_view k_magic = "inferenceflow-trust";
constexpr int k_version = 1;

std::string seal_of(std::string_view body) {
  const auto digest = XXH3_128bits(body.data(), body.size());
  return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

template <class numbers> json::array listed(const numbers& from) {
  json::array made;
  for (const double each : from) {
    made.push_back(each);
  }
  return made;
}

json::array pairs_of(const statistics::monotone_map& map) {
  json::array made;
  for (const auto& point : map.points()) {
    made.push_back(json::array{point.x, point.y});
  }
  return made;
}

/// No training makes larger numbers, and sums of products of such stay finite.
constexpr double k_trained_max = 1e12;

/// Boost.JSON reads numbers quickly rather than to the last bit.
constexpr double k_reading_error = 1e-12;

bool is_trained(double number) {
  return std::fabs(number) <= k_trained_max; // false for NaN
}

/// Exactly as many numbers as `into` has room for.
template <class numbers> bool take(const json::object& from, std::string_view name, numbers& into) {
  const auto* found = from.if_contains({name.data(), name.size()});
  const auto* list = found == nullptr ? nullptr : found->if_array();
  if (list == nullptr || list->size() != into.size()) {
    return false;
  }
  for (std::size_t i = 0; i < into.size(); ++i) {
    if (!(*list)[i].is_number()) {
      return false;
    }
    into[i] = (*list)[i].to_number<double>();
  }
  return std::all_of(into.begin(), into.end(), is_trained);
}

bool take_share(const json::object& from, std::string_view name, double& into) {
  const auto* found = from.if_contains({name.data(), name.size()});
  into = found != nullptr && found->is_number() ? found->to_number<double>() : std::nan("");
  return into >= 0 && into <= 1;
}

bool take_rows(const json::object& from, std::uint64_t& into) {
  const auto* found = from.if_contains("rows");
  const double rows = found != nullptr && found->is_number() ? found->to_number<double>() : -1;
  if (!(rows >= 0 && rows <= static_cast<double>(k_rows_max))) { // what is not a number is refused too
    return false;
  }
  into = static_cast<std::uint64_t>(rows);
  return true;
}

bool take(const json::object& from, std::string_view name, statistics::monotone_map& into) {
  const auto* found = from.if_contains({name.data(), name.size()});
  const auto* list = found == nullptr ? nullptr : found->if_array();
  if (list == nullptr) {
    return false;
  }
  std::vector<statistics::monotone_map::point> points;
  for (const auto& each : *list) {
    const auto* pair = each.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_number() || !(*pair)[1].is_number()) {
      return false;
    }
    const double x = (*pair)[0].to_number<double>();
    const bool swapped = !points.empty() && x < points.back().x && points.back().x - x < k_reading_error;
    points.push_back({.x = swapped ? points.back().x : x, .y = (*pair)[1].to_number<double>()});
  }
  const auto probable = [](const auto& one) {
    return one.x >= 0 && one.x <= 1 + k_reading_error && one.y >= 0 && one.y <= 1 + k_reading_error;
  };
  if (!std::all_of(points.begin(), points.end(), probable)) {
    return false;
  }
  auto map = statistics::monotone_map::from_points(std::move(points));
  into = map ? std::move(*map) : statistics::monotone_map{};
  return map.has_value();
}

} // namespace

/// What stands behind the seal.
class trust_file {
public:
  static std::string body_of(const trust& from) {
    json::object classes;
    for (const auto& [label, part] : from.classes_) {
      classes[label] = json::object{{"rows", part.rows}, {"weights", listed(part.own)}, {"map", pairs_of(part.map)}};
    }
    return json::serialize(json::object{{"rows", from.rows_},
                                        {"wrong_share", from.wrong_share_},
                                        {"calibration_error", from.calibration_error_},
                                        {"mean", listed(from.scaling_.mean)},
                                        {"spread", listed(from.scaling_.spread)},
                                        {"weights", listed(from.common_)},
                                        {"map", pairs_of(from.map_)},
                                        {"classes", std::move(classes)}}) +
           "\n";
  }

  static std::optional<trust> read(std::string_view body) {
    boost::system::error_code failed;
    const auto document = json::parse({body.data(), body.size()}, failed);
    const auto* object = failed ? nullptr : document.if_object();
    trust made;
    const bool sound = object != nullptr && take_rows(*object, made.rows_) &&
                       take_share(*object, "wrong_share", made.wrong_share_) &&
                       take_share(*object, "calibration_error", made.calibration_error_) &&
                       take(*object, "mean", made.scaling_.mean) && take(*object, "spread", made.scaling_.spread) &&
                       take(*object, "weights", made.common_) && take(*object, "map", made.map_) &&
                       read_classes(*object, made.classes_);
    const auto positive = [](double each) { return each > 0; };
    if (!sound || !std::all_of(made.scaling_.spread.begin(), made.scaling_.spread.end(), positive)) {
      return std::nullopt;
    }
    return made;
  }

private:
  static bool read_classes(const json::object& from, std::map<std::string, trust::class_part, std::less<>>& into) {
    const auto* found = from.if_contains("classes");
    const auto* classes = found == nullptr ? nullptr : found->if_object();
    if (classes == nullptr || classes->size() > k_classes_max) {
      return false;
    }
    for (const auto& each : *classes) {
      const auto* object = each.value().if_object();
      trust::class_part part;
      if (object == nullptr || !take_rows(*object, part.rows) || !take(*object, "weights", part.own) ||
          !take(*object, "map", part.map)) {
        return false;
      }
      into.emplace(each.key(), std::move(part));
    }
    return true;
  }
};

result<void> trust::save(const std::string& path) const {
  const std::string body = trust_file::body_of(*this);
  return files::replace_file(path, fmt::format("{} {} {}\n{}", k_magic, k_version, seal_of(body), body));
}

result<trust> trust::load(const std::string& path) {
  const auto text = files::read_whole(path, k_trust_bytes_max);
  if (!text) {
    return make_error(text.error().kind, fmt::format("{} {}", path, text.error().message));
  }
  const auto refused = [&](const std::string& what) {
    return make_error(error_kind::invalid_request, fmt::format("{}: {}", path, what));
  };
  const std::string_view whole{*text};
  const std::size_t end = whole.find('\n');
  const std::string_view head = whole.substr(0, end);
  if (end == std::string_view::npos || !head.starts_with(k_magic)) {
    return refused("this is no file of trust; `inferenceflow router trust` writes one");
  }
  const std::string_view body = whole.substr(end + 1);
  if (!head.starts_with(fmt::format("{} {} ", k_magic, k_version))) {
    return refused(fmt::format("it is of another version than {}; train it again", k_version));
  }
  if (head != fmt::format("{} {} {}", k_magic, k_version, seal_of(body))) {
    return refused("it is damaged: the checksum does not match; take a copy or train it again");
  }
  auto made = trust_file::read(body);
  return made ? result<trust>{std::move(*made)} : result<trust>{refused("it holds numbers that no training makes")};
}

} // namespace inferenceflow::escalation
