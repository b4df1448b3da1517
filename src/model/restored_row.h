// SPDX-License-Identifier: MIT
// A row of a recording, read back: what it contains about its thread, and how a column's cell is restored: by the
// setter next to the getter in the tables of columns. The functions that make setters are for these tables only.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/scan.h"
#include "model/delays.h"
#include "model/state.h"
#include "model/thread.h"

namespace tsa {

/// A row as it is in the file. Text references the line, or the buffer of the caller that split it.
struct RestoredRow {
    /// As it was at the end of the interval, except for counters, which hold their growth. Its state, times, name and
    /// wait name are not filled in: they are below.
    Thread thread;
    std::uint64_t time_unix_ns = 0, interval_ns = 0;
    std::uint64_t wall_ns = 0;
    std::uint64_t quiet_ns = 0;  ///< the part of wall_ns before the interval
    std::uint64_t state_age_ns = 0;
    std::uint64_t exit_time_unix_ns = 0;      ///< 0: alive
    std::optional<std::uint32_t> tid_before;  ///< its earlier TID, if an exec has changed it
    PerState<std::uint64_t> state_ns{};       ///< sums to wall_ns, unless states are absent
    Measured measured = 0;                    ///< a bit for each quantity with cells
    std::optional<ThreadState> state;
    std::string_view comm, wait_on;           ///< printable text; empty: absent
    std::string_view wait_label;              ///< likewise, unless it is that of a futex's kind
    bool has_time = false, has_wall = false;  ///< these have cells
    bool has_wait_argument = false;           ///< thread.wait.args[0] has
    bool has_label = false;                   ///< a label was looked for: delay_labeled_ns has a cell
    bool label_delays = false;                ///< and it is not 0
    bool has_delays = false;                  ///< cells of delay accounting are in `delays`
    ThreadDelays delays;                      ///< growth in the interval, as counters that started at 0
};

/// How the cell of a column is restored into a thread.
struct Restore {
    /// False: the text is not a valid value of this column. Null: the column is derived from others.
    bool (*put)(RestoredRow& row, std::string_view text) = nullptr;
    /// Of a counter: adds the thread's value at the start of the interval to its growth. Null: not a counter.
    void (*carry)(const Thread& before, Thread& now) = nullptr;
};

namespace restore {

/// Longer times are not valid: 146 years. Sums of a few still fit.
inline constexpr std::uint64_t kMaxSpanNs = std::uint64_t{1} << 62;

/// As number<std::uint64_t>(), for the many short ones.
[[nodiscard]] inline std::optional<std::uint64_t> whole_number(std::string_view text) {
    constexpr std::size_t kDigitsThatFit = 19;
    if (text.size() > kDigitsThatFit) {
        return number<std::uint64_t>(text);
    }
    std::uint64_t value = 0;
    for (const char c : text) {
        const auto digit = static_cast<unsigned char>(c - '0');
        if (digit > 9) {
            return std::nullopt;
        }
        value = value * 10 + digit;
    }
    return text.empty() ? std::nullopt : std::optional(value);
}

inline bool assign(bool& to, std::string_view text) {
    to = text == "true";
    return to || text == "false";
}

template <std::integral T>
bool assign(T& to, std::string_view text) {
    std::optional<T> value;
    if constexpr (std::is_same_v<T, std::uint64_t>) {
        value = whole_number(text);
    } else {
        value = number<T>(text);
    }
    to = value.value_or(T{});
    return value.has_value();
}

template <class T>
bool assign(std::optional<T>& to, std::string_view text) {
    return assign(to.emplace(), text);
}

inline void set_measured(RestoredRow& row, Measured bits) {
    row.measured = static_cast<Measured>(row.measured | bits);
}

/// A member of the thread as it was at the end of the interval.
template <auto kMember>
constexpr Restore end_value() {
    return {[](RestoredRow& row, std::string_view text) { return assign(row.thread.*kMember, text); }};
}

/// A member of the row itself.
template <auto kMember>
constexpr Restore row_value() {
    return {[](RestoredRow& row, std::string_view text) { return assign(row.*kMember, text); }};
}

/// The same, of an elapsed time.
template <auto kMember>
constexpr Restore row_span() {
    return {[](RestoredRow& row, std::string_view text) {
        return assign(row.*kMember, text) && row.*kMember <= kMaxSpanNs;
    }};
}

/// A counter of the thread. A cell means that `kMeasured` was measured.
template <std::uint64_t Thread::*kMember, Measured kMeasured = 0>
constexpr Restore counter() {
    return {[](RestoredRow& row, std::string_view text) {
                set_measured(row, kMeasured);
                return assign(row.thread.*kMember, text);
            },
            [](const Thread& before, Thread& now) { now.*kMember += before.*kMember; }};
}

/// A counter that may be absent.
template <std::optional<std::uint64_t> Thread::*kMember, Measured kMeasured>
constexpr Restore optional_counter() {
    return {[](RestoredRow& row, std::string_view text) {
                set_measured(row, kMeasured);
                return assign(row.thread.*kMember, text);
            },
            [](const Thread& before, Thread& now) {
                if (now.*kMember) {
                    *(now.*kMember) += (before.*kMember).value_or(0);
                }
            }};
}

template <ThreadState kState>
constexpr Restore state_time() {
    return {[](RestoredRow& row, std::string_view text) {
        set_measured(row, measured_bit(kState));
        return assign(row.state_ns[index(kState)], text);
    }};
}

}  // namespace restore

}  // namespace tsa
