/// A sink for calls that do not stream.
#pragma once

#include "providers/provider.h"

namespace inferenceflow::pipeline {

class no_events final : public providers::event_sink {
public:
  [[nodiscard]] net::task<bool> write(std::string_view) override { co_return false; }
  [[nodiscard]] net::task<bool> write_split(std::string_view, std::span<const std::string_view>) override {
    co_return false;
  }
  void dropped(std::span<const std::string>) override {}
};

} // namespace inferenceflow::pipeline
