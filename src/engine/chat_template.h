/// The model's own chat template: a conversation becomes the prompt text the model was trained on.
///
/// Role:      loaded_model owns one per chat model.
/// Lifecycle: load() once; render()*.
/// Threading: the engine's thread.
/// Bounds:    the caller bounds the messages' bytes.
/// Source:    llama.cpp's Jinja engine (common_chat_templates).
#pragma once

#include "base/error.h"
#include "engine/request.h"

#include <memory>
#include <string>
#include <vector>

struct llama_model;

namespace inferenceflow::engine {

class chat_template {
public:
  /// A model without a template of its own gets ChatML.
  /// @returns unavailable when the model's template cannot be parsed.
  [[nodiscard]] static result<std::unique_ptr<chat_template>> load(const llama_model* model);
  ~chat_template();
  chat_template(const chat_template&) = delete;
  chat_template& operator=(const chat_template&) = delete;

  /// @returns the prompt, ending where the assistant is to speak.
  /// @returns invalid_request (param "prompt") when the template refuses the messages, e.g. their order.
  [[nodiscard]] result<std::string> render(const std::vector<chat_message>& messages) const;

private:
  class state;
  explicit chat_template(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

} // namespace inferenceflow::engine
