#include "config/difference.h"

#include "config/value.h"

#include <fmt/format.h>
#include <map>
#include <string_view>

namespace inferenceflow::config {
namespace {

using values = std::map<std::string, std::pair<std::string, takes_effect>>;

// Flattens an object into key → value as text. Two entries of one name get numbered, so none hides another.
void flatten(const setting_scope& scope, void* object, const std::string& prefix, values& out) {
  for (const auto& row : scope.settings) {
    out[prefix + std::string(row.key)] = {format_value(row, object), row.effect};
  }
  for (const auto& part : scope.parts) {
    flatten(*part.scope, part.at(object), prefix + std::string(part.key) + ".", out);
  }
  for (const auto& list : scope.lists) {
    const auto& name_row = list.entry->settings.front();
    for (std::size_t i = 0; i < list.size(object); ++i) {
      void* entry = list.entry_at(object, i);
      auto path = prefix + std::string(list.key) + "[" + format_value(name_row, entry);
      while (out.contains(path + "]")) {
        path += "'";
      }
      path += "]";
      out[path] = {"present", name_row.effect};
      flatten(*list.entry, entry, path + ".", out);
    }
  }
}

values flattened(settings copy) {
  values out;
  flatten(root_scope(), &copy, {}, out);
  for (const auto& provider : copy.providers) { // found out while loading, not in the table
    const auto prefix = "providers[" + provider.name + "].";
    out[prefix + "api_keys"] = {fmt::format("{}", fmt::join(provider.api_keys, " ")), takes_effect::live};
    out[prefix + "aws.credentials"] = {
        fmt::format("{} {} {}", provider.aws.access_key_id, provider.aws.secret_access_key, provider.aws.session_token),
        takes_effect::live};
    out[prefix + "enabled"] = {provider.disabled_reason, takes_effect::live};
  }
  out["cache.secret"] = {copy.cache.secret, takes_effect::restart};
  return out;
}

// Keys inside an entry that came or went are covered by the entry's own line.
void collect(const values& have, const values& other, bool changed_values, settings_difference& out) {
  std::string whole_entry;
  for (const auto& [key, content] : have) {
    if (!whole_entry.empty() && key.starts_with(whole_entry)) {
      continue;
    }
    const auto found = other.find(key);
    const bool differs = found == other.end() || (changed_values && found->second.first != content.first);
    if (!differs) {
      continue;
    }
    if (found == other.end() && key.ends_with(']')) {
      whole_entry = key + ".";
    }
    (content.second == takes_effect::live ? out.live : out.needs_restart).push_back(key);
  }
}

} // namespace

settings_difference diff(const settings& before, const settings& after) {
  settings_difference out;
  const auto old_values = flattened(before);
  const auto new_values = flattened(after);
  collect(new_values, old_values, true, out);
  collect(old_values, new_values, false, out);
  return out;
}

} // namespace inferenceflow::config
