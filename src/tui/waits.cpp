// See waits.h.
#include "tui/waits.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "model/columns.h"
#include "tui/text.h"

namespace tsa {
namespace {

std::size_t hash_of(std::uint32_t tid) {
    return static_cast<std::size_t>(tid) * 2654435761U;
}

std::uint32_t owner_of(const Thread& thread) {
    return thread.state == ThreadState::lock_wait ? thread.wait.owner_tid : 0;
}

// What the end of a chain is doing instead of letting go of the lock.
std::string owner_end_words(const Thread& owner) {
    std::string words = fmt::format(": {}", info(owner.state).label);
    if (is_blocked(owner.state)) {
        if (const Value on = wait_on(owner); on.present()) {
            words += fmt::format(" {}", on.text);
        }
    }
    return words;
}

}  // namespace

const ThreadRow* ThreadIndex::find(std::uint32_t tid) {
    if (report_.threads.empty()) {
        return nullptr;
    }
    if (table_.empty()) {
        table_.resize(std::bit_ceil(report_.threads.size() * 2));
        for (std::size_t row = 0; row < report_.threads.size(); ++row) {
            std::size_t at = hash_of(report_.threads[row].now->tid) & (table_.size() - 1);
            while (table_[at] != 0) {
                at = (at + 1) & (table_.size() - 1);
            }
            table_[at] = static_cast<std::uint32_t>(row + 1);
        }
    }
    for (std::size_t at = hash_of(tid) & (table_.size() - 1); table_[at] != 0; at = (at + 1) & (table_.size() - 1)) {
        const ThreadRow& row = report_.threads[table_[at] - 1];
        if (row.now->tid == tid) {
            return &row;
        }
    }
    return nullptr;
}

bool is_blocked(ThreadState state) {
    switch (state) {
        case ThreadState::exec:
        case ThreadState::cpu_wait:
        case ThreadState::stopped:
        case ThreadState::zombie:
            return false;
        default:
            return true;
    }
}

std::string wait_words(const Thread& thread) {
    if (thread.state == ThreadState::cpu_wait) {
        return thread.preempted ? "CPU, preempted" : "CPU, woken";
    }
    if (thread.state == ThreadState::stopped || thread.state == ThreadState::zombie) {
        return std::string(info(thread.state).label);
    }
    if (!is_blocked(thread.state)) {
        return {};
    }
    const Value on = wait_on(thread);
    std::string words(on.present() ? on.text : std::string_view{});
    if (thread.state == ThreadState::lock_wait) {
        words = thread.wait.kernel_lock ? fmt::format("kernel lock {}", words) : fmt::format("{} lock", words);
    }
    return words;
}

std::string wait_chain(const Thread& thread, ThreadIndex& threads, const Glyphs& glyphs) {
    std::string words = wait_words(thread);
    std::vector<std::uint32_t> seen{thread.tid};
    const Thread* at = &thread;
    while (owner_of(*at) != 0) {
        const std::uint32_t tid = owner_of(*at);
        const ThreadRow* row = threads.find(tid);
        words += fmt::format(" {} {}", glyphs.owner, tid);
        if (row == nullptr) {
            return words;
        }
        words += fmt::format(" {}", comm_of(*row->now));
        if (std::find(seen.begin(), seen.end(), tid) != seen.end()) {
            return words + " DEADLOCK";
        }
        if (seen.size() == static_cast<std::size_t>(kMaxOwnerChain)) {
            return words + " ...";
        }
        seen.push_back(tid);
        at = row->now;
    }
    return at == &thread ? words : words + owner_end_words(*at);
}

std::string age_words(const Thread& thread, std::uint64_t now_ns, const Glyphs& glyphs) {
    const std::uint64_t age_ns = closed_at_ns(thread, now_ns) - thread.since_ns;
    return fmt::format("{}{}", thread.since_is_upper_bound ? glyphs.at_least : "", format_duration(age_ns));
}

std::string syscall_words(const Thread& thread) {
    const Wait& wait = thread.wait;
    if (wait.syscall < 0 || !is_blocked(thread.state)) {
        return {};
    }
    const std::string_view name = wait.compat ? std::string_view{} : syscall_name(wait.syscall);
    const std::string call =
        name.empty() ? fmt::format("{}syscall {}", wait.compat ? "32-bit " : "", wait.syscall) : std::string(name);
    return fmt::format("{}({:#x}, {:#x}, {:#x})", call, wait.args[0], wait.args[1], wait.args[2]);
}

}  // namespace tsa
