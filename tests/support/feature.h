// Skips a test whose machine lacks a feature, and says which; with RSTAT_REQUIRE_KERNEL=1 (set in CI) that is a
// failure.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace tsa::test {

/// RSTAT_REQUIRE_KERNEL=1.
[[nodiscard]] bool features_are_required();

/// RSTAT_EMULATED_CPUS=1, set in the guests of scripts/test-kernels: the CPUs take turns, so one stops at any
/// instruction, and the kernel that runs on it is not told (no stolen time).
[[nodiscard]] bool cpus_are_emulated();

/// Each returns what is missing, or nothing.
[[nodiscard]] std::optional<std::string> missing_bpf();  ///< root, BTF, and a kernel that lets us load programs
[[nodiscard]] std::optional<std::string> missing_cgroup(const std::string& controller);
[[nodiscard]] std::optional<std::string> missing_swap_files();
[[nodiscard]] std::optional<std::string> missing_file(const std::string& path);

}  // namespace tsa::test

/// TSA_REQUIRE(missing_cgroup("memory")): leaves the test with a skip, or a failure, when something is missing.
#define TSA_REQUIRE(missing_expression)                                       \
    do {                                                                      \
        if (const std::optional<std::string> missing_ = missing_expression) { \
            if (::tsa::test::features_are_required()) {                       \
                FAIL() << "this machine lacks: " << *missing_;                \
            }                                                                 \
            GTEST_SKIP() << "this machine lacks: " << *missing_;              \
        }                                                                     \
    } while (false)
