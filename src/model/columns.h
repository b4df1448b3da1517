// SPDX-License-Identifier: MIT
// The one table of columns: the values of a thread (or process) row, with key and unit. It is used by the screens,
// JSON, CSV, --help, --sort and the README.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/report.h"
#include "model/restored_row.h"

namespace tsa {

enum class Unit : std::uint8_t {
    identifier,  ///< a number used as a name: TID, UID, address
    count,
    events,       ///< how often it happened in the interval; screens show it per second
    nanoseconds,  ///< of the interval; screens show it as a share of the row's wall time unless `age` is set
    age,          ///< ns since something
    bytes,
    io_bytes,  ///< moved in the interval; screens show it per second
    flag,
    text,  ///< raw bytes from the kernel: sanitize before writing
};

/// Whether a value grows with the length of the interval.
[[nodiscard]] constexpr bool is_of_interval(Unit unit) {
    return unit == Unit::events || unit == Unit::nanoseconds || unit == Unit::io_bytes;
}

/// A cell: absent, or one number, or text. Absent is never 0.
struct Value {
    enum class Kind : std::uint8_t { absent, integer, flag, text };
    Kind kind = Kind::absent;
    std::int64_t integer = 0;  ///< also the flag
    std::string_view text;     ///< refers into the samples or static tables

    [[nodiscard]] bool present() const { return kind != Kind::absent; }
};

struct Column {
    std::string_view key;   ///< JSON key, CSV head, --sort name
    std::string_view head;  ///< head on a screen, at most `width` cells
    Unit unit;
    int width;              ///< cells on a screen
    std::string_view help;  ///< one sentence
    Value (*of_thread)(const Report&, const ThreadRow&);
    Value (*of_process)(const Report&, const ProcessRow&);  ///< null: not defined for a process
    Restore restore{};                                      ///< how a recorded cell is restored into a thread
};

/// All columns in the order of the JSON schema.
[[nodiscard]] std::span<const Column> columns();
/// The same in two parts: a CSV line starts with the columns of the first version, and ends with those added since.
[[nodiscard]] std::span<const Column> first_columns();
[[nodiscard]] std::span<const Column> added_columns();
/// Columns of the kernel's delay accounting, which have values only for the threads of Report::delays. Their keys start
/// with kTaskstatsPrefix; JSON has them without it, in a separate object.
[[nodiscard]] std::span<const Column> taskstats_columns();
inline constexpr std::string_view kTaskstatsPrefix = "taskstats_";
/// Columns of Report::facts: what a thread's process is, and where it belongs. JSON has them after columns(); CSV files
/// of threads do not, since they are the same for all intervals.
[[nodiscard]] std::span<const Column> process_columns();
/// A column of any of these tables by key; null if there is none.
[[nodiscard]] const Column* find_column(std::string_view key);
/// The same for user input: also "cpu", "mem", "delay", "lock" ..., and keys without their unit; null if there is none.
[[nodiscard]] const Column* find_sort_column(std::string_view name);
/// Those other names: "cpu", "pid" ...
[[nodiscard]] std::span<const std::string_view> sort_aliases();
/// What tables show as DELAY: latency_ns and delay_labeled_ns, which are separate in the data. For sorting only; its
/// order changes when labels are added to the report.
[[nodiscard]] const Column& shown_delay_column();

/// Three-way order of two cells for sorting: the caller sorts absent cells last in either direction.
[[nodiscard]] int compare(const Value& left, const Value& right);

/// Orders rows by a column, ties by TID, absent last in either direction: a total order, so that rows do not move
/// between two refreshes without changes. Reuses its buffer: no allocation once the number of rows is steady.
class ThreadSorter {
  public:
    /// Leaves the first `count` rows of that order (0: all) in `rows`. Each row's key is computed once.
    void sort(std::vector<const ThreadRow*>& rows, const Report& report, const Column& column, bool descending,
              std::size_t count);

  private:
    struct Keyed {
        Value key;
        const ThreadRow* row;
    };
    std::vector<Keyed> keyed_;
};

/// What a row waits on, as text, without an allocation: "futex", "epoll_wait", "page fault", a kernel function's name.
/// Absent while it executes or waits for a CPU, or if nothing is known.
[[nodiscard]] Value wait_on(const Thread& thread);

/// Name of a system call by number of this architecture, or empty.
[[nodiscard]] std::string_view syscall_name(std::int32_t number);
/// The inverse; absent if this architecture has no such name.
[[nodiscard]] std::optional<std::int32_t> syscall_number(std::string_view name);

}  // namespace tsa
