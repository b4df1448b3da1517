// SPDX-License-Identifier: MIT
// See noise.h.
#include "summary/noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace tsa {

namespace {

/// An estimate from fewer blocks than this is mostly noise: blocks are not combined further.
constexpr std::size_t kLeastBlocks = 4;
constexpr std::size_t kMostTogether = 4;

double variance_by(std::span<const std::uint64_t> sums, std::span<const std::uint64_t> lengths, std::size_t together) {
    double sum = 0, length = 0;
    for (std::size_t at = 0; at < lengths.size(); ++at) {
        sum += at < sums.size() ? static_cast<double>(sums[at]) : 0;
        length += static_cast<double>(lengths[at]);
    }
    if (length <= 0) {
        return 0;
    }
    const double mean = sum / length;
    double squares = 0, blocks = 0;
    for (std::size_t at = 0; at < lengths.size(); at += together) {
        double away = 0;
        for (std::size_t i = at; i < std::min(at + together, lengths.size()); ++i) {
            away += (i < sums.size() ? static_cast<double>(sums[i]) : 0) - mean * static_cast<double>(lengths[i]);
        }
        squares += away * away;
        blocks += 1;
    }
    return blocks < 2 ? 0 : squares * blocks / (blocks - 1) / (length * length);
}

}  // namespace

double variance_of_mean(std::span<const std::uint64_t> sums, std::span<const std::uint64_t> lengths) {
    double largest = variance_by(sums, lengths, 1);
    for (std::size_t together = 2; lengths.size() / together >= kLeastBlocks && together <= kMostTogether;
         together *= 2) {
        largest = std::max(largest, variance_by(sums, lengths, together));
    }
    return largest;
}

double noise_factor(std::uint32_t blocks) {
    // Student's t at 99.73 % (three sigma of a normal distribution), by blocks - 1 degrees of freedom.
    constexpr std::array kByDegrees{235.8, 19.21, 9.219, 6.620, 5.507, 4.904, 4.530, 4.277, 4.094, 3.957,
                                    3.850, 3.764, 3.694, 3.636, 3.586, 3.544, 3.507, 3.475, 3.447, 3.422};
    if (blocks < 2) {
        return std::numeric_limits<double>::infinity();
    }
    // Beyond the table t approaches 3 roughly as 1 / degrees.
    const std::size_t degrees = blocks - 1;
    return degrees <= kByDegrees.size() ? kByDegrees[degrees - 1] : 3.0 + 8.44 / static_cast<double>(degrees);
}

}  // namespace tsa
