// How jemalloc, which the program is linked with, behaves in this process (jemalloc(3), "opt.").
// A background thread gives memory back after a burst, also when no request comes that could do it.
extern "C" const char* malloc_conf; // NOLINT(readability-identifier-naming): the library looks for this name
const char* malloc_conf = "background_thread:true,dirty_decay_ms:5000,muzzy_decay_ms:0";
