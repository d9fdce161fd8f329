/// Says whether events come in the order that event.h promises.
///
/// Role:      tests and fuzz targets of every event_reader run its events through one.
/// Lifecycle: one per stream.
/// Threading: one loop.
/// Bounds:    one small record per choice.
#pragma once

#include "dialogue/event.h"

#include <cstdint>
#include <map>
#include <string>

namespace inferenceflow::dialogue {

class order_check {
public:
  void take(const event& happened);
  /// The first event out of order, in words; empty while all is well.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
  /// The stream came to `end` or `failure`.
  [[nodiscard]] bool closed() const noexcept { return closed_; }

private:
  struct progress {
    std::uint32_t next_part = 0;
    bool open = false;
    bool finished = false;
    part_kind kind = part_kind::text;
  };
  void take_in_choice(const event& happened);
  void note(const char* what);

  std::map<std::uint32_t, progress> choices_;
  std::string fault_;
  bool begun_ = false;
  bool closed_ = false;
};

} // namespace inferenceflow::dialogue
