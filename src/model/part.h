// SPDX-License-Identifier: MIT
// Parts of a state's time that are counted as well: their order, keys and texts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/state.h"
#include "tsa_states.h"

namespace tsa {

/// With the values of `enum tsa_part` in bpf/tsa.h: both are made from one list.
enum class Part : std::uint8_t {
#define TSA_PART(name, NAME) name,
    TSA_PARTS(TSA_PART)
#undef TSA_PART
};

#define TSA_PART(name, NAME) +1  // NOLINT(bugprone-macro-parentheses): a term of the sum
inline constexpr std::size_t kPartCount = 0 TSA_PARTS(TSA_PART);
#undef TSA_PART

[[nodiscard]] constexpr std::size_t index(Part part) {
    return static_cast<std::size_t>(part);
}

/// One number per part.
template <class T>
struct PerPart {
    std::array<T, kPartCount> values{};

    [[nodiscard]] constexpr T& operator[](Part part) { return values[index(part)]; }
    [[nodiscard]] constexpr const T& operator[](Part part) const { return values[index(part)]; }

    constexpr PerPart& operator+=(const PerPart& other) {
        for (std::size_t at = 0; at < kPartCount; ++at) {
            values[at] += other.values[at];
        }
        return *this;
    }
    bool operator==(const PerPart&) const = default;
};

struct PartInfo {
    Part part;
    ThreadState whole;                    ///< the state that it is a part of
    std::string_view key;                 ///< "preempted_ns": in reports of recordings
    std::string_view ns_key;              ///< "cpu_wait_preempted_ns": its column
    std::string_view head;                ///< "PREEM": column head
    std::string_view label;               ///< "preempted"
    std::string_view help;                ///< of the column
    bool is_added;                        ///< as StateInfo::is_added
    std::string_view glyph, ascii_glyph;  ///< in bars, in the color of the state; empty: not drawn apart
};

inline constexpr std::array<PartInfo, kPartCount> kParts{{
    {Part::preempted, ThreadState::cpu_wait, "preempted_ns", "cpu_wait_preempted_ns", "PREEM", "preempted",
     "the part of cpu_wait_ns that began with a preemption, without the throttled part", false, "", ""},
    {Part::throttled, ThreadState::cpu_wait, "throttled_ns", "cpu_wait_throttled_ns", "THROT", "throttled",
     "the part of cpu_wait_ns in which the CPU quota of its group was used up", true, "▓", "%"},
    {Part::reclaim, ThreadState::exec, "exec_reclaim_ns", "exec_reclaim_ns", "RECLM", "reclaim",
     "the part of exec_ns inside reclaim or compaction of memory, or a swap-in from zram", true, "", ""},
}};

[[nodiscard]] constexpr const PartInfo& info(Part part) {
    return kParts[index(part)];
}

static_assert(
    [] {
        for (std::size_t at = 0; at < kPartCount; ++at) {
            if (index(kParts[at].part) != at) {
                return false;
            }
        }
        return true;
    }(),
    "rows are in the order of the list");

}  // namespace tsa
