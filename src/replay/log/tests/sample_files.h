/// Files that live as long as a test.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace inferenceflow::replay {

class sample_file {
public:
  explicit sample_file(const std::string& content)
      : path_((std::filesystem::temp_directory_path() /
               ("iflow-replay-" + std::to_string(::getpid()) + "-" + std::to_string(++count_)))
                  .string()) {
    std::ofstream{path_, std::ios::binary} << content;
  }
  ~sample_file() { std::remove(path_.c_str()); }
  sample_file(const sample_file&) = delete;
  sample_file& operator=(const sample_file&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  static inline int count_ = 0;
  std::string path_;
};

} // namespace inferenceflow::replay
