#include "config/routing_settings.h"

#include "config/setting_block.h"
#include "config/setting_rows.h"

namespace inferenceflow::config {

routing_settings merged(const routing_settings& below, const routing_settings& above) {
  return merged_by(rows::k_routing_scope, below, above);
}

} // namespace inferenceflow::config
