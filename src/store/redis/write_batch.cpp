#include "store/redis/write_batch.h"

namespace inferenceflow::redis {

namespace {
constexpr std::string_view k_asking = "*1\r\n$6\r\nASKING\r\n";
}

void write_batch::clear() {
  calls_.clear();
  for (std::size_t i = 0; i < count_; ++i) {
    texts_[i].clear();
    own_[i] = {};
  }
  count_ = 0;
  bytes_ = 0;
}

bool write_batch::add(const call& next) {
  const std::string_view bytes = next.what.bytes();
  const bool copied = bytes.size() <= k_copied_bytes_max;
  const bool joins = count_ > 0 && own_[count_ - 1].empty();
  const std::size_t needed = (joins || (!copied && !next.asking) ? 0U : 1U) + (copied ? 0U : 1U);
  if (count_ + needed > own_.size() || (bytes_ > 0 && bytes_ + bytes.size() > k_batch_bytes_max)) {
    return false;
  }
  if (copied || next.asking) {
    if (!joins) {
      ++count_;
    }
    std::string& text = texts_[count_ - 1];
    text += next.asking ? k_asking : std::string_view{};
    text += copied ? bytes : std::string_view{};
  }
  if (!copied) {
    own_[count_++] = bytes;
  }
  bytes_ += bytes.size() + (next.asking ? k_asking.size() : 0);
  return true;
}

std::span<const boost::asio::const_buffer> write_batch::pieces() {
  for (std::size_t i = 0; i < count_; ++i) {
    const std::string_view piece = own_[i].empty() ? std::string_view{texts_[i]} : own_[i];
    pieces_[i] = boost::asio::buffer(piece.data(), piece.size());
  }
  return {pieces_.data(), count_};
}

} // namespace inferenceflow::redis
