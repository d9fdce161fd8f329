/// Builders that keep a row of the settings table on one or two lines.
///
/// Role:      used by setting_table.cpp and setting_table_lists.cpp only.
/// Lifecycle: constexpr functions.
/// Threading: none.
/// Bounds:    none.
#pragma once

#include "config/setting_table.h"

#include <type_traits>

namespace inferenceflow::config::rows {

template <class T> struct member_of;
template <class Owner, class Value> struct member_of<Value Owner::*> { using owner = Owner; };

inline value_ref ref_to(std::string& value) {
  return &value;
}
template <class T> value_ref ref_to(T& value) {
  if constexpr (std::is_enum_v<T>) {
    static_assert(sizeof(T) == 1);
    return word_ref{reinterpret_cast<unsigned char*>(&value)};
  } else {
    return &value;
  }
}

template <class Owner, auto Member, auto... Rest> auto& reach(Owner& owner) {
  if constexpr (sizeof...(Rest) == 0) {
    return owner.*Member;
  } else {
    return reach<std::remove_reference_t<decltype(owner.*Member)>, Rest...>(owner.*Member);
  }
}

/// Path of member pointers from the scope's object to the value.
template <auto Member, auto... Rest> value_ref at(void* object) {
  using owner = typename member_of<decltype(Member)>::owner;
  return ref_to(reach<owner, Member, Rest...>(*static_cast<owner*>(object)));
}

using accessor = value_ref (*)(void*);

constexpr setting plain(std::string_view key, value_kind kind, accessor at, takes_effect effect,
                        std::string_view description, std::string_view env = {}) {
  return {key, kind, at, 0, 0, {}, effect, false, env, description, false};
}
constexpr setting ranged(std::string_view key, value_kind kind, accessor at, std::uint64_t min, std::uint64_t max,
                         takes_effect effect, std::string_view description, std::string_view env = {}) {
  return {key, kind, at, min, max, {}, effect, false, env, description, false};
}
constexpr setting one_of(std::string_view key, accessor at, std::span<const std::string_view> words,
                         takes_effect effect, std::string_view description, std::string_view env = {}) {
  return {key, value_kind::word, at, 0, 0, words, effect, false, env, description, false};
}
constexpr setting required(setting row) {
  row.required = true;
  return row;
}
constexpr setting secret(setting row) {
  row.secret = true;
  return row;
}

/// A list held in a vector member reached from the scope's object.
template <auto Member, auto... Rest> struct list_at {
  using owner = typename member_of<decltype(Member)>::owner;
  static auto& items(void* object) { return reach<owner, Member, Rest...>(*static_cast<owner*>(object)); }
  static void* append(void* object) { return &items(object).emplace_back(); }
  static std::size_t size(void* object) { return items(object).size(); }
  static void* entry(void* object, std::size_t index) { return &items(object).at(index); }
  static constexpr list_setting row(std::string_view key, const setting_scope* scope, std::string_view shorthand,
                                    std::size_t entries_max, std::string_view description) {
    return {key, scope, &append, &size, &entry, shorthand, entries_max, description};
  }
};

/// A block of keys held in a member reached from the scope's object.
/// @param home  key under which the block is described; empty = this one.
template <auto Member, auto... Rest>
constexpr part_setting part(std::string_view key, const setting_scope* scope, std::string_view home = {}) {
  using owner = typename member_of<decltype(Member)>::owner;
  return {key, scope,
          [](void* object) -> void* { return &reach<owner, Member, Rest...>(*static_cast<owner*>(object)); }, home};
}

inline constexpr std::uint64_t k_kib = 1U << 10U;
inline constexpr std::uint64_t k_mib = 1U << 20U;
inline constexpr std::uint64_t k_gib = 1U << 30U;
inline constexpr std::uint64_t k_minute_ms = 60'000;
inline constexpr std::uint64_t k_hour_ms = 60 * k_minute_ms;
inline constexpr std::uint64_t k_day_s = 86'400;
inline constexpr std::uint64_t k_usd_mtok_max = 1'000'000;
inline constexpr std::uint64_t k_millionths = 1'000'000; ///< of a decimal: 1

inline constexpr std::string_view k_cache_policy_words[] = {"auto", "always", "never"};

/// Scopes of list entries.
extern const setting_scope k_local_model_scope;
extern const setting_scope k_provider_scope;
extern const setting_scope k_route_scope;
extern const setting_scope k_resilience_scope;
extern const setting_scope k_semantic_scope;
extern const setting_scope k_routing_scope;

} // namespace inferenceflow::config::rows
