#include "app/codecs.h"

#include "codecs/anthropic/codec.h"
#include "codecs/bedrock/codec.h"
#include "codecs/cohere/codec.h"
#include "codecs/gemini/codec.h"
#include "codecs/openai_chat/codec.h"
#include "codecs/openai_responses/codec.h"
#include "codecs/tgi/codec.h"
#include "config/setting_table.h"

namespace inferenceflow::app {

std::unique_ptr<const dialogue::codec_set> make_codecs() {
  auto all = std::make_unique<dialogue::codec_set>();
  all->add(std::make_unique<codecs::openai_chat::codec>());
  all->add(std::make_unique<codecs::openai_responses::codec>());
  all->add(std::make_unique<codecs::anthropic::codec>());
  all->add(std::make_unique<codecs::gemini::codec>());
  all->add(std::make_unique<codecs::cohere::codec>());
  all->add(std::make_unique<codecs::bedrock::codec>());
  all->add(std::make_unique<codecs::tgi::codec>());
  return all;
}

std::shared_ptr<const dialogue::codec> backend_codec(const dialogue::codec_set& all,
                                                     const config::provider_settings& backend) {
  if (backend.protocol == dialogue::protocol::openai_chat) {
    return std::make_shared<codecs::openai_chat::codec>(
        codecs::openai_chat::dialect_of(config::dialect_word(backend.dialect)));
  }
  return {std::shared_ptr<void>{}, &all.of(backend.protocol)}; // owned by the set
}

} // namespace inferenceflow::app
