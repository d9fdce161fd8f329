#include "pipeline/pipeline.h"

#include "pipeline/life.h"

namespace inferenceflow::pipeline {

net::task<void> pipeline::run(const request& asked, reply& out, client who) {
  life one{shared_, current_, loop_, state_, asked, out, who};
  co_await one.live();
}

} // namespace inferenceflow::pipeline
