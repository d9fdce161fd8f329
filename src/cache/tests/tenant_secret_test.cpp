#include "cache/tenant_secret.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace inferenceflow::cache {
namespace {

master_secret master_of(const std::string& text) {
  return master_secret::from_text(text + " and sixteen bytes more").value();
}

/// A folder of its own for one test.
class secret_file : public ::testing::Test {
protected:
  secret_file() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tenant-secret-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~secret_file() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  [[nodiscard]] std::string file() const { return (folder_ / "cache.secret").string(); }
  std::filesystem::path folder_;
};

// RFC 4231 test case 2 has a key of four bytes; HMAC pads keys with zeros, so 32 bytes that end in zeros are the same.
TEST(keyed_hash, is_hmac_sha256) {
  const secret_bytes key{'J', 'e', 'f', 'e'};
  const auto made = keyed_hash(key, {"what do ya want ", "for nothing?"});
  EXPECT_EQ(to_hex(made), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(keyed_hash, compares_all_of_it) {
  secret_bytes one{1, 2, 3};
  secret_bytes other = one;
  EXPECT_TRUE(equal_in_constant_time(one, view_of(other)));
  other.back() = 1;
  EXPECT_FALSE(equal_in_constant_time(one, view_of(other)));
  EXPECT_FALSE(equal_in_constant_time(one, view_of(one).substr(1)));
}

TEST(master_secret, from_text_is_the_same_everywhere_and_needs_length) {
  EXPECT_EQ(master_of("a").bytes(), master_of("a").bytes());
  EXPECT_NE(master_of("a").bytes(), master_of("b").bytes());
  EXPECT_EQ(master_secret::from_text("fifteen bytes..").error().kind, error_kind::invalid_request);
  EXPECT_TRUE(master_secret::from_text("sixteen bytes...").has_value());
}

TEST(master_secret, random_ones_differ) {
  EXPECT_NE(master_secret::random().bytes(), master_secret::random().bytes());
}

TEST_F(secret_file, is_made_once_and_read_afterwards) {
  const auto made = master_secret::load_or_make(file());
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ(master_secret::load_or_make(file()).value().bytes(), made->bytes());
  struct stat facts {};
  ASSERT_EQ(::stat(file().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder_}, {}), 1) << "no draft is left";
}

TEST_F(secret_file, that_holds_something_else_is_refused_and_left_alone) {
  for (const std::string& text : {std::string{}, std::string("short"), std::string(33, 'x')}) {
    std::ofstream{file()} << text;
    EXPECT_EQ(master_secret::load_or_make(file()).error().kind, error_kind::invalid_request);
    std::ifstream again{file()};
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>{again}, {}), text);
  }
}

TEST_F(secret_file, in_a_folder_that_is_not_there_is_an_error) {
  const auto failed = master_secret::load_or_make((folder_ / "none" / "secret").string());
  EXPECT_EQ(failed.error().kind, error_kind::unavailable);
}

TEST(tenant_secret, differs_by_tenant_by_master_and_by_purpose) {
  std::set<secret_bytes> seen;
  std::set<std::uint64_t> seeds;
  for (const char* master : {"a", "b"}) {
    for (const char* tenant : {"acme", "globex", ""}) {
      const auto secret = derive_secret(master_of(master), tenant);
      seen.insert(secret.naming);
      seen.insert(secret.sealing);
      seeds.insert(secret.scan_seed);
    }
  }
  EXPECT_EQ(seen.size(), 12U);
  EXPECT_EQ(seeds.size(), 6U);
}

TEST(tenant_secret, is_the_same_on_replicas) {
  EXPECT_EQ(derive_secret(master_of("a"), "acme").scan_seed, derive_secret(master_of("a"), "acme").scan_seed);
  // Pinned: a replica of another release must find the same entries.
  EXPECT_EQ(to_hex(derive_secret(master_of("a"), "acme").naming),
            "297dd9b7e125fbff84f79d725286453118ddf2f407ab912032c0cad249ea60ec");
}

TEST(entry_name, differs_by_tenant_key_half_and_version) {
  const auto acme = derive_secret(master_of("a"), "acme");
  const auto globex = derive_secret(master_of("a"), "globex");
  const std::set<entry_name> names{entry_name_of(acme, {1, 2}, 1), entry_name_of(acme, {2, 1}, 1),
                                   entry_name_of(acme, {1, 3}, 1), entry_name_of(acme, {1, 2}, 2),
                                   entry_name_of(globex, {1, 2}, 1)};
  EXPECT_EQ(names.size(), 5U);
  EXPECT_EQ(entry_name_of(acme, {1, 2}, 1), entry_name_of(acme, {1, 2}, 1));
}

TEST(tenant_secrets, remember_and_stay_right_beyond_their_bound) {
  const auto master = master_of("a");
  tenant_secrets secrets{master};
  const auto first = secrets.of("tenant 0").scan_seed;
  for (std::size_t i = 0; i < 2 * k_tenants_max; ++i) {
    const std::string tenant = "tenant " + std::to_string(i);
    ASSERT_EQ(secrets.of(tenant).scan_seed, derive_secret(master, tenant).scan_seed);
  }
  EXPECT_EQ(secrets.of("tenant 0").scan_seed, first);
}

} // namespace
} // namespace inferenceflow::cache
