#include "api/docs/static_assets.h"

#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <string>

namespace inferenceflow::api::docs {
namespace {

std::string text_of(std::string_view path) {
  const static_asset* asset = find_asset(path);
  if (asset == nullptr) {
    ADD_FAILURE() << path << " is not there";
    return {};
  }
  auto unpacked = unpack(asset->body);
  EXPECT_TRUE(unpacked.has_value()) << path;
  return unpacked ? std::move(*unpacked) : std::string{};
}

TEST(static_assets, every_asset_unpacks_and_has_type_and_tag) {
  std::set<std::string_view> paths;
  for (const auto& asset : all_assets()) {
    EXPECT_TRUE(paths.insert(asset.path).second) << asset.path << " twice";
    EXPECT_FALSE(asset.content_type.empty());
    EXPECT_TRUE(asset.etag.starts_with("W/\"") && asset.etag.ends_with("\"")) << asset.etag;
    EXPECT_FALSE(text_of(asset.path).empty()) << asset.path;
  }
  EXPECT_GE(paths.size(), 9U);
}

TEST(static_assets, looks_up_whole_paths_only) {
  EXPECT_NE(find_asset("/docs"), nullptr);
  EXPECT_EQ(find_asset("/docs/"), nullptr);
  EXPECT_EQ(find_asset("docs"), nullptr);
  EXPECT_EQ(find_asset(""), nullptr);
  EXPECT_EQ(find_asset("/docs/../openapi.json"), nullptr);
}

TEST(static_assets, pages_load_only_what_the_binary_carries) {
  const std::regex reference{R"re((?:src|href)="([^"]+)")re"};
  for (const std::string_view page : {"/docs", "/redoc"}) {
    const std::string html = text_of(page);
    int references = 0;
    for (std::sregex_iterator each{html.begin(), html.end(), reference}, end; each != end; ++each) {
      EXPECT_NE(find_asset((*each)[1].str()), nullptr) << (*each)[1] << " in " << page;
      ++references;
    }
    EXPECT_GE(references, 4);
    EXPECT_EQ(html.find("<script>"), std::string::npos) << "the content security policy forbids inline scripts";
  }
}

TEST(static_assets, description_is_the_one_that_the_pages_show) {
  const std::string description = text_of("/openapi.json");
  EXPECT_EQ(description.front(), '{');
  EXPECT_NE(description.find("\"/v1/chat/completions\""), std::string::npos);
  EXPECT_NE(text_of("/docs/init.js").find("openapi.json"), std::string::npos);
  EXPECT_NE(text_of("/redoc/init.js").find("openapi.json"), std::string::npos);
}

TEST(static_assets, unpack_refuses_what_is_not_one_whole_gzip_member) {
  const std::string whole{find_asset("/docs")->body};
  EXPECT_TRUE(unpack(whole).has_value());
  EXPECT_FALSE(unpack("").has_value());
  EXPECT_FALSE(unpack("plain text").has_value());
  EXPECT_FALSE(unpack(whole.substr(0, whole.size() - 1)).has_value());
  EXPECT_FALSE(unpack(whole + "x").has_value());
  std::string damaged = whole;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  EXPECT_FALSE(unpack(damaged).has_value());
}

} // namespace
} // namespace inferenceflow::api::docs
