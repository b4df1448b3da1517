// SPDX-License-Identifier: MIT
// Skips a test if the machine lacks a feature, and names it; with RSTAT_REQUIRE_KERNEL=1 (set in CI) this is a failure.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace tsa::test {

/// RSTAT_REQUIRE_KERNEL=1.
[[nodiscard]] bool features_are_required();

/// RSTAT_EMULATED_CPUS=1, set in the guests of scripts/test-kernels: the CPUs take turns, so one may stop at any
/// instruction without the guest kernel noticing (no stolen time).
[[nodiscard]] bool cpus_are_emulated();

/// Each returns what is missing, or nothing.
[[nodiscard]] std::optional<std::string> missing_bpf();  ///< root, BTF, and permission to load programs
[[nodiscard]] std::optional<std::string> missing_cgroup(const std::string& controller);
[[nodiscard]] std::optional<std::string> missing_swap_files();
[[nodiscard]] std::optional<std::string> missing_file(const std::string& path);
[[nodiscard]] std::optional<std::string> missing_http_library();  ///< libmicrohttpd

}  // namespace tsa::test

/// TSA_REQUIRE(missing_cgroup("memory")): skips or fails the test if something is missing.
#define TSA_REQUIRE(missing_expression)                                       \
    do {                                                                      \
        if (const std::optional<std::string> missing_ = missing_expression) { \
            if (::tsa::test::features_are_required()) {                       \
                FAIL() << "this machine lacks: " << *missing_;                \
            }                                                                 \
            GTEST_SKIP() << "this machine lacks: " << *missing_;              \
        }                                                                     \
    } while (false)
