// SPDX-License-Identifier: MIT
// See wait_labels.h.
#include "model/wait_labels.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/report.h"
#include "model/wait_stack.h"

namespace tsa {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

bool may_be_delay(ThreadState state) {
    return state == ThreadState::sync || state == ThreadState::sleep || state == ThreadState::idle;
}

/// "tcp 10.0.0.5:80" of "epoll: tcp 10.0.0.5:80"; empty: a count of several objects ("epoll: 3 sockets"), or of none.
std::string_view object_in(std::string_view label) {
    constexpr std::array<std::string_view, 4> kSets{"epoll: ", "poll: ", "pselect: ", "select: "};
    const auto set = std::ranges::find_if(kSets, [&](std::string_view one) { return label.starts_with(one); });
    if (set == kSets.end()) {
        return label;
    }
    label.remove_prefix(set->size());
    return label.empty() || is_digit(label.front()) || label.starts_with("no ") ? std::string_view{} : label;
}

}  // namespace

std::string_view cut_at_number(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) {
        return text;
    }
    std::size_t end = bytes;
    while (end > 0 && continues_character(text[end])) {
        --end;
    }
    while (end > 0 && is_digit(text[end]) && is_digit(text[end - 1])) {
        --end;
    }
    return text.substr(0, end);
}

void WaitLabel::set_text(std::string_view text) {
    const std::string_view kept = cut_at_number(text, bytes.size());
    std::ranges::copy(kept, bytes.begin());
    size = static_cast<std::uint8_t>(kept.size());
}

const WaitLabel* WaitLabels::find(const Thread& thread) const {
    const WaitLabel* label = labels_.size() != 0 ? labels_.find(key_of(thread)) : nullptr;
    return label != nullptr && label->since_ns == thread.since_ns ? label : nullptr;
}

WaitLabel& WaitLabels::put(const Thread& thread) {
    WaitLabel& label = labels_.insert(key_of(thread)).entry;
    label.since_ns = thread.since_ns;
    label.delays = false;
    label.size = 0;
    return label;
}

void WaitLabels::renew(const Thread& thread) {
    if (WaitLabel* label = labels_.size() != 0 ? labels_.find(key_of(thread)) : nullptr) {
        label->since_ns = thread.since_ns;
    }
}

void WaitLabels::erase(const ThreadKey& key) {
    if (WaitLabel* label = labels_.size() != 0 ? labels_.find(key) : nullptr) {
        labels_.erase(label);
    }
}

void combine(const Thread& thread, const WaitLabel* found, const StackLabel& of_stack, WaitLabel& label) {
    const bool is_lock = of_stack.kind == StackLabelKind::lock;
    const bool is_known = thread.state == ThreadState::lock_wait && !is_lock;
    const std::string_view code = is_known ? std::string_view{} : std::string_view(of_stack.text);
    const std::string_view text = found != nullptr ? found->text() : std::string_view{};
    label.delays = is_lock || (found != nullptr && found->delays);
    const std::string_view object = object_in(text);
    if (code.empty() || (!object.empty() && text.starts_with(code))) {
        label.set_text(text);
    } else if (object.empty()) {
        label.set_text(code);
    } else {
        std::array<char, 2 * kMaxLabelBytes> both{};
        const auto end = fmt::format_to_n(both.data(), both.size(), "{}: {}", code, object);
        label.set_text({both.data(), std::min(end.size, both.size())});
    }
}

bool may_have_stack_label(const Thread& thread) {
    // Of uninterruptible waits: for a fence of a graphics card.
    const bool for_fence =
        thread.state == ThreadState::uninterruptible && thread.wait.kernel_function.starts_with("dma_fence_");
    return !thread.kernel && (may_be_delay(thread.state) || thread.state == ThreadState::lock_wait || for_fence);
}

const WaitLabel* find_label(const Report& report, const Thread& thread) {
    const WaitLabel* combined = report.stacks != nullptr ? report.stacks->label(thread) : nullptr;
    return combined != nullptr || report.labels == nullptr ? combined : report.labels->find(thread);
}

const WaitLabel* label_of(const Report& report, const ThreadRow& row) {
    const bool waits = row.exit_time_unix_ns == 0 && is_blocked(row.now->state);
    return waits ? find_label(report, *row.now) : nullptr;
}

std::optional<std::uint64_t> delay_labeled_ns(const Report& report, const ThreadRow& row) {
    const WaitLabel* label = label_of(report, row);
    if (label == nullptr) {
        return std::nullopt;
    }
    if (!label->delays || !may_be_delay(row.now->state)) {
        return 0;
    }
    const std::uint64_t open_ns = closed_at_ns(*row.now, report.now_ns) - row.now->since_ns;
    return std::min(open_ns, row.state_ns[index(row.now->state)]);
}

std::uint64_t shown_delay_ns(const Report& report, const ThreadRow& row) {
    return latency_ns(row.state_ns) + delay_labeled_ns(report, row).value_or(0);
}

}  // namespace tsa
