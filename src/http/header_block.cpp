#include "http/header_block.h"

#include <array>
#include <boost/beast/http/status.hpp>
#include <ctime>
#include <fmt/format.h>

namespace inferenceflow::http {

std::string status_line(int status) {
  const auto reason =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return fmt::format("HTTP/1.1 {} {}\r\n", status, reason);
}

std::string_view date_now() {
  // Formatting a date costs more than the rest of the head; a thread-local second is exact enough for a header.
  thread_local std::time_t formatted_for = 0;
  thread_local std::array<char, 32> text{};
  thread_local std::size_t length = 0;
  const std::time_t now = std::time(nullptr);
  if (now != formatted_for) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    static constexpr std::array<const char*, 7> k_days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> k_months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto end = fmt::format_to_n(text.data(), text.size(), "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                                      k_days[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                                      k_months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                                      parts.tm_hour, parts.tm_min, parts.tm_sec);
    length = end.size;
    formatted_for = now;
  }
  return {text.data(), length};
}

} // namespace inferenceflow::http
