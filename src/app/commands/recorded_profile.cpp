// SPDX-License-Identifier: MIT
// See recorded_profile.h.
#include "app/commands/recorded_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "app/host/notice.h"

namespace tsa {

namespace {

Result<void> stopped(SignalQueue& signals) {
    const auto signal = signals.take();
    return signal ? Result<void>(Error{fmt::format("stopped by signal {}", signal->number), {}, 0}) : Result<void>{};
}

/// From the first rows of the threads; most of them are at the beginning.
Result<void> name_threads(StackProfile& profile, Recording& recording, SignalQueue& signals) {
    std::vector<ThreadKey> unnamed = profile.threads();
    Player player(recording, Player::WallClock::straight);
    for (std::size_t at = 0; at < recording.intervals() && !unnamed.empty(); ++at) {
        TRY(stopped(signals));
        if (recording.timeline()[at].missing) {
            continue;
        }
        const Report& report = *TRY(player.seek(at));
        for (const std::vector<ThreadRow>* rows : {&report.threads, &report.exited}) {
            for (const ThreadRow& row : *rows) {
                if (std::erase(unnamed, key_of(*row.now)) != 0) {
                    profile.name(key_of(*row.now), comm_of(*row.now));
                }
            }
        }
    }
    return {};
}

/// A stack as the page has it.
KnownStack known_stack(const RecordedStack& recorded) {
    KnownStack known;
    known.stack.status = StackStatus::read;
    known.stack.end = recorded.kind == StackKind::cut ? StackEnd::truncated : StackEnd::complete;
    known.callers_differ = recorded.kind == StackKind::common;
    const RecordedStack without_words{StackKind::whole, recorded.frames};
    for (std::string_view frame : frames_of(without_words)) {
        const bool is_kernel = frame.ends_with(kKernelMark);
        frame.remove_suffix(is_kernel ? kKernelMark.size() : 0);
        StackFrame named;
        named.function = frame;
        (is_kernel ? known.stack.kernel : known.stack.user).push_back(std::move(named));
    }
    return known;
}

}  // namespace

StackTimes stack_times_of(const StackProfile& profile, const std::function<bool(const StackSum&)>& wanted,
                          std::uint64_t length_ns) {
    StackTimes times;
    std::uint64_t fingerprint = kNoFingerprint;
    for (const StackSum& sum : profile.sums()) {
        if (!wanted(sum)) {
            continue;
        }
        times.exact_ns[index(sum.state)] += sum.total_ns;
        if (sum.stack->kind == StackKind::elsewhere) {
            continue;
        }
        ++fingerprint;
        if (has_frames(sum.stack->kind)) {
            times.stacks.emplace(fingerprint, known_stack(*sum.stack));
        }
        if (sum.state == ThreadState::exec) {
            times.cpu.counts[fingerprint] = sum.count;
            continue;
        }
        StackAccount& account = times.accounts.emplace_back();
        account.state = sum.state;
        account.fingerprint = fingerprint;
        account.waits.count = sum.count;
        account.waits.total_ns = sum.total_ns;
        account.waits.max_ns = sum.max_ns;
        add_lengths(account.waits.lengths, sum.lengths);
    }
    constexpr std::uint64_t kRecordedLongWaitNs = 1'000'000;
    times.long_wait_ns = kRecordedLongWaitNs;
    times.since_ns = 1;
    times.now_ns = times.since_ns + length_ns;
    times.unavailable = fingerprint == kNoFingerprint ? "not among the threads that were recorded with stacks" : "";
    times.cpu.unavailable = times.cpu.counts.empty() ? "it was not sampled" : "";
    return times;
}

Result<StackProfile> read_stack_profile(RecordedStacks& stacks, Recording& recording, SignalQueue& signals,
                                        const std::function<void(const RecordedWaits&)>& also) {
    constexpr std::uint64_t kLinesUnheard = 4096;
    StackProfile profile;
    std::uint64_t lines = 0;
    TRY(stacks.for_each([&](const RecordedWaits& recorded) -> Result<void> {
        profile.add(recorded.waits);
        if (also) {
            also(recorded);
        }
        return ++lines % kLinesUnheard == 0 ? stopped(signals) : Result<void>{};
    }));
    if (stacks.bad_lines() > 0) {
        notice(fmt::format("{} lines of stacks.csv and waits.csv are not valid and were skipped", stacks.bad_lines()));
    }
    TRY(name_threads(profile, recording, signals));
    return profile;
}

}  // namespace tsa
