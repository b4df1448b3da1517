// SPDX-License-Identifier: MIT
// The tables of a process: its locks, and what its threads wait for.
#include <fmt/format.h>

#include <algorithm>

#include "model/columns.h"
#include "model/process_watch.h"
#include "text/sanitize.h"
#include "text/wait_text.h"
#include "tui/process/part.h"
#include "tui/text.h"

namespace tsa {

namespace {

constexpr int kLockCells = 34;
constexpr int kNarrowLockCells = 20;
constexpr int kRoomyCells = 100;
constexpr int kNumberCells = 8;
constexpr std::size_t kNamedHolders = 3;

std::string lock_words(const Thread& waiter) {
    std::string words(label_of(waiter.wait.kind));
    if (words.empty()) {
        const Value on = wait_on(waiter);
        words = on.present() ? std::string(on.text) : "lock";
    }
    return waiter.wait.args[0] != 0 ? fmt::format("{} {:#x}", words, waiter.wait.args[0]) : words;
}

std::string thread_words(std::uint32_t tid, ThreadIndex& threads) {
    const ThreadRow* row = threads.find(tid);
    return row != nullptr ? fmt::format("{} {}", tid, printable(comm_of(*row->now))) : fmt::format("{}", tid);
}

/// "4190 page_cleaner, in IO WAIT; held 62 %, 4177 connection-17 20 %": who has it now, and who had it when it was
/// looked at.
std::string holder_words(const SeenLock& lock, ThreadIndex& threads) {
    std::string words;
    if (lock.holder_tid != 0) {
        const ThreadRow* row = threads.find(lock.holder_tid);
        words = thread_words(lock.holder_tid, threads);
        words += row != nullptr ? fmt::format(", in {}", info(row->now->state).label) : ", which is not listed";
    } else {
        words = lock.waiters > 0 ? "not known" : "no one waits now";
    }
    std::uint64_t all_ns = 0;
    for (const SeenLock::Holder& holder : lock.holders) {
        all_ns += holder.ns;
    }
    for (std::size_t at = 0; lock.holders.size() > 1 && at < std::min(lock.holders.size(), kNamedHolders); ++at) {
        const SeenLock::Holder& holder = lock.holders[at];
        words += fmt::format("{}{} {:.0f} %", at == 0 ? "   so far " : ", ", thread_words(holder.tid, threads),
                             100.0 * static_cast<double>(holder.ns) / static_cast<double>(all_ns));
    }
    return words;
}

}  // namespace

void draw_locks(Frame& frame, const Scene& scene, int y, int rows) {
    if (rows < 2) {
        return;
    }
    const int name_cells = frame.width() >= kRoomyCells ? kLockCells : kNarrowLockCells;
    const int waiters_x = 2 + name_cells + kNumberCells;
    frame.put(1, y, "LOCKS", Role::head, name_cells);
    frame.put_right(waiters_x, y, kNumberCells - 1, "WAITERS", Role::head);
    frame.put_right(waiters_x + kNumberCells, y, kNumberCells - 1, "WAITED", Role::head);
    frame.put_right(waiters_x + 2 * kNumberCells, y, kNumberCells - 1, "LONGEST", Role::head);
    frame.put(waiters_x + 2 * kNumberCells + 2, y, "HELD BY", Role::head);
    ThreadIndex threads(scene.report);
    for (int at = 1; at < rows && static_cast<std::size_t>(at) <= scene.process->locks().size(); ++at) {
        const SeenLock& lock = scene.process->locks()[static_cast<std::size_t>(at) - 1];
        const Role role = lock.waiters > 0 ? role_of(ThreadState::lock_wait) : Role::dim;
        frame.put(1, y + at, cut_middle(lock_words(lock.waiter), name_cells, scene.unicode), role, name_cells);
        frame.put_right(waiters_x, y + at, kNumberCells - 1, format_count(lock.waiters), role);
        frame.put_right(waiters_x + kNumberCells, y + at, kNumberCells - 1, format_duration(lock.wait_ns), role);
        frame.put_right(waiters_x + 2 * kNumberCells, y + at, kNumberCells - 1, format_duration(lock.longest_ns), role);
        frame.put(waiters_x + 2 * kNumberCells + 2, y + at, holder_words(lock, threads), role);
    }
}

std::vector<ProcessWait> process_waits(const Report& report, std::uint32_t tgid) {
    std::vector<ProcessWait> waits;
    const ThreadIndex threads(report);
    for (const ThreadRow& row : report.threads) {
        const Thread& thread = *row.now;
        if (thread.tgid != tgid || !is_blocked(thread.state)) {
            continue;
        }
        std::string what(threads.label_of(thread));
        if (const Value on = wait_on(thread); what.empty() && on.present()) {
            what = printable(on.text);
        }
        auto wait = std::ranges::find_if(
            waits, [&](const ProcessWait& one) { return one.state == thread.state && one.what == what; });
        if (wait == waits.end()) {
            wait = waits.insert(waits.end(), {thread.state, std::move(what), 0, &thread});
        }
        wait->threads += 1;
        wait->oldest = thread.since_ns < wait->oldest->since_ns ? &thread : wait->oldest;
    }
    std::ranges::stable_sort(waits, [](const ProcessWait& left, const ProcessWait& right) {
        return is_delay(left.state) != is_delay(right.state) ? is_delay(left.state) : left.threads > right.threads;
    });
    return waits;
}

void draw_process_waits(Frame& frame, const Scene& scene, const std::vector<ProcessWait>& waits, int y, int rows) {
    if (rows < 2) {
        return;
    }
    frame.put(1, y, "ITS THREADS WAIT FOR", Role::head);
    frame.put_right(32, y, kNumberCells, "THREADS", Role::head);
    frame.put_right(41, y, kNumberCells, "LONGEST", Role::head);
    const std::string_view at_least = glyphs(scene.unicode).waits.at_least;
    for (int at = 1; at < rows && static_cast<std::size_t>(at) <= waits.size(); ++at) {
        const ProcessWait& wait = waits[static_cast<std::size_t>(at) - 1];
        frame.put(1, y + at, info(wait.state).label, role_of(wait.state), 22);
        frame.put_right(32, y + at, kNumberCells, format_count(wait.threads));
        frame.put_right(41, y + at, kNumberCells, format_age(*wait.oldest, scene.report.now_ns, at_least));
        frame.put(43, y + at, wait.what.empty() ? "-" : wait.what);
    }
}

}  // namespace tsa
