// SPDX-License-Identifier: MIT
// The program's own cost as text: the table of `bench`, the histograms of `profile`. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "model/latency.h"

namespace tsa {

/// One row per stage of a refresh.
[[nodiscard]] std::string bench_text(const BenchResult& result);

/// A histogram for each program that ran, in lines of about `width` cells, then the sums.
[[nodiscard]] std::string profile_text(const ProfileResult& result, std::size_t width);

}  // namespace tsa
