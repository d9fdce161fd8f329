#include "engine/chat_template.h"

#include <common/chat.h>
#include <exception>
#include <fmt/format.h>
#include <utility>

namespace inferenceflow::engine {

class chat_template::state {
public:
  explicit state(common_chat_templates_ptr templates)
      : templates_(std::move(templates)) {}

  [[nodiscard]] std::string render(const std::vector<chat_message>& messages) const {
    common_chat_templates_inputs inputs;
    for (const auto& message : messages) {
      auto& copy = inputs.messages.emplace_back();
      copy.role = message.role;
      copy.content = message.content;
    }
    return common_chat_templates_apply(templates_.get(), inputs).prompt;
  }

private:
  common_chat_templates_ptr templates_;
};

chat_template::chat_template(std::unique_ptr<state> s)
    : state_(std::move(s)) {}
chat_template::~chat_template() = default;

result<std::unique_ptr<chat_template>> chat_template::load(const llama_model* model) {
  try {
    auto loaded = std::make_unique<state>(common_chat_templates_init(model, ""));
    return std::unique_ptr<chat_template>(new chat_template(std::move(loaded)));
  } catch (const std::exception& failure) {
    return make_error(error_kind::unavailable,
                      fmt::format("the model's chat template cannot be used: {}", failure.what()));
  }
}

result<std::string> chat_template::render(const std::vector<chat_message>& messages) const {
  try {
    return state_->render(messages);
  } catch (const std::exception& failure) {
    return make_error(error_kind::invalid_request,
                      fmt::format("the model's chat template refuses these messages: {}", failure.what()), "prompt");
  }
}

} // namespace inferenceflow::engine
