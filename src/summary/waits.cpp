// SPDX-License-Identifier: MIT
// See waits.h.
#include "summary/waits.h"

#include <algorithm>
#include <tuple>

#include "base/saturating.h"
#include "model/columns.h"

namespace tsa {

namespace {

std::uint64_t bit_of(std::uint32_t tid) {
    return 1ULL << (tid % 64U);
}

void assign(std::string& to, std::string_view text) {
    if (to != text) {
        to = text;
    }
}

}  // namespace

WorstWaits::WorstWaits() {
    for (std::vector<Entry>& list : entries_) {
        list.reserve(kMaxWorstWaits);
    }
}

void WorstWaits::begin() {
    open_tids_ = 0;
    for (std::vector<Entry>& list : entries_) {
        for (Entry& entry : list) {
            entry.seen = false;
            entry.row_found = false;
            entry.rest_ns = 0;
            open_tids_ |= entry.open ? bit_of(entry.wait.thread.tid) : 0;
        }
    }
}

void WorstWaits::look_closely(const Report& report, const ThreadRow& row, const Thread& leader) {
    const Thread& thread = *row.now;
    if ((open_tids_ & bit_of(thread.tid)) != 0) {
        note_rest(row);
    }
    const bool waits = is_delay(thread.state);
    if (!waits || row.exit_time_unix_ns != 0 || (thread.measured & kMeasuredAge) == 0 ||
        thread.since_ns >= report.now_ns) {
        return;
    }
    take(report, row, leader, report.now_ns - thread.since_ns);
}

void WorstWaits::note_rest(const ThreadRow& row) {
    for (std::vector<Entry>& list : entries_) {
        for (Entry& entry : list) {
            if (entry.open && entry.wait.thread == key_of(*row.now)) {
                entry.row_found = true;
                entry.rest_ns = row.state_ns[index(entry.wait.state)];
            }
        }
    }
}

void WorstWaits::take(const Report& report, const ThreadRow& row, const Thread& leader, std::uint64_t age_ns) {
    const Thread& thread = *row.now;
    std::vector<Entry>& list = entries_[index(thread.state)];
    const auto rank = [](const Entry& entry) {
        return std::tuple(entry.wait.at_least_ns, entry.since_ns, entry.wait.thread.tid);
    };
    auto at = std::ranges::find_if(list, [&](const Entry& entry) {
        return entry.since_ns == thread.since_ns && entry.wait.thread == key_of(thread);
    });
    const bool known = at != list.end();
    if (!known && list.size() == kMaxWorstWaits) {
        at = std::ranges::min_element(list, {}, rank);
        if (std::tuple(age_ns, thread.since_ns, thread.tid) <= rank(*at)) {
            return;
        }
        *at = Entry{};
    } else if (!known) {
        at = list.insert(list.end(), Entry{});
    }
    WorstWait& wait = at->wait;
    const std::uint32_t owner = is_blocked(thread.state) ? thread.wait.owner_tid : 0;
    wait.owner_exited = is_blocked(thread.state) && thread.wait.owner_exited;
    at->owner_unknown = owner != 0 && !wait.owner_exited && (wait.owner_tid != owner || wait.owner_comm.empty());
    if (wait.owner_tid != owner) {
        wait.owner_comm.clear();
    }
    wait.owner_tid = owner;
    wait.thread = key_of(thread);
    wait.tgid = thread.tgid;
    assign(wait.comm, comm_of(thread));
    assign(wait.process, comm_of(leader));
    const Value on = wait_on(thread);
    assign(wait.wait_on, thread.state != ThreadState::cpu_wait && on.present() ? on.text : std::string_view());
    wait.state = thread.state;
    wait.seen_unix_ns = report.time_unix_ns;
    wait.at_least_ns = age_ns;
    wait.began_unseen = thread.since_is_upper_bound;
    at->since_ns = thread.since_ns;
    at->seen_ns = report.now_ns;
    at->open = true;
    at->seen = true;
}

void WorstWaits::end(const Report& report) {
    bool owners = false;
    for (std::vector<Entry>& list : entries_) {
        for (Entry& entry : list) {
            if (entry.open && !entry.seen) {
                const std::uint64_t rest_ns = entry.row_found ? entry.rest_ns : report.interval_ns;
                // Time before this interval that was not recorded may be a part of it.
                const std::uint64_t begin_ns = saturating_sub(report.now_ns, report.interval_ns);
                entry.wait.at_most_ns = entry.wait.at_least_ns + saturating_sub(begin_ns, entry.seen_ns) + rest_ns;
                entry.open = false;
                entry.owner_unknown = false;
            }
            owners |= entry.owner_unknown;
        }
    }
    if (owners) {
        name_owners(report);
    }
}

/// One pass over the rows for all owners without a name.
void WorstWaits::name_owners(const Report& report) {
    std::uint64_t wanted = 0;
    for (const std::vector<Entry>& list : entries_) {
        for (const Entry& entry : list) {
            wanted |= entry.owner_unknown ? bit_of(entry.wait.owner_tid) : 0;
        }
    }
    for (const ThreadRow& row : report.threads) {
        if ((wanted & bit_of(row.now->tid)) == 0) {
            continue;
        }
        for (std::vector<Entry>& list : entries_) {
            for (Entry& entry : list) {
                if (entry.owner_unknown && entry.wait.owner_tid == row.now->tid) {
                    entry.wait.owner_comm = comm_of(*row.now);
                    entry.owner_unknown = false;
                }
            }
        }
    }
}

std::vector<WorstWait> WorstWaits::waits() const {
    std::vector<WorstWait> waits;
    for (const std::vector<Entry>& list : entries_) {
        for (const Entry& entry : list) {
            waits.push_back(entry.wait);
        }
    }
    std::ranges::sort(waits, {}, [](const WorstWait& wait) {
        return std::tuple(wait.state, UINT64_MAX - wait.at_least_ns, wait.thread.tid, wait.seen_unix_ns);
    });
    return waits;
}

}  // namespace tsa
