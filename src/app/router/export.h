/// `inferenceflow router export`: options → a file of training lines, and what was left out.
///
/// Role:      command.cpp calls it with what the command line said.
/// Lifecycle: one call per process.
/// Threading: main thread; blocking.
/// Bounds:    those of training_export.h.
#pragma once

#include "dialogue/codec_set.h"

#include <string>

namespace inferenceflow::app::router {

struct export_options {
  std::string config_path = "config/default.yaml";
  std::string ledger = {};   ///< its file; empty = that of the configuration
  std::string since = "90d"; ///< as cache warm takes it
  std::string tenant = {};   ///< empty = all
  std::string out = {};      ///< empty or "-" = standard output
  bool qualified = false;
};

/// Lines go to the file or standard output, the summary and errors to standard error. A file is replaced when all of it
/// is written. @returns one of exit_status.h.
[[nodiscard]] int export_ledger(const export_options& options, const dialogue::codec_set& codecs);

} // namespace inferenceflow::app::router
