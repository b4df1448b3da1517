// SPDX-License-Identifier: MIT
// See task_identity.h.
#include "base/task_identity.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <system_error>

#include "base/fd.h"
#include "base/time_namespace.h"
#include "base/time_units.h"

namespace tsa {

std::uint64_t start_ticks_of(std::string_view stat_line) {
    // "TID (name) S ...": the name may contain anything, so count from the last parenthesis. The start time is field
    // 22.
    constexpr int kFieldsToSkip = 20;
    const std::size_t name_end = stat_line.rfind(')');
    if (name_end == std::string_view::npos) {
        return 0;
    }
    std::string_view rest = stat_line.substr(name_end + 1);
    for (int field = 0; field < kFieldsToSkip; ++field) {
        const std::size_t space = rest.find(' ');
        if (space == std::string_view::npos) {
            return 0;
        }
        rest.remove_prefix(space + 1);
    }
    std::uint64_t ticks = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
    return error == std::errc{} ? ticks : 0;
}

namespace {

std::uint64_t tick_ns() {
    static const std::uint64_t kTickNs = kNsPerSecond / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return kTickNs;
}

/// 0: there is no such thread.
std::uint64_t read_start_ticks(std::uint32_t tid) {
    std::array<char, 64> path{};
    std::snprintf(path.data(), path.size(), "/proc/%u/stat", tid);
    const Fd file(::open(path.data(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
        return 0;
    }
    std::array<char, 1024> text{};
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    return got > 0 ? start_ticks_of({text.data(), static_cast<std::size_t>(got)}) : 0;
}

}  // namespace

bool task_exists(std::uint32_t tid, std::uint64_t start_time_ns) {
    const std::uint64_t ticks = read_start_ticks(tid);
    return ticks == start_ticks(start_time_ns);
}

std::uint64_t start_ticks(std::uint64_t start_time_ns) {
    return (start_time_ns + static_cast<std::uint64_t>(own_time_offsets().boottime_ns)) / tick_ns();
}

std::uint64_t start_time_ns(std::uint64_t ticks) {
    return ticks * tick_ns() - static_cast<std::uint64_t>(own_time_offsets().boottime_ns);
}

std::optional<std::uint64_t> read_start_time_ns(std::uint32_t tid) {
    const std::uint64_t ticks = read_start_ticks(tid);
    return ticks != 0 ? std::optional(start_time_ns(ticks)) : std::nullopt;
}

}  // namespace tsa
