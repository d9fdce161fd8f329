#include "api/socket_turns.h"

#include <algorithm>
#include <utility>

namespace inferenceflow::api {

void socket_turns::put(line_id line, std::string message) {
  const auto [at, fresh] = lines_.try_emplace(line);
  if (fresh) {
    order_.push_back(line);
  }
  at->second.bytes += message.size();
  at->second.messages.push_back(std::move(message));
}

std::optional<socket_turns::turn> socket_turns::next() {
  if (order_.empty()) {
    return std::nullopt;
  }
  const line_id line = order_.front();
  order_.pop_front();
  const auto at = lines_.find(line);
  waiting& from = at->second;
  turn taken{.line = line, .message = std::move(from.messages.front())};
  from.messages.pop_front();
  from.bytes -= taken.message.size();
  if (from.messages.empty()) {
    lines_.erase(at);
  } else {
    order_.push_back(line);
  }
  return taken;
}

void socket_turns::drop(line_id line) {
  if (lines_.erase(line) != 0) {
    order_.erase(std::find(order_.begin(), order_.end(), line));
  }
}

std::size_t socket_turns::messages(line_id line) const {
  const auto at = lines_.find(line);
  return at == lines_.end() ? 0 : at->second.messages.size();
}

std::size_t socket_turns::bytes(line_id line) const {
  const auto at = lines_.find(line);
  return at == lines_.end() ? 0 : at->second.bytes;
}

} // namespace inferenceflow::api
