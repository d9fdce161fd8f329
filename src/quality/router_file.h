#pragma once
#include "base/error.h"
#include "quality/predictor.h"
#include <memory>
namespace inferenceflow::quality {
[[nodiscard]] result<std::shared_ptr<const predictor>> load_router(const std::string& path);
}
