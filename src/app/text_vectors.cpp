#include "app/text_vectors.h"

#include "app/models/catalog.h"
#include "embedding/hashed_embedder.h"
#include "embedding/local_embedder.h"
#include "engine/engine_set.h"
#include "net/cancel_scope.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <fmt/format.h>
#include <memory>
#include <thread>

namespace inferenceflow::app {

namespace {

constexpr std::chrono::seconds k_load_patience{120};
constexpr std::chrono::milliseconds k_load_poll{50};

net::task<void> embed_into(embedding::embedder& by, std::string_view text, result<embedding::vector_ptr>& out) {
  net::cancel_scope scope;
  out = co_await by.embed(text, scope);
}

result<embedding::vector_ptr> embed_blocking(embedding::embedder& by, std::string_view text) {
  result<embedding::vector_ptr> out = make_error(error_kind::unavailable, "not embedded");
  boost::asio::io_context context;
  auto work = embed_into(by, text, out);
  boost::asio::co_spawn(context, std::move(work), boost::asio::detached);
  context.run();
  return out;
}

/// A local model, and what it made before.
class local_vectors {
public:
  local_vectors(std::shared_ptr<const engine::engine_set> engines, std::shared_ptr<embedding::local_embedder> embedder)
      : engines_(std::move(engines))
      , embedder_(std::move(embedder)) {}

  [[nodiscard]] std::vector<float> of(std::string_view text) {
    const std::string key{text};
    if (const auto known = kept_.find(key); known != kept_.end()) {
      return known->second;
    }
    const auto made = embed_blocking(*embedder_, text);
    std::vector<float> values = made && !(*made)->cut ? (*made)->values : std::vector<float>{};
    if (kept_.size() >= k_vectors_kept) {
      kept_.clear();
    }
    kept_[key] = values;
    return values;
  }

  /// Waits until the model is there.
  [[nodiscard]] result<void> load() {
    const auto until = std::chrono::steady_clock::now() + k_load_patience;
    for (;;) {
      const auto made = embed_blocking(*embedder_, "is it there");
      if (made) {
        return {};
      }
      if (!made.error().retryable || std::chrono::steady_clock::now() > until) {
        return made.error();
      }
      std::this_thread::sleep_for(k_load_poll);
    }
  }

private:
  std::shared_ptr<const engine::engine_set> engines_;
  std::shared_ptr<embedding::local_embedder> embedder_;
  boost::unordered_flat_map<std::string, std::vector<float>> kept_;
};

std::vector<float> hashed_vector(std::string_view text) {
  const auto made = embedding::hashed_embedder::embed_now(text);
  return made && !(*made)->cut ? (*made)->values : std::vector<float>{};
}

bool is_wanted(const config::settings& settings) {
  const auto on = [](const config::semantic_settings& of) { return of.mode != config::semantic_mode::off; };
  return on(settings.cache.semantic) || std::any_of(settings.routes.begin(), settings.routes.end(),
                                                    [&](const auto& route) { return on(route.semantic); });
}

} // namespace

result<replay::embed_text> make_text_vectors(const config::settings& settings) {
  if (!is_wanted(settings)) {
    return replay::embed_text{[](std::string_view) { return std::vector<float>{}; }};
  }
  const std::string& named = settings.cache.semantic_store.embedder;
  if (named == config::k_hashed_embedder) {
    return replay::embed_text{hashed_vector};
  }
  const auto& models = settings.local.models;
  const auto model = std::find_if(models.begin(), models.end(), [&](const auto& one) {
    const bool is_named =
        one.name == named || std::find(one.aliases.begin(), one.aliases.end(), named) != one.aliases.end();
    return one.kind == config::model_kind::embedding && (named.empty() || is_named);
  });
  if (!settings.local.enabled || model == models.end()) {
    return make_error(error_kind::invalid_request,
                      fmt::format("cache.semantic_store.embedder '{}': --semantic takes 'hashed' or a local embedding "
                                  "model, since nothing is sent anywhere",
                                  named));
  }
  auto engines = std::make_shared<const engine::engine_set>(
      std::vector<engine::model_config>{models::engine_config(settings.local, *model)}, engine::log_sink{});
  auto embedder = embedding::local_embedder::make(engines, model->name);
  if (!embedder) {
    return embedder.error();
  }
  const auto vectors = std::make_shared<local_vectors>(std::move(engines), std::move(*embedder));
  if (auto loaded = vectors->load(); !loaded) {
    return loaded.error();
  }
  return replay::embed_text{[vectors](std::string_view text) { return vectors->of(text); }};
}

} // namespace inferenceflow::app
