#include "semantic/saved_state.h"

#include <cmath>
#include <cstring>

namespace inferenceflow::semantic {

namespace {

constexpr char k_version = 1;

template <class number> void put(std::string& into, number value) {
  into.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class number> number take(std::string_view& from) {
  number value;
  std::memcpy(&value, from.data(), sizeof value);
  from.remove_prefix(sizeof value);
  return value;
}

bool sound(const proof& own) {
  return std::isfinite(own.seen.right) && std::isfinite(own.seen.wrong) && own.seen.right >= 0 && own.seen.wrong >= 0 &&
         std::isfinite(own.shift.mean) && std::isfinite(own.shift.variance) && own.shift.variance >= 0;
}

} // namespace

std::string packed(const saved_state& state) {
  std::string bytes(1, k_version);
  put(bytes, state.lane);
  put(bytes, state.own.seen.right);
  put(bytes, state.own.seen.wrong);
  put(bytes, state.own.shift.mean);
  put(bytes, state.own.shift.variance);
  return bytes;
}

std::optional<saved_state> unpacked(std::string_view bytes) {
  if (bytes.size() != k_state_bytes || bytes.front() != k_version) {
    return std::nullopt;
  }
  bytes.remove_prefix(1);
  saved_state read;
  read.lane = take<lane_id>(bytes);
  read.own.seen.right = take<float>(bytes);
  read.own.seen.wrong = take<float>(bytes);
  read.own.shift.mean = take<double>(bytes);
  read.own.shift.variance = take<double>(bytes);
  return sound(read.own) ? std::optional(read) : std::nullopt;
}

} // namespace inferenceflow::semantic
