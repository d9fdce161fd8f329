#include "config/semantic_settings.h"

#include "config/setting_block.h"
#include "config/setting_rows.h"

namespace inferenceflow::config {

semantic_settings merged(const semantic_settings& below, const semantic_settings& above) {
  return merged_by(rows::k_semantic_scope, below, above);
}

} // namespace inferenceflow::config
