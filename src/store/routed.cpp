#include "store/routed.h"

namespace inferenceflow::store {

std::string_view to_string(routed_role role) noexcept {
  switch (role) {
  case routed_role::main: return "main";
  case routed_role::shadow: return "shadow";
  case routed_role::canary: return "canary";
  }
  return "main";
}

routed_role routed_role_named(std::string_view name) noexcept {
  if (name == "shadow") {
    return routed_role::shadow;
  }
  return name == "canary" ? routed_role::canary : routed_role::main;
}

} // namespace inferenceflow::store
