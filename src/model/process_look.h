// SPDX-License-Identifier: MIT
// A close look at one process: its open files, its environment, its file locks, as a table of text. Made by src/peers,
// shown by the screens. Pure data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsa {

enum class LookKind : std::uint8_t { files, environment, locks };

/// What is looked at: nothing of a later process with the same ID.
struct LookTopic {
    LookKind kind = LookKind::files;
    std::uint32_t tgid = 0;
    std::uint64_t start_time_ns = 0;  ///< of its main thread

    bool operator==(const LookTopic&) const = default;
};

struct LookColumn {
    std::string_view head;
    bool right = false;  ///< aligned
};

struct ProcessLook {
    LookTopic topic;
    std::vector<std::vector<std::string>> rows;  ///< a cell for each column; printable
    std::size_t left_out = 0;                    ///< rows beyond kMaxLookRows
    std::string problem;                         ///< why there is nothing, or not everything; empty: there is
    bool ended = false;                          ///< the process has ended: the rows are from before
};
inline constexpr std::size_t kMaxLookRows = 16384;

inline constexpr std::array kFileColumns = std::to_array<LookColumn>(
    {{"FD", true}, {"TYPE"}, {"MODE"}, {"POSITION", true}, {"NAME, OR WHAT IT IS CONNECTED TO"}});
inline constexpr std::array kEnvironmentColumns = std::to_array<LookColumn>({{"VARIABLE"}, {"VALUE"}});
inline constexpr std::array kLockColumns =
    std::to_array<LookColumn>({{"LOCK"}, {"MODE"}, {"BYTES"}, {"FD", true}, {"STATE"}, {"FILE"}});

/// The columns of a kind; the last one takes the rest of a line.
[[nodiscard]] constexpr std::span<const LookColumn> look_columns(LookKind kind) {
    switch (kind) {
        case LookKind::environment:
            return kEnvironmentColumns;
        case LookKind::locks:
            return kLockColumns;
        case LookKind::files:
            break;
    }
    return kFileColumns;
}

}  // namespace tsa
