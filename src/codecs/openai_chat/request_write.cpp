#include "codecs/openai_chat/request_write.h"

#include "codecs/openai_chat/extra_fields.h"
#include "codecs/openai_chat/message_write.h"
#include "codecs/openai_chat/reasoning_wish.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace inferenceflow::codecs::openai_chat {

using dialogue::request;
using dialogue::tool_mode;

namespace {

constexpr std::string_view k_schema_name = "answer"; // OpenAI insists on a name

class body_writer {
public:
  body_writer(const request& asked, const dialect& of, dialogue::written_request& into)
      : asked_(asked)
      , dialect_(of)
      , out_(into.body)
      , losses_(into.losses) {}

  std::optional<error> write(std::string_view model) {
    out_.open_object().key("model").text(model);
    write_tools();
    write_choice();
    write_messages();
    write_limits();
    write_sampling();
    write_reasoning_wish(out_, asked_, dialect_, losses_);
    write_format();
    write_names();
    write_extras();
    write_stream();
    out_.close_object();
    return refused_;
  }

private:
  void refuse(const std::string& field, std::string_view why) {
    if (!refused_) {
      refused_ = make_error(error_kind::invalid_request, fmt::format("{}: {}", field, why), field);
    }
  }
  /// Whether the host takes `field`; if not, `name` is a loss.
  bool takes(optional_field field, std::string_view name) {
    if ((dialect_.without & field) == 0) {
      return true;
    }
    lose(std::string{name});
    return false;
  }
  void lose(std::string name) { note_loss(losses_, std::move(name)); }

  void write_function(const dialogue::tool& one, const std::string& path) {
    out_.open_object().key("type").text("function").key("function").open_object().key("name").text(one.name);
    if (!one.description.empty()) {
      out_.key("description").text(one.description);
    }
    if (!one.parameters.empty()) {
      if (is_json(one.parameters)) {
        out_.key("parameters").raw(one.parameters);
      } else {
        refuse(path + ".parameters", "is not valid JSON");
      }
    }
    if (one.strict) {
      out_.key("strict").flag(*one.strict);
    }
    out_.close_object();
    const bool marks = dialect_.cache_marks == cache_mark_field::cache_control;
    if (!(marks ? write_cache_mark(out_, one.cache_mark, dialect_) : !one.cache_mark)) {
      lose(path + ".cache_mark");
    }
    out_.close_object();
  }

  void write_tools() {
    if (asked_.tools.empty()) {
      return;
    }
    out_.key("tools").open_array();
    for (std::size_t at = 0; at < asked_.tools.size(); ++at) {
      const dialogue::tool& one = asked_.tools[at];
      const std::string path = fmt::format("tools[{}]", at);
      if (one.opaque.empty()) {
        write_function(one, path);
      } else if (one.origin == dialogue::protocol::openai_chat && is_json(one.opaque)) {
        out_.raw(one.opaque);
      } else {
        refuse(path, fmt::format("the tool '{}' is another provider's own", one.name));
      }
    }
    out_.close_array();
  }

  void write_choice() {
    const dialogue::tool_choice& choice = asked_.choice;
    switch (choice.mode) {
    case tool_mode::unsaid: break;
    case tool_mode::automatic: out_.key("tool_choice").text("auto"); break;
    case tool_mode::forbidden: out_.key("tool_choice").text("none"); break;
    case tool_mode::required: out_.key("tool_choice").text("required"); break;
    case tool_mode::named: {
      const bool custom = std::any_of(asked_.tools.begin(), asked_.tools.end(), [&](const dialogue::tool& one) {
        return one.name == choice.name && !one.opaque.empty();
      });
      const std::string_view kind = custom ? "custom" : "function";
      out_.key("tool_choice").open_object().key("type").text(kind).key(kind).open_object();
      out_.key("name").text(choice.name).close_object().close_object();
      break;
    }
    }
    if (choice.parallel && takes(field_parallel_calls, "choice.parallel")) {
      out_.key("parallel_tool_calls").flag(*choice.parallel);
    }
  }

  void write_messages() {
    out_.key("messages").open_array();
    message_writer writer{out_, dialect_, losses_};
    for (std::size_t at = 0; at < asked_.messages.size(); ++at) {
      writer.write(asked_.messages[at], at);
    }
    writer.finish();
    out_.close_array();
    if (writer.refused() && !refused_) {
      refused_ = writer.refused();
    }
  }

  void write_limits() {
    if (asked_.tokens_max) {
      const bool older = dialect_.token_limit == token_limit_field::max_tokens;
      out_.key(older ? "max_tokens" : "max_completion_tokens").integer(*asked_.tokens_max);
    }
    if (!asked_.stop.empty()) {
      out_.key("stop").open_array();
      for (const std::string& one : asked_.stop) {
        out_.text(one);
      }
      out_.close_array();
    }
    if (asked_.answers != 1 && (dialect_.without & field_answers) != 0) {
      refuse("answers", "this provider gives one answer per request");
    } else if (asked_.answers != 1) {
      out_.key("n").integer(asked_.answers);
    }
    const bool wants_logprobs = asked_.logprobs || asked_.top_logprobs > 0;
    if (wants_logprobs && !takes(field_logprobs, "logprobs")) {
      return;
    }
    if (asked_.logprobs) {
      out_.key("logprobs").flag(true);
    }
    if (asked_.top_logprobs > 0) {
      out_.key("top_logprobs").integer(asked_.top_logprobs);
    }
  }

  void number(std::string_view name, const std::optional<double>& value, bool taken = true) {
    if (value && taken) {
      out_.key(name).number(*value);
    } else if (value) {
      lose("sample." + std::string{name});
    }
  }
  void integer(std::string_view name, const std::optional<std::int64_t>& value, bool taken = true) {
    if (value && taken) {
      out_.key(name).integer(*value);
    } else if (value) {
      lose("sample." + std::string{name});
    }
  }

  void write_sampling() {
    const dialogue::sampling& sample = asked_.sample;
    number("temperature", sample.temperature);
    number("top_p", sample.top_p);
    number("min_p", sample.min_p, dialect_.more_sampling);
    integer("top_k", sample.top_k, dialect_.more_sampling);
    const bool penalties = (dialect_.without & field_penalties) == 0;
    number("presence_penalty", sample.presence_penalty, penalties);
    number("frequency_penalty", sample.frequency_penalty, penalties);
    number("repetition_penalty", sample.repetition_penalty, dialect_.more_sampling);
    integer(dialect_.seed, sample.seed);
    if (!sample.logit_bias.empty() && takes(field_logit_bias, "sample.logit_bias")) {
      if (is_json(sample.logit_bias)) {
        out_.key("logit_bias").raw(sample.logit_bias);
      } else {
        refuse("sample.logit_bias", "is not valid JSON");
      }
    }
  }

  void write_format() {
    const dialogue::output_format& format = asked_.format;
    if (format.kind == dialogue::format_kind::text) {
      return;
    }
    out_.key("response_format").open_object().key("type");
    if (format.kind == dialogue::format_kind::json) {
      out_.text("json_object").close_object();
      return;
    }
    out_.text("json_schema").key("json_schema").open_object();
    out_.key("name").text(format.name.empty() ? k_schema_name : std::string_view{format.name});
    if (!format.description.empty()) {
      out_.key("description").text(format.description);
    }
    if (is_json(format.schema)) {
      out_.key("schema").raw(format.schema);
    } else {
      refuse("format.schema", "is not valid JSON");
    }
    if (format.strict) {
      out_.key("strict").flag(*format.strict);
    }
    out_.close_object().close_object();
  }

  void write_names() {
    if (!asked_.user.empty() && takes(field_user, "user")) {
      out_.key("user").text(asked_.user);
    }
    if (!asked_.service_tier.empty() &&
        takes(field_service_tier, "service_tier")) { // standard_only is Anthropic's: no priority capacity
      out_.key("service_tier").text(asked_.service_tier == "standard_only" ? "default" : asked_.service_tier);
    }
    if (!asked_.cache_key.empty() && takes(field_cache_key, "cache_key")) {
      out_.key("prompt_cache_key").text(asked_.cache_key);
    }
  }

  void write_extras() {
    for (const dialogue::extra_field& extra : asked_.extras) {
      const std::string_view root = std::string_view{extra.name}.substr(0, extra.name.find('.'));
      const bool nested = root.size() < extra.name.size();
      if (!is_known_extra(extra.name) || !is_json(extra.json) ||
          (nested && root != "thinking" && root != "reasoning" && root != "stream_options")) {
        if (extra.essential) {
          refuse(extra.name, "this field has no form in the Chat Completions format");
        } else {
          lose(extra.name);
        }
      } else if (!nested) {
        out_.key(extra.name).raw(extra.json);
      } else if (root == "stream_options" && !asked_.stream) {
        lose(extra.name);
      }
    }
  }

  void write_stream() {
    if (!asked_.stream) {
      return;
    }
    out_.key("stream").flag(true);
    if ((dialect_.without & field_stream_options) != 0) {
      if (has_nested(asked_, "stream_options")) {
        lose("stream_options");
      }
      return; // usage comes without being asked for
    }
    if (asked_.usage_in_stream || has_nested(asked_, "stream_options")) {
      out_.key("stream_options").open_object();
      if (asked_.usage_in_stream) {
        out_.key("include_usage").flag(true);
      }
      write_nested_members(out_, asked_, "stream_options");
      out_.close_object();
    }
  }

  const request& asked_;
  const dialect& dialect_;
  json_out out_;
  std::vector<std::string>& losses_;
  std::optional<error> refused_;
};

} // namespace

result<dialogue::written_request> write_request(const request& asked, std::string_view model, const dialect& of) {
  dialogue::written_request written;
  written.path = "/chat/completions";
  if (auto refused = body_writer{asked, of, written}.write(model)) {
    return *std::move(refused);
  }
  return written;
}

} // namespace inferenceflow::codecs::openai_chat
