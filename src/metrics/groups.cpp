// SPDX-License-Identifier: MIT
// See groups.h.
#include "metrics/groups.h"

#include <algorithm>
#include <cmath>

#include "base/saturating.h"

namespace tsa {

namespace {

constexpr char kBetween = '\0';  // the names of a group in its key

void add_row(MetricTotals& totals, const ThreadRow& row) {
    if (row.quiet) {
        totals.state_ns[index(row.now->state)] += row.wall_ns;  // it did nothing else, so no bytes either
        return;
    }
    for (std::size_t state = 0; state < kStateCount; ++state) {
        totals.state_ns[state] += row.state_ns[state];
    }
    const std::uint64_t preempted = row.part_ns[Part::preempted];
    const std::uint64_t throttled = row.part_ns[Part::throttled];
    const std::uint64_t all = row.state_ns[index(ThreadState::cpu_wait)];
    totals.cpu_wait_ns[static_cast<std::size_t>(WaitCause::preempted)] += preempted;
    totals.cpu_wait_ns[static_cast<std::size_t>(WaitCause::throttled)] += throttled;
    totals.cpu_wait_ns[static_cast<std::size_t>(WaitCause::woken)] += saturating_sub(all, preempted + throttled);
    totals.read_bytes += row.read_bytes().value_or(0);
    totals.write_bytes += row.write_bytes().value_or(0);
}

void add_live(MetricGauges& gauges, const Thread& thread, std::uint64_t now_ns) {
    const std::size_t state = index(thread.state);
    ++gauges.threads[state];
    gauges.longest_ns[state] = std::max(gauges.longest_ns[state], saturating_sub(now_ns, thread.since_ns));
}

}  // namespace

std::string_view kernel_command(std::string_view comm) {
    std::string_view name = comm.substr(0, comm.find_first_of("/:"));
    const std::size_t last = name.find_last_not_of("0123456789_-");
    return last != std::string_view::npos ? name.substr(0, last + 1) : comm;
}

void MetricTotals::add(const MetricTotals& other) {
    for (std::size_t state = 0; state < kStateCount; ++state) {
        state_ns[state] += other.state_ns[state];
    }
    for (std::size_t cause = 0; cause < kWaitCauses; ++cause) {
        cpu_wait_ns[cause] += other.cpu_wait_ns[cause];
    }
    read_bytes += other.read_bytes;
    write_bytes += other.write_bytes;
}

void MetricGauges::add(const MetricGauges& other) {
    for (std::size_t state = 0; state < kStateCount; ++state) {
        threads[state] += other.threads[state];
        longest_ns[state] = std::max(longest_ns[state], other.longest_ns[state]);
    }
}

std::uint64_t MetricGauges::all_threads() const {
    std::uint64_t all = 0;
    for (const std::uint64_t count : threads) {
        all += count;
    }
    return all;
}

MetricGroups::MetricGroups(std::vector<GroupKey> keys, std::size_t most) : keys_(std::move(keys)), most_(most) {
    other_.names.assign(keys_.size(), std::string(kOtherGroups));
}

/// Null: there is no room for it, or it is called as the rest is.
MetricGroups::Known* MetricGroups::find(const Report& report, const ThreadRow& row, const UserName& user_name) {
    key_.clear();
    bool is_other = true;
    for (const GroupKey key : keys_) {
        std::string_view name = group_name(report, row, key, user_name, scratch_);
        if (key == GroupKey::command && row.now->kernel) {
            name = kernel_command(name);
        }
        is_other = is_other && name == kOtherGroups;
        key_ += name;
        key_ += kBetween;
    }
    if (is_other) {
        return nullptr;
    }
    const auto known = by_key_.find(std::string_view(key_));
    if (known != by_key_.end()) {
        return known->second;
    }
    Known* group = full_ ? nullptr : make_room(report.now_ns);
    full_ = group == nullptr;
    if (full_) {
        return nullptr;
    }
    *group = Known{};
    group->in_use = true;
    group->used_ns = report.now_ns;
    std::string_view rest = key_;
    for (std::size_t at = 0; at < keys_.size(); ++at) {
        const std::size_t end = rest.find(kBetween);
        group->names.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    group->key = &by_key_.emplace(key_, group).first->first;
    return group;
}

/// A place for a new group; at the limit that of the one without series that has been without threads for longest.
MetricGroups::Known* MetricGroups::make_room(std::uint64_t now_ns) {
    if (!free_.empty()) {
        Known* const group = free_.back();
        free_.pop_back();
        return group;
    }
    if (groups_.size() < most_ * kKnownPerShown) {
        return &groups_.emplace_back();
    }
    Known* oldest = nullptr;
    for (Known& group : groups_) {
        if (!group.has_series && !group.touched && group.used_ns < now_ns &&
            (oldest == nullptr || group.used_ns < oldest->used_ns)) {
            oldest = &group;
        }
    }
    // With threads in the previous interval it is not gone yet.
    if (oldest == nullptr || oldest->now.all_threads() != 0) {
        return nullptr;
    }
    by_key_.erase(by_key_.find(std::string_view(*oldest->key)));
    return oldest;
}

void MetricGroups::add_rows(const Report& report, const UserName& user_name) {
    // Threads of a process are mostly adjacent, and mostly in one group.
    std::uint32_t last_process = 0;
    std::uint64_t last_cgroup = 0;
    std::uint32_t last_uid = 0;
    Known* last = nullptr;
    bool has_last = false;
    for (const std::vector<ThreadRow>* rows : {&report.threads, &report.exited}) {
        for (const ThreadRow& row : *rows) {
            const Thread& thread = *row.now;
            if (!has_last || row.process != last_process || thread.cgroup_id != last_cgroup || thread.uid != last_uid) {
                last = find(report, row, user_name);
                last_process = row.process;
                last_cgroup = thread.cgroup_id;
                last_uid = thread.uid;
                has_last = true;
            }
            if (last != nullptr && !last->touched) {
                last->touched = true;
                last->grown = {};
                last->now = {};
                last->used_ns = report.now_ns;
            }
            add_row(last != nullptr ? last->grown : other_grown_, row);
            add_row(rows_, row);
            // One that has just ended is no zombie: as in all other sums, its time ends with it.
            if (rows == &report.threads && !has_ended(row, report.now_ns)) {
                add_live(last != nullptr ? last->now : other_.now, thread, report.now_ns);
            }
        }
    }
}

/// Threads without a row are in the sums of the report alone.
void MetricGroups::add_untracked(const Report& report) {
    for (std::size_t state = 0; state < kStateCount; ++state) {
        other_grown_.state_ns[state] += saturating_sub(report.total_ns[state], rows_.state_ns[state]);
    }
    const std::size_t wait = index(ThreadState::cpu_wait);
    other_grown_.cpu_wait_ns[static_cast<std::size_t>(WaitCause::woken)] +=
        saturating_sub(report.total_ns[wait], rows_.state_ns[wait]);
}

void MetricGroups::rank(std::uint64_t passed_ns, std::uint64_t now_ns) {
    const double kept = std::exp2(-static_cast<double>(passed_ns) / static_cast<double>(kHalfLifeNs));
    ranked_.clear();
    live_ = 0;
    for (Known& group : groups_) {
        group.delay_ns *= kept;
        if (!group.touched) {
            group.grown = {};
            group.now = {};
            continue;
        }
        group.delay_ns += static_cast<double>(sum_of_delays(group.grown.state_ns));
        live_ += group.now.all_threads() != 0 ? 1 : 0;
        if (!group.has_series) {
            ranked_.push_back(&group);
        }
    }
    std::ranges::sort(ranked_, [](const Known* a, const Known* b) {
        return a->delay_ns != b->delay_ns ? a->delay_ns > b->delay_ns : *a->key < *b->key;
    });
    if (now_ns - reviewed_ns_ >= kReviewNs) {
        reviewed_ns_ = now_ns;
        review(now_ns);
    }
    for (Known* group : ranked_) {
        if (shown_count_ >= most_) {
            break;
        }
        if (!group->has_series) {
            show(*group, now_ns);
        }
    }
}

void MetricGroups::show(Known& group, std::uint64_t now_ns) {
    group.has_series = true;
    group.shown_ns = now_ns;
    ++shown_count_;
}

/// Groups that ended long ago give up their series, and so do those that others have overtaken by far.
void MetricGroups::review(std::uint64_t now_ns) {
    std::vector<Known*> weakest;
    for (Known& group : groups_) {
        if (group.has_series && now_ns - group.used_ns >= kKeptNs) {
            group.has_series = false;
            --shown_count_;
        } else if (group.has_series && now_ns - group.shown_ns >= kLeastShownNs) {
            weakest.push_back(&group);
        }
    }
    std::ranges::sort(weakest, [](const Known* a, const Known* b) {
        return a->delay_ns != b->delay_ns ? a->delay_ns < b->delay_ns : *a->key < *b->key;
    });
    std::size_t next = most_ - std::min(shown_count_, most_);  // those before have room anyway
    for (Known* weak : weakest) {
        if (next >= ranked_.size() || ranked_[next]->delay_ns <= kLead * weak->delay_ns) {
            break;
        }
        weak->has_series = false;
        --shown_count_;
        show(*ranked_[next++], now_ns);
    }
}

void MetricGroups::commit() {
    shown_.clear();
    for (Known& group : groups_) {
        if (group.has_series) {
            group.totals.add(group.grown);
            shown_.push_back(&group);
        } else {
            other_grown_.add(group.grown);
            other_.now.add(group.now);
        }
        group.touched = false;
    }
    other_.totals.add(other_grown_);
    other_.has_series = other_.has_series || other_.now.all_threads() != 0 ||
                        std::ranges::any_of(other_grown_.state_ns, [](std::uint64_t ns) { return ns != 0; });
    std::ranges::sort(shown_, {},
                      [](const MetricGroup* group) -> const std::vector<std::string>& { return group->names; });
}

void MetricGroups::add(const Report& report, const UserName& user_name) {
    other_grown_ = {};
    other_.now = {};
    rows_ = {};
    full_ = false;
    add_rows(report, user_name);
    add_untracked(report);
    rank(report.interval_ns, report.now_ns);
    commit();
}

}  // namespace tsa
