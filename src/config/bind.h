/// YAML tree onto settings, by the settings table.
///
/// Role:      second step of the loader: unknown and duplicate keys, types, ranges, variables, file names.
/// Lifecycle: construct → bind() → places() for the checks that follow.
/// Threading: one thread.
/// Bounds:    those of the tree and of the table; k_list_entries_max entries in a list of text or a mapping of text.
#pragma once

#include "config/expand.h"
#include "config/problem.h"
#include "config/setting_table.h"
#include "config/yaml_tree.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::config {

inline constexpr std::size_t k_list_entries_max = 1'000;

/// Where each key that the file sets stands, by path, e.g. "providers[1].name".
using key_places = std::map<std::string, location, std::less<>>;

class binder {
public:
  /// @param folder  what relative file names are relative to; empty leaves them alone.
  /// Lifetime: `problems` and `env` must outlive the binder.
  binder(problem_log& problems, const environment& env, std::string folder)
      : problems_(problems)
      , env_(env)
      , folder_(std::move(folder)) {}

  /// Stores every right value in `target`; a wrong one leaves the default and adds a problem.
  void bind(const yaml_node& root, settings& target);
  /// Same, for another kind of file. @param object  what `scope` describes.
  void bind(const yaml_node& root, const setting_scope& scope, void* object);

  [[nodiscard]] const key_places& places() const { return places_; }

private:
  struct level {
    const setting_scope& scope;
    void* object;
    std::string scope_path; ///< of the scope's object, with a trailing dot; empty for the file
    std::string inner;      ///< part of the key inside the scope, with a trailing dot; empty at its top
  };
  void mapping(const yaml_node& node, const level& here);
  void member(const yaml_node& key, const yaml_node& value, const level& here);
  void value(const setting& row, const yaml_node& node, const std::string& path, void* object);
  void scalar(const setting& row, const yaml_node& node, const std::string& path, void* object);
  void text_list(const setting& row, const yaml_node& node, const std::string& path, void* object);
  void text_map(const setting& row, const yaml_node& node, const std::string& path, void* object);
  void part(const part_setting& row, const yaml_node& node, const std::string& path, void* owner);
  void list(const list_setting& row, const yaml_node& node, const std::string& path, void* owner);
  void entry(const list_setting& row, const yaml_node& node, const std::string& path, void* object);
  [[nodiscard]] std::optional<std::string> text_of(const yaml_node& node, const std::string& path,
                                                   std::string_view wanted, bool secret = false);
  void unknown_key(const yaml_node& key, const std::string& path, const level& here);

  problem_log& problems_;
  const environment& env_;
  std::string folder_;
  key_places places_;
};

/// `name` made absolute: "~/" is the home folder, other relative names start at `folder`. "-", ":memory:" and the
/// empty name stay as they are.
[[nodiscard]] std::string absolute_file(std::string name, const std::string& folder, const environment& env);

} // namespace inferenceflow::config
