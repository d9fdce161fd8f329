/// What the ledger's tests share: a folder of their own for every test, and a row to begin with.
#pragma once

#include "store/ledger.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>

namespace inferenceflow::store {

/// A folder of its own for every test.
class ledger_test : public testing::Test {
protected:
  ledger_test() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ledger_test_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ledger_test() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(std::string_view name = "ledger.sqlite") const {
    return (folder_ / std::string(name)).string();
  }
  [[nodiscard]] ledger_options options() const { return {.path = path()}; }

  static std::unique_ptr<ledger> open(const ledger_options& options) {
    auto opened = open_sqlite_ledger(options);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return std::move(*opened);
  }

  std::filesystem::path folder_;
};

inline ledger_row make_row(std::string id) {
  ledger_row row;
  row.request_id = std::move(id);
  row.finished_ms = 1'700'000'000'000;
  row.tenant = "default";
  row.user = "u";
  row.surface = "chat";
  row.model_requested = "m";
  row.model_served = "m";
  row.provider = "p";
  row.cache = "miss";
  row.status = 200;
  row.usage = {.fresh_input = 10, .cached_input = 4, .cache_write = 3, .output = 2, .reasoning = 1};
  row.cost = money::from_nano_usd(100);
  row.direct = money::from_nano_usd(150);
  return row;
}

} // namespace inferenceflow::store
