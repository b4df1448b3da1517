// SPDX-License-Identifier: MIT
// See task_files.h.
#include "procfs/task_files.h"

#include <algorithm>

#include "base/scan.h"

namespace tsa {

namespace {

constexpr std::uint32_t kKernelThread = 0x00200000;  // PF_KTHREAD of stat's flags, the same in all kernels since 2.6.37

/// Parses a line field by field; one invalid number makes the whole line absent.
class StatFields {
  public:
    explicit StatFields(std::string_view line) : line_(line) {}

    template <class T>
    void take(T& value) {
        const std::optional<T> found = number<T>(next_field(line_));
        good_ = good_ && found.has_value();
        value = found.value_or(T{});
    }
    void skip(int fields) {
        for (int i = 0; i < fields; ++i) {
            good_ = good_ && !next_field(line_).empty();
        }
    }
    [[nodiscard]] bool good() const { return good_; }

  private:
    std::string_view line_;
    bool good_ = true;
};

/// The text after "Key:\t" at the start of a line; absent if the line is missing or truncated.
std::optional<std::string_view> line_of(std::string_view& text, std::string_view key) {
    while (std::optional<std::string_view> line = next_line(text)) {
        if (line->starts_with(key)) {
            return line->substr(key.size());
        }
    }
    return std::nullopt;
}

template <class T>
std::optional<T> number_of_line(std::string_view& text, std::string_view key) {
    std::optional<std::string_view> line = line_of(text, key);
    return line ? number<T>(next_field(*line)) : std::nullopt;
}

std::string_view last_field(std::string_view line) {
    std::string_view last;
    for (std::string_view field = next_field(line); !field.empty(); field = next_field(line)) {
        last = field;
    }
    return last;
}

}  // namespace

std::optional<TaskTimes> parse_task_times(std::string_view schedstat) {
    const std::optional<std::string_view> line = next_line(schedstat);
    if (!line) {
        return std::nullopt;
    }
    StatFields fields(*line);
    TaskTimes times;
    fields.take(times.exec_ns);
    fields.take(times.run_delay_ns);
    fields.take(times.runs);
    return fields.good() ? std::optional(times) : std::nullopt;
}

std::optional<TaskStat> parse_task_stat(std::string_view stat) {
    // "TID (name) S ...\n": the name may contain anything, including parentheses and newlines; only numbers follow it.
    const std::size_t name_begin = stat.find(" (");
    const std::size_t name_end = stat.rfind(") ");
    if (name_begin == std::string_view::npos || name_end == std::string_view::npos || name_end < name_begin + 2 ||
        !stat.ends_with('\n') || name_end + 3 >= stat.size()) {
        return std::nullopt;
    }
    const std::optional<std::uint32_t> tid = number<std::uint32_t>(stat.substr(0, name_begin));
    TaskStat task;
    const std::string_view name = stat.substr(name_begin + 2, name_end - name_begin - 2);
    std::copy_n(name.begin(), std::min(name.size(), task.comm.size() - 1), task.comm.begin());
    task.letter = stat[name_end + 2];
    std::string_view rest = stat.substr(name_end + 3);
    rest.remove_suffix(1);
    StatFields fields(rest);
    std::uint32_t flags = 0;
    std::uint64_t user_ticks = 0;
    std::uint64_t system_ticks = 0;
    std::int64_t rss_pages = 0;
    std::uint32_t last_cpu = 0;
    std::uint32_t rt_priority = 0;
    std::uint32_t policy = 0;
    fields.take(task.parent_tgid);  // field 4
    fields.skip(4);
    fields.take(flags);  // 9
    fields.take(task.minor_faults);
    fields.skip(1);
    fields.take(task.major_faults);  // 12
    fields.skip(1);
    fields.take(user_ticks);  // 14
    fields.take(system_ticks);
    fields.skip(3);
    fields.take(task.nice);  // 19
    fields.take(task.threads);
    fields.skip(1);
    fields.take(task.start_ticks);  // 22
    fields.skip(1);
    fields.take(rss_pages);  // 24; may be negative on kernels that sum per-CPU counts inexactly
    fields.skip(14);
    fields.take(last_cpu);  // 39
    fields.take(rt_priority);
    fields.take(policy);
    if (!tid || !fields.good()) {
        return std::nullopt;
    }
    task.tid = *tid;
    task.kernel = (flags & kKernelThread) != 0;
    task.cpu_ticks = user_ticks + system_ticks;
    task.rss_pages = static_cast<std::uint64_t>(std::max<std::int64_t>(rss_pages, 0));
    task.last_cpu = static_cast<std::uint16_t>(last_cpu);
    task.rt_priority = static_cast<std::uint8_t>(rt_priority);
    task.policy = static_cast<std::uint8_t>(policy);
    return task;
}

std::optional<TaskSwitches> parse_task_switches(std::string_view status) {
    // The name is escaped in this file, so it cannot add lines. The order of the lines is the same in all kernels.
    std::optional<std::string_view> uid_line = line_of(status, "Uid:\t");
    if (!uid_line) {
        return std::nullopt;
    }
    (void)next_field(*uid_line);  // real, effective, saved, file system
    const std::optional<std::uint32_t> uid = number<std::uint32_t>(next_field(*uid_line));
    std::string_view behind_uid = status;
    const std::optional<std::string_view> tids = line_of(behind_uid, "NSpid:\t");
    const std::optional<std::uint32_t> ns_tid = tids ? number<std::uint32_t>(last_field(*tids)) : std::nullopt;
    const auto voluntary = number_of_line<std::uint64_t>(status, "voluntary_ctxt_switches:\t");
    const auto involuntary = number_of_line<std::uint64_t>(status, "nonvoluntary_ctxt_switches:\t");
    if (!uid || !voluntary || !involuntary) {
        return std::nullopt;
    }
    return TaskSwitches{*uid, ns_tid.value_or(0), *voluntary, *involuntary};
}

std::optional<TaskIo> parse_task_io(std::string_view io) {
    const auto read = number_of_line<std::uint64_t>(io, "read_bytes: ");
    const auto write = number_of_line<std::uint64_t>(io, "write_bytes: ");
    return read && write ? std::optional(TaskIo{*read, *write}) : std::nullopt;
}

MachineCounts parse_machine_counts(std::string_view proc_stat) {
    MachineCounts counts;
    counts.forks = number_of_line<std::uint64_t>(proc_stat, "processes ");
    counts.runnable = number_of_line<std::uint64_t>(proc_stat, "procs_running ");
    return counts;
}

bool is_of_own_namespace(std::string_view status, std::uint32_t tid) {
    const std::optional<std::string_view> tids = line_of(status, "NSpid:\t");
    return tids && number<std::uint32_t>(*tids) == tid;
}

ThreadState off_cpu_state(char letter) {
    switch (letter) {
        case 'T':  // by a signal
        case 't':  // by a tracer
        case 'P':  // parked
            return ThreadState::stopped;
        case 'Z':
        case 'X':
        case 'x':
            return ThreadState::zombie;
        default:
            return ThreadState::sleep;  // S, D, I: /proc has no counters that separate I/O waits from sleep
    }
}

FutexKind off_cpu_kind(char letter) {
    switch (letter) {
        case 't':
            return FutexKind::traced;
        case 'I':
            return FutexKind::idle_task;
        case 'D':
            return FutexKind::disk_sleep;
        default:
            return FutexKind::none;
    }
}

}  // namespace tsa
