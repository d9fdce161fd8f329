#include "codecs/openai_responses/codec.h"
#include <gtest/gtest.h>
TEST(x, y) { inferenceflow::codecs::openai_responses::codec c; EXPECT_EQ(c.speaks(), inferenceflow::dialogue::protocol::openai_responses); }
