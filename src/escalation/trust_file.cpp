#include "escalation/trust.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

namespace inferenceflow::escalation {

namespace json = boost::json;

namespace {

constexpr std::string_view k_magic = "inferenceflow-trust";
constexpr int k_version = 1;
constexpr mode_t k_mode = 0644;

std::string seal_of(std::string_view body) {
  const auto digest = XXH3_128bits(body.data(), body.size());
  return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

error io_error(const char* doing, const std::string& path) {
  const int code = errno;
  return make_error(code == ENOENT ? error_kind::not_found : error_kind::unavailable,
                    fmt::format("cannot {} {}: {}", doing, path, std::strerror(code)));
}

struct descriptor {
  int value = -1;
  explicit descriptor(int opened)
      : value(opened) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (value >= 0) {
      ::close(value);
    }
  }
};

bool written(int file, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(file, text.data(), text.size());
    if (count < 0 && errno != EINTR) {
      return false;
    }
    text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  return ::fsync(file) == 0;
}

/// The file is seen under its name only when it is complete and on disk.
result<void> replace(const std::string& path, std::string_view text) {
  const std::string unfinished = path + ".writing";
  const auto failed = [&](const char* doing) {
    error failure = io_error(doing, path);
    failure.kind = error_kind::unavailable;
    ::unlink(unfinished.c_str());
    return failure;
  };
  {
    const descriptor file{::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, k_mode)};
    if (file.value < 0) {
      return failed("create");
    }
    if (!written(file.value, text)) {
      return failed("write");
    }
  }
  return ::rename(unfinished.c_str(), path.c_str()) == 0 ? result<void>{} : result<void>{failed("replace")};
}

result<std::string> content_of(const std::string& path) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat about {};
  if (file.value < 0 || ::fstat(file.value, &about) != 0) {
    return io_error("open", path);
  }
  if (!S_ISREG(about.st_mode)) {
    return make_error(error_kind::invalid_request, fmt::format("{} is no regular file", path));
  }
  if (about.st_size > static_cast<off_t>(k_trust_bytes_max)) {
    return make_error(error_kind::invalid_request,
                      fmt::format("{} has {} bytes; at most {} are read", path, about.st_size, k_trust_bytes_max));
  }
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    const auto count = ::read(file.value, text.data() + got, text.size() - got);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return io_error("read", path);
    }
    got += static_cast<std::size_t>(count);
  }
  return text;
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

/// Exactly as many finite numbers as `into` has room for.
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
  return std::all_of(into.begin(), into.end(), [](double each) { return std::isfinite(each); });
}

bool take(const json::object& from, std::string_view name, double& into) {
  const auto* found = from.if_contains({name.data(), name.size()});
  into = found != nullptr && found->is_number() ? found->to_number<double>() : std::nan("");
  return std::isfinite(into) && into >= 0;
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
    points.push_back({.x = (*pair)[0].to_number<double>(), .y = (*pair)[1].to_number<double>()});
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
    double rows = 0;
    const bool sound =
        object != nullptr && take(*object, "rows", rows) && take(*object, "wrong_share", made.wrong_share_) &&
        take(*object, "calibration_error", made.calibration_error_) && take(*object, "mean", made.scaling_.mean) &&
        take(*object, "spread", made.scaling_.spread) && take(*object, "weights", made.common_) &&
        take(*object, "map", made.map_) && read_classes(*object, made.classes_);
    const auto positive = [](double each) { return each > 0; };
    if (!sound || !std::all_of(made.scaling_.spread.begin(), made.scaling_.spread.end(), positive)) {
      return std::nullopt;
    }
    made.rows_ = static_cast<std::uint64_t>(rows);
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
      double rows = 0;
      if (object == nullptr || !take(*object, "rows", rows) || !take(*object, "weights", part.own) ||
          !take(*object, "map", part.map)) {
        return false;
      }
      part.rows = static_cast<std::uint64_t>(rows);
      into.emplace(each.key(), std::move(part));
    }
    return true;
  }
};

result<void> trust::save(const std::string& path) const {
  const std::string body = trust_file::body_of(*this);
  return replace(path, fmt::format("{} {} {}\n{}", k_magic, k_version, seal_of(body), body));
}

result<trust> trust::load(const std::string& path) {
  const auto text = content_of(path);
  if (!text) {
    return text.error();
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
