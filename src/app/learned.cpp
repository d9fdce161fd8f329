#include "app/learned.h"

#include "files/read_whole.h"
#include "quality/router_file.h"

#include <filesystem>
#include <fmt/format.h>

namespace inferenceflow::app {

namespace {

constexpr std::size_t k_calibration_bytes_max = std::size_t{256} << 20U;

error named(const std::string& key, const error& why) {
  return make_error(why.kind, fmt::format("{}: {}", key, why.message));
}

result<void> read_router(const std::string& path, const std::string& key, pipeline::learned_files& into) {
  if (path.empty() || into.routers.contains(path)) {
    return {};
  }
  auto loaded = quality::load_router(path);
  if (!loaded) {
    return named(key, loaded.error());
  }
  into.routers.emplace(path, std::move(*loaded));
  return {};
}

/// The threshold below which the risk is kept, from answers that the trust was not fitted to.
result<void> calibrate(const std::string& path, double risk_max, pipeline::trust_model& model) {
  const auto text = files::read_whole(path, k_calibration_bytes_max);
  if (!text) {
    return make_error(text.error().kind, fmt::format("{} {}", path, text.error().message));
  }
  const auto rows = escalation::read_labels(*text);
  if (!rows) {
    return rows.error();
  }
  const auto kept = escalation::control_risk(escalation::judged_by(model.how, *rows), {.alpha = risk_max});
  if (!kept) {
    return kept.error();
  }
  model.serve_below = kept->serve_below;
  model.guaranteed = true;
  return {};
}

result<void> read_trust(const std::string& route, const config::escalation_settings& wanted,
                        pipeline::learned_files& into) {
  if (!wanted.enabled || wanted.file.empty()) {
    return {};
  }
  auto loaded = escalation::trust::load(wanted.file);
  if (!loaded) {
    return loaded.error();
  }
  pipeline::trust_model model{.how = std::move(*loaded)};
  // Without it risk_max would be promised and not kept.
  if (const auto done = calibrate(wanted.file + ".calibration", wanted.risk_max, model); !done) {
    return done.error();
  }
  into.trusts.emplace(route, std::make_shared<const pipeline::trust_model>(std::move(model)));
  return {};
}

} // namespace

result<std::shared_ptr<const pipeline::learned_files>> read_learned(const config::settings& settings) {
  auto made = std::make_shared<pipeline::learned_files>();
  for (const auto& route : settings.routes) {
    const auto routing = config::merged(settings.routing, route.routing);
    const std::string key = fmt::format("routing of route {}", route.model);
    for (const std::string* path : {&routing.file, &routing.other.file}) {
      if (const auto read = read_router(*path, key + ", file", *made); !read) {
        return read.error();
      }
    }
    if (const auto read = read_trust(route.model, routing.escalation, *made); !read) {
      return named(key + ", escalation.file", read.error());
    }
  }
  return std::shared_ptr<const pipeline::learned_files>{std::move(made)};
}

} // namespace inferenceflow::app
