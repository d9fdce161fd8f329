#include "pipeline/refusals.h"

#include <fmt/format.h>

namespace inferenceflow::pipeline {

error unknown_model(std::string_view model) {
  return make_error(error_kind::model_not_found,
                    fmt::format("The model '{}' does not exist here; GET /v1/models lists what does.", model), "model");
}

error switched_off(const routing::route& route, const config::settings& settings) {
  return make_error(error_kind::unavailable,
                    fmt::format("provider {} is switched off: {}", route.provider,
                                route.provider_index == routing::k_local_provider
                                    ? "local.enabled is false"
                                    : settings.providers[route.provider_index].disabled_reason));
}

} // namespace inferenceflow::pipeline
