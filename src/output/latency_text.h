// The program's own cost for people: the table of `bench`, the histograms of `profile`. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "model/latency.h"

namespace tsa {

/// A row per part of a refresh.
[[nodiscard]] std::string bench_text(const BenchResult& result);

/// A histogram per program that ran, drawn to lines of `width` cells or somewhat more, then the sums.
[[nodiscard]] std::string profile_text(const ProfileResult& result, std::size_t width);

}  // namespace tsa
