// SPDX-License-Identifier: MIT
// See stack_profile.h.
#include "model/stack_profile.h"

#include <algorithm>
#include <bit>

#include "base/flat_map.h"

namespace tsa {

std::size_t StackProfile::Hash::operator()(const ThreadKey& key) const {
    return flat_hash(flat_hash(key.start_time_ns) ^ key.tid);
}

std::size_t StackProfile::Hash::operator()(const Key& key) const {
    return flat_hash((*this)(key.thread) ^ std::bit_cast<std::uintptr_t>(key.stack) ^ index(key.state));
}

void StackProfile::add(const StackWaits& waits) {
    const auto [place, is_new] = places_.try_emplace({waits.thread, waits.state, waits.stack.get()}, sums_.size());
    if (is_new) {
        sums_.push_back({waits.thread, waits.tgid, waits.state, waits.stack});
    }
    StackSum& sum = sums_[place->second];
    sum.count += waits.count;
    sum.total_ns += waits.total_ns;
    sum.max_ns = std::max(sum.max_ns, waits.max_ns);
    merge_lengths(sum.lengths, waits.lengths);
}

std::vector<ThreadKey> StackProfile::threads() const {
    std::vector<ThreadKey> out;
    for (const StackSum& sum : sums_) {
        if (std::ranges::find(out, sum.thread) == out.end()) {
            out.push_back(sum.thread);
        }
    }
    return out;
}

std::string_view StackProfile::name_of(const ThreadKey& thread) const {
    const auto found = names_.find(thread);
    return found != names_.end() ? std::string_view(found->second) : std::string_view{};
}

std::vector<std::string_view> frames_of(const RecordedStack& stack) {
    std::vector<std::string_view> out;
    std::string_view rest = stack.frames;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        out.push_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (const std::string_view missing = info(stack.kind).words; !missing.empty()) {
        out.push_back(missing);
    }
    return out;
}

std::vector<StateStack> stacks_of_state(const StackProfile& profile, ThreadState state) {
    std::unordered_map<const RecordedStack*, StateStack> by_stack;
    for (const StackSum& sum : profile.sums()) {
        if (sum.state != state) {
            continue;
        }
        StateStack& one = by_stack[sum.stack.get()];
        one.stack = sum.stack.get();
        one.waits.count += sum.count;
        one.waits.total_ns += sum.total_ns;
        one.waits.max_ns = std::max(one.waits.max_ns, sum.max_ns);
        add_lengths(one.waits.lengths, sum.lengths);
        one.threads += 1;
        one.most = one.most == nullptr || sum.total_ns > one.most->total_ns ? &sum : one.most;
    }
    std::vector<StateStack> out;
    out.reserve(by_stack.size());
    for (const auto& [stack, one] : by_stack) {
        out.push_back(one);
    }
    std::ranges::sort(out, [](const StateStack& a, const StateStack& b) {
        return a.waits.total_ns != b.waits.total_ns ? a.waits.total_ns > b.waits.total_ns
                                                    : a.stack->frames < b.stack->frames;
    });
    return out;
}

}  // namespace tsa
