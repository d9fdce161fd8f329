/// Holds back the beginning of a stream until its content begins: until then another backend can still be asked.
///
/// Role:      the providers over HTTP send through one of these.
/// Lifecycle: one per streamed call: pass()* → rest().
/// Threading: one event loop.
/// Bounds:    k_bytes_max held; a longer beginning counts as content.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::providers::upstream {

class opening {
public:
  static constexpr std::size_t k_bytes_max = 64U << 10U;

  /// @param content  whether content has begun, within these bytes or before.
  /// @returns what to send now; empty while nothing is to be sent. Valid until the next call, and while `bytes` lives.
  [[nodiscard]] std::string_view pass(std::string_view bytes, bool content) {
    if (over_) {
      return bytes;
    }
    over_ = content || held_.size() + bytes.size() > k_bytes_max;
    if (over_ && held_.empty()) {
      return bytes;
    }
    held_.append(bytes);
    return over_ ? std::string_view{held_} : std::string_view{};
  }

  /// The stream ended: what was never sent.
  [[nodiscard]] std::string_view rest() {
    const bool nothing = over_;
    over_ = true;
    return nothing ? std::string_view{} : std::string_view{held_};
  }

  /// Content has begun.
  [[nodiscard]] bool over() const noexcept { return over_; }

private:
  std::string held_;
  bool over_ = false;
};

} // namespace inferenceflow::providers::upstream
