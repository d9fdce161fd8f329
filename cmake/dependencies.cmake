# Every third-party library that the project links, found once. Debian 12 packages: scripts/packages.txt.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL 3 REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(SQLite3 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
add_library(xxhash::xxhash ALIAS PkgConfig::xxhash)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
add_library(zstd::zstd ALIAS PkgConfig::zstd)
pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)

# Header-only Asio and Beast, no exceptions swallowed silently, no deprecated interfaces.
add_library(iflow_asio INTERFACE)
target_compile_definitions(iflow_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
                                                BOOST_ALL_NO_LIB
                                                # Coroutine frames kept per thread: a request has a dozen at a time.
                                                BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=16)
target_link_libraries(iflow_asio INTERFACE Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
add_library(iflow::asio ALIAS iflow_asio)

if(IFLOW_TESTS)
  find_package(GTest REQUIRED)
  enable_testing()
endif()
if(IFLOW_BENCH)
  find_package(benchmark REQUIRED)
endif()
include(llama)
