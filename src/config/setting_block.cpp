#include "config/setting_block.h"

#include <variant>

namespace inferenceflow::config {

void copy_value(const value_ref& from, const value_ref& to) {
  std::visit(
      [&to](auto source) {
        const auto target = std::get<decltype(source)>(to);
        if constexpr (std::is_same_v<decltype(source), word_ref>) {
          *target.index = *source.index;
        } else {
          *target = *source;
        }
      },
      from);
}

} // namespace inferenceflow::config
