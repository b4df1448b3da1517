// A row of a recording, read back: what it says of its thread, and how a column's cell gets there: the setter that
// stands beside the getter in the tables of columns. Makers of setters are for these tables alone.
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

/// A row as it stands in the file. Text refers into the line, or into the buffer of whoever cut it.
struct RestoredRow {
    /// As it was at the end of the interval, but for counters, which hold their growth. Its state, times, name and the
    /// name of its wait are not filled in: they stand below.
    Thread thread;
    std::uint64_t time_unix_ns = 0, interval_ns = 0;
    std::uint64_t wall_ns = 0;
    std::uint64_t quiet_ns = 0;  ///< of wall_ns, what lies before the interval
    std::uint64_t state_age_ns = 0;
    std::uint64_t exit_time_unix_ns = 0;      ///< 0: alive
    std::optional<std::uint32_t> tid_before;  ///< the TID that it had, where an exec has changed it
    PerState<std::uint64_t> state_ns{};       ///< sums to wall_ns, unless states are absent
    Measured measured = 0;                    ///< a bit for what has cells
    std::optional<ThreadState> state;
    std::string_view comm, wait_on;           ///< printable text; empty: absent
    bool has_time = false, has_wall = false;  ///< these have cells
    bool has_wait_argument = false;           ///< thread.wait.args[0] has
    bool has_delays = false;                  ///< cells of delay accounting: they are in `delays`
    ThreadDelays delays;                      ///< what was added in the interval, as counters that began at 0
};

/// How the cell of a column gets back into a thread.
struct Restore {
    /// False: that text is no value of this column. Null: the column follows from others.
    bool (*put)(RestoredRow& row, std::string_view text) = nullptr;
    /// Of a counter: adds what the thread had at the begin of the interval to its growth. Null: no counter.
    void (*carry)(const Thread& before, Thread& now) = nullptr;
};

namespace restore {

/// Longer spans are no measurement: 146 years. Sums of a few of them still fit.
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

/// The same, of a time that has passed.
template <auto kMember>
constexpr Restore row_span() {
    return {[](RestoredRow& row, std::string_view text) {
        return assign(row.*kMember, text) && row.*kMember <= kMaxSpanNs;
    }};
}

/// A counter of the thread. A cell says that `kMeasured` was measured.
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
