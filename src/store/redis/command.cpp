#include "store/redis/command.h"

#include "store/redis/slot.h"

#include <array>
#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <string>
#include <vector>

namespace inferenceflow::redis {

namespace {
error refused(std::string why) {
  return make_error(error_kind::invalid_request, "Redis command: " + why);
}
} // namespace

result<command> make_command(std::span<const std::string_view> arguments, std::size_t key_count) {
  if (arguments.empty() || arguments.size() > k_arguments_max || key_count >= arguments.size()) {
    return refused(fmt::format("{} arguments and {} keys", arguments.size(), key_count));
  }
  std::size_t total = 0;
  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  starts.reserve(arguments.size());
  sizes.reserve(arguments.size());
  for (const std::string_view argument : arguments) {
    if (argument.size() > k_command_bytes_max) {
      return refused(fmt::format("longer than {} bytes", k_command_bytes_max));
    }
    total += argument.size();
    starts.push_back(argument.empty() ? "" : argument.data()); // memcpy takes no null pointer
    sizes.push_back(argument.size());
  }
  if (total > k_command_bytes_max) {
    return refused(fmt::format("longer than {} bytes", k_command_bytes_max));
  }
  std::optional<std::uint16_t> slot;
  for (const std::string_view key : arguments.subspan(1, key_count)) {
    const std::uint16_t own = slot_of(key);
    if (slot && *slot != own) {
      return refused("its keys belong to different slots of a cluster; give them one {hash tag}");
    }
    slot = own;
  }
  char* formatted = nullptr;
  const int size = redisFormatCommandArgv(&formatted, static_cast<int>(arguments.size()), starts.data(), sizes.data());
  if (size < 0) {
    return refused("no memory for it");
  }
  std::shared_ptr<const char> bytes{formatted, [](char* text) { redisFreeCommand(text); }};
  return command{std::move(bytes), static_cast<std::size_t>(size), slot};
}

result<command> make_command(std::initializer_list<std::string_view> arguments, std::size_t key_count) {
  return make_command(std::span<const std::string_view>{arguments.begin(), arguments.size()}, key_count);
}

result<command> get_command(std::string_view key) {
  return make_command({"GET", key}, 1);
}

result<command> set_command(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) {
  if (ttl.count() < 1) {
    return refused("a time to live of less than 1 ms");
  }
  const std::string ttl_ms = std::to_string(ttl.count());
  return make_command({"SET", key, value, "PX", ttl_ms}, 1);
}

result<command> unlink_command(std::string_view key) {
  return make_command({"UNLINK", key}, 1);
}

result<command> publish_command(std::string_view channel, std::string_view message) {
  return make_command({"PUBLISH", channel, message}, 1);
}

} // namespace inferenceflow::redis
