#include "bench/semantic/vector_store.h"

#include "bench/progress.h"
#include "engine/log_bridge.h"
#include "engine/model_engine.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <mutex>
#include <numeric>
#include <xxhash.h>

namespace inferenceflow::bench {

namespace {

constexpr std::size_t k_texts_per_job = 64;
constexpr std::uint64_t k_format = 0x314345564C414649ULL; // "IFALVEC1"

struct text_hash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const text_hash&, const text_hash&) = default;
};
struct hash_of_hash {
  std::size_t operator()(const text_hash& hash) const noexcept { return hash.low; }
};

text_hash hash_of(std::string_view text) {
  const auto hash = XXH3_128bits(text.data(), text.size());
  return {hash.high64, hash.low64};
}

struct file_head {
  std::uint64_t format = 0;
  std::uint64_t model_bytes = 0;
  std::uint64_t dimension = 0;
  std::uint64_t count = 0;
};

using known_vectors = std::unordered_map<text_hash, std::vector<float>, hash_of_hash>;

known_vectors read_kept(const std::string& path, std::uint64_t model_bytes) {
  known_vectors known;
  std::ifstream file(path, std::ios::binary);
  file_head head;
  if (!file.read(reinterpret_cast<char*>(&head), sizeof head) || head.format != k_format ||
      head.model_bytes != model_bytes || head.dimension == 0 || head.dimension > 16'384) {
    return known;
  }
  for (std::uint64_t i = 0; i < head.count; ++i) {
    text_hash name;
    std::vector<float> values(head.dimension);
    if (!file.read(reinterpret_cast<char*>(&name), sizeof name) ||
        !file.read(reinterpret_cast<char*>(values.data()),
                   static_cast<std::streamsize>(values.size() * sizeof(float)))) {
      break;
    }
    known.emplace(name, std::move(values));
  }
  return known;
}

void write_kept(const std::string& path, std::uint64_t model_bytes, const known_vectors& known) {
  if (known.empty()) {
    return;
  }
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file(path + ".part", std::ios::binary);
  const file_head head{
      .format = k_format, .model_bytes = model_bytes, .dimension = known.begin()->second.size(), .count = known.size()};
  file.write(reinterpret_cast<const char*>(&head), sizeof head);
  for (const auto& [name, values] : known) {
    file.write(reinterpret_cast<const char*>(&name), sizeof name);
    file.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(float)));
  }
  file.close();
  std::filesystem::rename(path + ".part", path);
}

/// One job at a time, waited for.
result<engine::embedding_answer> embed(engine::model_engine& model, engine::embedding_request request) {
  std::mutex mutex;
  std::condition_variable ended;
  std::optional<result<engine::embedding_answer>> got;
  const auto sent = model.submit(std::move(request), [&](result<engine::embedding_answer>&& answer) {
    const std::lock_guard lock{mutex};
    got.emplace(std::move(answer));
    ended.notify_one();
  });
  if (!sent) {
    return sent.error();
  }
  std::unique_lock lock{mutex};
  ended.wait(lock, [&] { return got.has_value(); });
  return std::move(*got);
}

result<void> embed_missing(const std::vector<std::string>& texts, const std::string& model_file, known_vectors& known,
                           std::size_t& embedded) {
  std::vector<const std::string*> missing;
  for (const auto& text : texts) {
    if (!known.contains(hash_of(text))) {
      missing.push_back(&text);
    }
  }
  if (missing.empty()) {
    return {};
  }
  // Texts of like length share decode steps without waste.
  std::sort(missing.begin(), missing.end(), [](const auto* a, const auto* b) { return a->size() < b->size(); });
  const engine::log_bridge quiet{[](engine::log_level, std::string_view) {}}; // llama.cpp says a lot about itself
  engine::model_engine model{
      {.name = "embedder", .path = model_file, .kind = engine::model_kind::embedding, .sequences_max = 32}};
  progress_bar bar{"embedding", missing.size()};
  for (std::size_t at = 0; at < missing.size(); at += k_texts_per_job) {
    const std::size_t end = std::min(at + k_texts_per_job, missing.size());
    engine::embedding_request request;
    request.cut_to_fit = true;
    for (std::size_t i = at; i < end; ++i) {
      request.inputs.emplace_back(*missing[i]);
    }
    auto got = embed(model, std::move(request));
    if (!got) {
      return got.error();
    }
    for (std::size_t i = at; i < end; ++i) {
      known.emplace(hash_of(*missing[i]), std::move(got->vectors[i - at]));
    }
    bar.at(end);
  }
  embedded = missing.size();
  return {};
}

} // namespace

result<text_vectors> vectors_of(const std::vector<std::string>& texts, const std::string& model_file,
                                const std::string& kept_file) {
  std::error_code failed;
  const std::uint64_t model_bytes = std::filesystem::file_size(model_file, failed);
  if (failed) {
    return make_error(error_kind::invalid_request,
                      fmt::format("the embedding model {} is not there; make models fetches it", model_file));
  }
  known_vectors known = read_kept(kept_file, model_bytes);
  text_vectors made;
  const auto begun = std::chrono::steady_clock::now();
  if (const auto done = embed_missing(texts, model_file, known, made.embedded); !done) {
    return done.error();
  }
  made.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  if (made.embedded > 0) {
    write_kept(kept_file, model_bytes, known);
  }
  for (const auto& text : texts) {
    const auto& values = known.at(hash_of(text));
    made.dimension = values.size();
    made.values.insert(made.values.end(), values.begin(), values.end());
  }
  return made;
}

} // namespace inferenceflow::bench
