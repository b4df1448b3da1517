// SPDX-License-Identifier: MIT
// See stack_probe.h. An account is given back in two readings: the first one takes it out of the index, so that no
// event finds it any more; by the second one those that had found it are done.
#include "sched/stack_probe.h"

#include <algorithm>
#include <utility>

#include "base/saturating.h"
#include "sched/consistent_copy.h"
#include "tsa_states.h"

namespace tsa {

namespace {

/// Readings in which an account did not grow before it is given back, if the table is half full.
constexpr std::uint32_t kQuietReads = 16;
constexpr std::size_t kCrowded = TSA_STACK_ACCOUNTS / 2;
/// Several threads share the copies.
constexpr std::uint32_t kRingBytes = 8U << 20U;

}  // namespace

StackProbe::StackProbe(std::unique_ptr<TargetPrograms> programs)
    : programs_(std::move(programs)), seats_(programs_->capacity()), known_(TSA_STACK_ACCOUNTS) {}
StackProbe::~StackProbe() = default;

Result<std::unique_ptr<StackProbe>> StackProbe::start(Probe& probe, std::size_t threads) {
    TargetProgramOptions options;
    options.targets = static_cast<std::uint32_t>(std::clamp<std::size_t>(threads, 1, kMaxThreads));
    options.ring_bytes = kRingBytes;
    auto programs = TRY(TargetPrograms::load(probe, options));
    TRY(programs->attach());
    TRY(programs->attach_stacks());
    return std::unique_ptr<StackProbe>(new StackProbe(std::move(programs)));
}

std::optional<std::size_t> StackProbe::seat_of(const ThreadKey& thread) const {
    for (std::size_t at = 0; at < seats_.size(); ++at) {
        if (seats_[at].use == Seat::Use::taken && seats_[at].thread == thread) {
            return at;
        }
    }
    return std::nullopt;
}

bool StackProbe::add(const ThreadKey& thread, std::span<const tsa_address_range> code) {
    const auto free = std::ranges::find(seats_, Seat::Use::free, &Seat::use);
    if (free == seats_.end() || seat_of(thread)) {
        return false;
    }
    const auto at = static_cast<std::size_t>(free - seats_.begin());
    if (!programs_->link(at, thread)) {
        return false;
    }
    programs_->set_code(at, code);
    programs_->prime_again(at);
    *free = {Seat::Use::taken, thread};
    return true;
}

void StackProbe::remove(const ThreadKey& thread) {
    if (const auto at = seat_of(thread)) {
        programs_->unlink(*at);
        seats_[*at].use = Seat::Use::left;
    }
}

void StackProbe::set_code(const ThreadKey& thread, std::span<const tsa_address_range> code) {
    if (const auto at = seat_of(thread)) {
        programs_->set_code(*at, code);
    }
}

std::optional<std::uint64_t> StackProbe::open_fingerprint(const ThreadKey& thread, std::uint64_t since_ns,
                                                          bool is_woken) const {
    const auto at = seat_of(thread);
    return at ? programs_->open_fingerprint(*at, since_ns, is_woken) : std::nullopt;
}

std::uint64_t StackProbe::uncopied() const {
    std::uint64_t sum = uncopied_of_gone_;
    for (std::size_t at = 0; at < seats_.size(); ++at) {
        sum += seats_[at].use != Seat::Use::free ? programs_->target(at).stacks_uncopied : 0;
    }
    return sum;
}

/// What an account has more than in the last reading, with the longest of these waits.
void StackProbe::read_account(std::size_t index, std::vector<StackGrowth>& out) {
    tsa_stack_account& live = programs_->accounts()[index];
    Known& known = known_[index];
    const std::uint32_t seq = known.copy.seq;
    if (__atomic_load_n(&live.seq, __ATOMIC_RELAXED) != seq) {
        const tsa_stack_account before = known.copy;
        static_cast<void>(copy_consistent(live, known.copy));
        if (known.copy.seq != seq) {
            StackGrowth& growth = out.emplace_back();
            growth.thread = seats_[known.copy.key.target].thread;
            growth.state = static_cast<ThreadState>(std::min<std::uint32_t>(known.copy.key.state, kStateCount - 1));
            growth.fingerprint = known.copy.key.fingerprint;
            growth.count = saturating_sub(known.copy.count, before.count);
            growth.total_ns = saturating_sub(known.copy.total_ns, before.total_ns);
            growth.max_ns = __atomic_exchange_n(&live.recent_max_ns, 0, __ATOMIC_RELAXED);
            growth.lengths = lengths_since(known.copy.lengths, before.lengths);
        }
    }
    const bool has_grown = known.copy.seq != seq;
    const tsa_stack_key key = live.key;
    const bool is_used = key.state != TSA_EXEC || key.fingerprint != TSA_NO_FINGERPRINT;
    if (is_used) {
        close_or_free(index, key, has_grown);
    }
}

void StackProbe::close_or_free(std::size_t index, const tsa_stack_key& key, bool has_grown) {
    Known& known = known_[index];
    if (known.is_closed) {
        known = {};
        programs_->free_account(static_cast<std::uint32_t>(index));
        return;
    }
    known.quiet_reads = has_grown ? 0 : known.quiet_reads + 1;
    const bool is_gone = seats_[key.target].use == Seat::Use::closing;
    const bool is_old = known.quiet_reads >= kQuietReads && programs_->accounts_used() > kCrowded;
    if (is_gone || is_old) {
        known.is_closed = true;
        programs_->close_account(key);
    }
}

/// left: events that have found it may still add. closing: its accounts were closed in this reading. closed: and freed.
void StackProbe::advance_seats() {
    for (std::size_t at = 0; at < seats_.size(); ++at) {
        Seat& seat = seats_[at];
        if (seat.use == Seat::Use::closed) {
            uncopied_of_gone_ += programs_->target(at).stacks_uncopied;
            seat = {};
        } else if (seat.use == Seat::Use::closing) {
            seat.use = Seat::Use::closed;
        } else if (seat.use == Seat::Use::left) {
            seat.use = Seat::Use::closing;
        }
    }
}

void StackProbe::read(std::vector<StackGrowth>& out) {
    out.clear();
    const std::size_t used = programs_->accounts_used();
    for (std::size_t index = TSA_STACK_OTHERS + 1; index < used; ++index) {
        read_account(index, out);
    }
    advance_seats();
}

}  // namespace tsa
