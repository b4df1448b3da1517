// SPDX-License-Identifier: MIT
// See wait_text.h. A phrase is made from its parts in several forms, from the longest to the shortest; the first that
// fits is used.
#include "text/wait_text.h"

#include <algorithm>
#include <array>
#include <limits>

#include "model/columns.h"
#include "model/wait_labels.h"
#include "text/cells.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

/// The holder of the lock that a thread waits for, if it is alive: a chain continues from it.
std::uint32_t owner_of(const Thread& thread) {
    return is_blocked(thread.state) && !thread.wait.owner_exited ? thread.wait.owner_tid : 0;
}

bool has_exited_owner(const Thread& thread) {
    return is_blocked(thread.state) && thread.wait.owner_exited;
}

const Thread* find_thread(ThreadIndex& threads, std::uint32_t tid) {
    const ThreadRow* row = threads.find(tid);
    return row != nullptr ? row->now : nullptr;
}

/// The chain of owners from a thread on, in order.
struct Chain {
    struct Owner {
        std::uint32_t tid;
        const Thread* thread;  ///< null: the report does not list it
    };
    std::array<Owner, kMaxOwnersNamed> owners{};
    std::size_t count = 0;
    bool cut = false;
    bool circle = false;    ///< it leads back to itself
    bool deadlock = false;  ///< and has done so throughout its waits
    bool exited = false;    ///< the last thread waits for a lock whose holder has exited: `exited_tid`, 0 if not known
    std::uint32_t exited_tid = 0;
};

/// Whether the circle that `tid` is in is a deadlock. Holders are read one after another: a circle may consist of
/// readings that were never true at the same time. A wait that was already seen at the previous refresh, for the same
/// holder, has lasted throughout. If this holds for all waits, the circle is real.
bool is_steady_circle(std::uint32_t tid, ThreadIndex& threads) {
    std::uint32_t at = tid;
    for (std::size_t hop = 0; hop <= kMaxOwnersFollowed; ++hop) {
        const ThreadRow* row = threads.find(at);
        if (row == nullptr || !holder_is_steady(*row)) {
            return false;
        }
        at = owner_of(*row->now);
        if (at == tid) {
            return true;
        }
    }
    return false;
}

/// A thread in the circle that the chain of owners from a thread reaches; 0: no circle. Brent's algorithm: a mark that
/// moves ahead in doubling steps is met again if and only if there is a circle.
std::uint32_t find_circle(const Thread& from, ThreadIndex& threads) {
    const Thread* mark = &from;
    const Thread* at = &from;
    std::size_t leap = 1;
    std::size_t steps = 0;
    for (std::size_t hop = 0; hop < kMaxOwnersFollowed && owner_of(*at) != 0; ++hop) {
        at = find_thread(threads, owner_of(*at));
        if (at == nullptr || at->tid == mark->tid) {
            return at != nullptr ? at->tid : 0;
        }
        if (++steps == leap) {
            mark = at;
            leap *= 2;
            steps = 0;
        }
    }
    return 0;
}

Chain chain_of(const Thread& thread, ThreadIndex& threads) {
    Chain chain;
    const Thread* at = &thread;
    while (at != nullptr && owner_of(*at) != 0) {
        if (chain.count == kMaxOwnersNamed) {
            chain.cut = true;
            const std::uint32_t in_circle = find_circle(thread, threads);
            chain.deadlock = in_circle != 0 && is_steady_circle(in_circle, threads);
            return chain;
        }
        const std::uint32_t tid = owner_of(*at);
        const auto named = std::span(chain.owners).first(chain.count);
        const bool known = tid == thread.tid ||
                           std::ranges::any_of(named, [&](const Chain::Owner& owner) { return owner.tid == tid; });
        at = tid == thread.tid ? &thread : find_thread(threads, tid);
        chain.owners[chain.count++] = {tid, at};
        if (known) {
            chain.circle = true;
            chain.deadlock = is_steady_circle(tid, threads);
            return chain;
        }
    }
    if (at != nullptr && has_exited_owner(*at)) {
        chain.exited = true;
        chain.exited_tid = at->wait.owner_tid;
    }
    return chain;
}

/// The parts of a phrase.
struct Form {
    bool long_reason, names, end_words;
    std::size_t owners;
    bool reason;
};
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
/// With this much room left, the start of the only owner's name is better than no name.
constexpr std::size_t kCutName = 5;
/// Less of a label says nothing.
constexpr std::size_t kShortestLabel = 5;
constexpr Form kNamed{false, true, false, kAll, true};
constexpr std::array<Form, 7> kForms{{{true, true, true, kAll, true},
                                      {false, true, true, kAll, true},
                                      kNamed,
                                      {false, false, true, kAll, true},
                                      {false, false, false, kAll, true},
                                      {false, false, false, 1, true},
                                      {false, false, false, 1, false}}};

void put_kernel_lock(fmt::memory_buffer& out, const Wait& wait, bool long_reason) {
    const std::string_view label = label_of(wait.kind);
    put(out, label.empty() ? std::string_view("kernel lock") : label);
    if (long_reason && !wait.kernel_function.empty()) {
        put(out, " in ");
        put(out, wait.kernel_function);
    }
}

/// Whether a label says which call it is: "epoll: 3 sockets", "flock /run/x".
bool names_call(std::string_view label, std::string_view call) {
    const std::string_view first = label.substr(0, label.find_first_of(" :"));
    return call.find(first) != std::string_view::npos;
}

/// `label` with as much as fits of it in `label_cells`.
void put_label(fmt::memory_buffer& out, const Thread& thread, std::string_view label, bool long_reason,
               std::size_t label_cells) {
    const Value on = wait_on(thread);
    if (long_reason && on.present() && thread.state != ThreadState::sync && !names_call(label, on.text)) {
        put(out, on.text);
        put(out, " ");
    }
    put_label_within(out, label, label_cells);
}

void put_reason(fmt::memory_buffer& out, const Thread& thread, ThreadIndex& threads, bool long_reason,
                std::size_t label_cells) {
    const Value on = wait_on(thread);
    if (const std::string_view found = threads.label_of(thread); !found.empty()) {
        put_label(out, thread, found, long_reason, label_cells);
    } else if (thread.state == ThreadState::cpu_wait && (thread.measured & kMeasuredPreempted) == 0) {
        put(out, "CPU");
    } else if (thread.state == ThreadState::cpu_wait) {
        put(out, long_reason ? "CPU, " : "");
        put(out, thread.throttled ? "throttled" : thread.preempted ? "preempted" : "woken");
    } else if (thread.state == ThreadState::stopped && !label_of(thread.wait.kind).empty()) {
        put(out, label_of(thread.wait.kind));
    } else if (!is_blocked(thread.state)) {
        put(out, thread.state == ThreadState::exec ? std::string_view{} : info(thread.state).label);
    } else if (thread.state == ThreadState::lock_wait && !thread.wait.kernel_lock) {
        const std::string_view label = label_of(thread.wait.kind);
        put(out, long_reason && on.present() ? on.text : std::string_view{});
        put(out, long_reason && on.present() ? " " : "");
        put(out, label.empty() ? std::string_view("lock") : label);
        put(out, thread.wait.doubtful ? "?" : "");
    } else if (thread.wait.kernel_lock) {
        put_kernel_lock(out, thread.wait, long_reason);
    } else if (thread.state == ThreadState::sync && !label_of(thread.wait.kind).empty()) {
        put(out, label_of(thread.wait.kind));
        if (thread.wait.peer_tid != 0) {
            fmt::format_to(std::back_inserter(out), " {}", thread.wait.peer_tid);
            if (const Thread* peer = long_reason ? find_thread(threads, thread.wait.peer_tid) : nullptr) {
                put(out, " ");
                put(out, Printable(comm_of(*peer)).view());
            }
        }
    } else if (on.present()) {
        put(out, on.text);
    } else if (thread.state != ThreadState::sleep && thread.state != ThreadState::idle) {
        put(out, info(thread.state).label);
    }
}

/// What the end of a chain does instead of unlocking.
void put_end(fmt::memory_buffer& out, const Thread& owner) {
    put(out, ": ");
    put(out, info(owner.state).label);
    if (const Value on = wait_on(owner); on.present() && is_blocked(owner.state)) {
        put(out, " ");
        put(out, on.text);
    }
}

/// The end of a chain at a lock that will not be unlocked.
void put_exited(fmt::memory_buffer& out, const Chain& chain, const Form& form, const WaitSymbols& symbols) {
    put(out, form.reason ? " " : "");
    if (form.long_reason && chain.count == 0) {
        put_exited_holder(out, chain.exited_tid);
        return;
    }
    put(out, symbols.owner);
    if (chain.exited_tid != 0) {
        fmt::format_to(std::back_inserter(out), " {}", chain.exited_tid);
    }
    put(out, " exited");
}

/// What a phrase is made from.
struct Subject {
    const Thread& thread;
    ThreadIndex& threads;
    const Chain& chain;
    const WaitSymbols& symbols;
};

void put_form(fmt::memory_buffer& out, const Subject& subject, const Form& form, std::size_t label_cells = kAll) {
    const auto& [thread, threads, chain, symbols] = subject;
    constexpr std::string_view kDeadlock = "DEADLOCK";
    const bool whole = form.owners == kAll;
    if (chain.deadlock && !whole) {
        put(out, kDeadlock);  // in the reason's place: there is no room for both
        if (!form.reason) {
            return;
        }
    } else if (form.reason || (chain.count == 0 && !chain.exited)) {
        put_reason(out, thread, threads, form.long_reason, label_cells);
    }
    for (std::size_t at = 0; at < std::min(chain.count, form.owners); ++at) {
        const Chain::Owner& owner = chain.owners[at];
        put(out, form.reason || at > 0 ? " " : "");
        fmt::format_to(std::back_inserter(out), "{} {}", symbols.owner, owner.tid);
        if (form.names && owner.thread != nullptr) {
            put(out, " ");
            put(out, Printable(comm_of(*owner.thread)).view());
        }
    }
    if (chain.exited && (whole || chain.count == 0)) {
        put_exited(out, chain, form, symbols);
        return;
    }
    if (!whole) {
        return;
    }
    put(out, chain.cut ? " ..." : "");
    if (chain.deadlock) {
        put(out, " ");
        put(out, kDeadlock);
    } else if (form.end_words && chain.count > 0 && !chain.cut && !chain.circle) {
        if (const Thread* last = chain.owners[chain.count - 1].thread; last != nullptr) {
            put_end(out, *last);
        }
    }
}

}  // namespace

bool is_deadlocked(const Thread& thread, ThreadIndex& threads) {
    return chain_of(thread, threads).deadlock;
}

void put_exited_holder(fmt::memory_buffer& out, std::uint32_t tid) {
    put(out, tid != 0 ? "held by TID " : "held by a thread");
    if (tid != 0) {
        fmt::format_to(std::back_inserter(out), "{}", tid);
    }
    put(out, ", which has exited without unlocking");
}

void ThreadIndex::reset(const Report& report) {
    report_ = &report;
    filled_ = false;
}

void ThreadIndex::fill() {
    filled_ = true;
    const std::vector<ThreadRow>& rows = report_->threads;
    row_of_.clear();
    row_of_.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (const auto [place, is_new] = row_of_.insert(rows[row].now->tid); is_new) {
            place.index = static_cast<std::uint32_t>(row);
        }
    }
}

const ThreadRow* ThreadIndex::find(std::uint32_t tid) {
    if (report_ == nullptr) {
        return nullptr;
    }
    if (!filled_) {
        fill();
    }
    const auto* place = row_of_.find(tid);
    return place != nullptr ? &report_->threads[place->index] : nullptr;
}

std::string_view ThreadIndex::label_of(const Thread& thread) const {
    const bool waits = report_ != nullptr && is_blocked(thread.state);
    const WaitLabel* label = waits ? find_label(*report_, thread) : nullptr;
    return label != nullptr ? label->text() : std::string_view{};
}

void put_label_within(fmt::memory_buffer& out, std::string_view label, std::size_t cells) {
    constexpr std::string_view kLeftOut = "...";
    if (cells_of(label) <= cells) {
        put(out, label);
        return;
    }
    // The end of a path says more than its start.
    const std::size_t path = label.starts_with('/') ? 0 : label.find(" /") + 1;
    if (path != 0 || label.starts_with('/')) {
        const std::string_view head = label.substr(0, path);
        for (std::size_t slash = label.find('/', path + 1); slash != std::string_view::npos;
             slash = label.find('/', slash + 1)) {
            const std::string_view tail = label.substr(slash);
            if (cells_of(head) + kLeftOut.size() + cells_of(tail) <= cells) {
                put(out, head);
                put(out, kLeftOut);
                put(out, tail);
                return;
            }
        }
    }
    while (cells_of(label) > cells) {
        std::size_t end = label.find_last_of(' ');
        if (end == std::string_view::npos) {
            // One word: a number in it stays whole, or goes.
            const std::string_view start = cut_to_cells(label, cells);
            put(out, cut_at_number(label, start.size()));
            return;
        }
        label = label.substr(0, end);
        // Part of a list would look like all of it; a word that announces another one goes with it.
        end = label.find_first_of(',');
        label = label.substr(0, end == std::string_view::npos ? label.size() : label.find(':'));
        // Those that are followed by another of them come later.
        for (const std::string_view link :
             {" own", " (own", " semaphore", " set", " bound", " to", " from", " listen", ":", ","}) {
            label = label.ends_with(link) ? label.substr(0, label.size() - link.size()) : label;
        }
        if (const std::size_t open = label.rfind(" ("); open != std::string_view::npos && !label.ends_with(')')) {
            label = label.substr(0, open);
        }
    }
    put(out, label);
}

void put_wait(fmt::memory_buffer& out, const Thread& thread, ThreadIndex& threads, const WaitSymbols& symbols) {
    put_form(out, {thread, threads, chain_of(thread, threads), symbols}, kForms.front());
}

void put_wait_within(fmt::memory_buffer& out, const Thread& thread, ThreadIndex& threads, std::size_t cells,
                     const WaitSymbols& symbols) {
    const Chain chain = chain_of(thread, threads);
    const Subject subject{thread, threads, chain, symbols};
    const std::size_t begin = out.size();
    const auto try_form = [&](const Form& form, std::size_t label_cells) {
        out.resize(begin);
        put_form(out, subject, form, label_cells);
        return cells_of({out.data() + begin, out.size() - begin});
    };
    const bool has_label = !threads.label_of(thread).empty();
    for (const Form& form : kForms) {
        std::size_t used = try_form(form, kAll);
        if (used > cells && has_label && form.reason && !form.long_reason) {
            const std::size_t others = try_form(form, 0);
            if (others + kShortestLabel > cells) {
                continue;
            }
            used = try_form(form, cells - others);
        }
        if (used > cells) {
            continue;
        }
        if (form.reason && !form.names && chain.count == 1 && !chain.deadlock && !has_label &&
            cells - used >= kCutName) {
            try_form(kNamed, kAll);
        }
        return;
    }
    if (has_label && chain.count == 0) {
        try_form(kForms[1], cells);
    }
}

}  // namespace tsa
