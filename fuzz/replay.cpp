// Runs a fuzz target over the files and folders named on the command line: the corpus as a regression test.
#include "property.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::set<fs::path> files_of(const std::vector<fs::path>& arguments) {
  std::set<fs::path> found;
  for (const auto& argument : arguments) {
    if (!fs::is_directory(argument)) {
      found.insert(argument);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator{argument}) {
      if (entry.is_regular_file()) {
        found.insert(entry.path());
      }
    }
  }
  return found;
}

} // namespace

int main(int count, char** arguments) {
  const auto files = files_of({arguments + 1, arguments + count});
  if (files.empty()) {
    std::fprintf(stderr, "no input: a target without a corpus proves nothing\n");
    return 1;
  }
  for (const auto& path : files) {
    std::ifstream in{path, std::ios::binary};
    const std::vector<char> bytes{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
    std::fprintf(stderr, "%s\n", path.c_str());
    // A copy of exactly this size on the heap, so that a sanitizer sees one byte too many.
    const std::vector<std::uint8_t> exact{bytes.begin(), bytes.end()};
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
  }
  std::fprintf(stderr, "%zu inputs\n", files.size());
  return 0;
}
