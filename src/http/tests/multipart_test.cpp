#include "http/multipart.h"

#include <gtest/gtest.h>
#include <string>

namespace inferenceflow::http {
namespace {

constexpr std::string_view k_type = "multipart/form-data; boundary=xyz";

std::string part(std::string_view disposition, std::string_view content) {
  return "--xyz\r\nContent-Disposition: " + std::string{disposition} + "\r\n\r\n" + std::string{content} + "\r\n";
}

TEST(multipart, reads_fields_and_files) {
  const std::string body = part("form-data; name=\"purpose\"", "batch") +
                           "--xyz\r\ncontent-type: text/plain\r\ncontent-disposition: form-data; name=\"file\"; "
                           "filename=\"a \\\"b\\\".jsonl\"\r\n\r\nline\r\n--xy not the end\r\n--xyz--\r\nbehind";
  const auto got = read_form(k_type, body);
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_EQ(got->size(), 2U);
  EXPECT_EQ(find_part(*got, "purpose")->content, "batch");
  EXPECT_FALSE(find_part(*got, "purpose")->filename);
  EXPECT_EQ(find_part(*got, "file")->content, "line\r\n--xy not the end");
  EXPECT_EQ(find_part(*got, "file")->filename, "a \"b\".jsonl");
  EXPECT_EQ(find_part(*got, "other"), nullptr);
}

TEST(multipart, reads_empty_contents_quotes_of_browsers_and_any_boundary) {
  const auto got =
      read_form("Multipart/Form-Data; charset=utf-8; boundary=\"a b:c\"",
                "preamble\r\n--a b:c \t\r\nContent-Disposition: form-data; name=x%22y\r\n\r\n\r\n--a b:c--");
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_EQ(got->size(), 1U);
  EXPECT_EQ(got->front().content, "");
  const auto quoted = read_form(k_type, part("form-data; name=\"x%22y\"", "\r\n\r\n") + "--xyz--");
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->front().name, "x\"y");
  EXPECT_EQ(quoted->front().content, "\r\n\r\n");
  EXPECT_TRUE(read_form(k_type, "--xyz--")->empty());
}

TEST(multipart, says_what_is_wrong) {
  EXPECT_EQ(read_form("application/json", "{}").error().kind, error_kind::unsupported_media_type);
  EXPECT_EQ(read_form("", "").error().kind, error_kind::unsupported_media_type);
  const std::pair<std::string, std::string> wrong[] = {
      {"multipart/form-data", "--xyz--"},
      {"multipart/form-data; boundary=", "--xyz--"},
      {"multipart/form-data; boundary=" + std::string(71, 'x'), "--xyz--"},
      {"multipart/form-data; boundary=\"open", "--xyz--"},
      {std::string{k_type}, ""},
      {std::string{k_type}, "--other--"},
      {std::string{k_type}, "--xyz"},
      {std::string{k_type}, "--xyzmore\r\n"},
      {std::string{k_type}, "--xyz\r\n"},
      {std::string{k_type}, "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end"},
      {std::string{k_type}, part("form-data; filename=\"a\"", "x") + "--xyz--"},
      {std::string{k_type}, part("form-data; name=\"a", "x") + "--xyz--"},
      {std::string{k_type}, part("attachment; name=\"a\"", "x") + "--xyz--"},
      {std::string{k_type}, "--xyz\r\n\r\nno head\r\n--xyz--"},
      {std::string{k_type},
       part("form-data; name=\"" + std::string(k_part_head_bytes_max, 'n') + "\"", "x") + "--xyz--"},
  };
  for (const auto& [type, body] : wrong) {
    const auto got = read_form(type, body);
    ASSERT_FALSE(got) << type << '\n' << body;
    EXPECT_EQ(got.error().kind, error_kind::invalid_request);
  }
}

TEST(multipart, bounds_the_parts) {
  std::string body;
  for (std::size_t i = 0; i < k_form_parts_max; ++i) {
    body += part("form-data; name=\"a\"", "x");
  }
  EXPECT_TRUE(read_form(k_type, body + "--xyz--"));
  EXPECT_FALSE(read_form(k_type, body + part("form-data; name=\"a\"", "x") + "--xyz--"));
}

/// Any cut of a good body is an error, and nothing is read past its end.
TEST(multipart, a_body_that_is_cut_is_no_form) {
  const std::string body = part("form-data; name=\"a\"", "x") + "--xyz--";
  for (std::size_t size = 0; size + 1 < body.size(); ++size) {
    EXPECT_FALSE(read_form(k_type, std::string{body.substr(0, size)})) << size;
  }
}

} // namespace
} // namespace inferenceflow::http
