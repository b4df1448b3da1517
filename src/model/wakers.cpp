// SPDX-License-Identifier: MIT
// See wakers.h.
#include "model/wakers.h"

#include <algorithm>
#include <cstring>

#include "model/find_row.h"

namespace tsa {

namespace {

struct KindInfo {
    std::string_view key, label;
};
constexpr std::array<KindInfo, kWakerKinds> kKinds{{
    {"", ""},
    {"", ""},
    {"timer", "timer"},
    {"block", "disk"},
    {"net", "network"},
    {"other", "interrupt"},
    {"", "unsure"},
}};

}  // namespace

std::string_view interrupt_key(WakerKind kind) {
    return kKinds[static_cast<std::size_t>(kind)].key;
}

std::string_view waker_label(WakerKind kind) {
    return kKinds[static_cast<std::size_t>(kind)].label;
}

std::string_view Waker::comm_view() const {
    return {comm.data(), ::strnlen(comm.data(), comm.size())};
}

std::uint64_t WokenTable::count() const {
    std::uint64_t sum = others.count;
    for (const WokenBy& waker : wakers) {
        sum += waker.count;
    }
    return sum;
}

std::uint64_t WokenTable::total_ns() const {
    std::uint64_t sum = others.total_ns;
    for (const WokenBy& waker : wakers) {
        sum += waker.total_ns;
    }
    return sum;
}

SyncEnds sync_ends(const WokenTable& table, std::uint32_t own_tgid) {
    SyncEnds ends;
    for (const WokenBy& waker : table.wakers) {
        if (waker.who.kind == WakerKind::timer) {
            ends.timer_ns += waker.sync_ns;
        } else if (waker.who.kind != WakerKind::thread) {
            ends.other_ns += waker.sync_ns;
        } else {
            (waker.who.tgid == own_tgid ? ends.own_process_ns : ends.other_process_ns) += waker.sync_ns;
        }
    }
    ends.other_ns += table.others.sync_ns;
    return ends;
}

std::vector<Waker> waker_chain(const Report& report, const Thread& thread) {
    std::vector<Waker> chain;
    const auto is_known = [&](const Waker& waker) {
        return waker.key() == key_of(thread) ||
               std::ranges::any_of(chain, [&](const Waker& one) { return one.key() == waker.key(); });
    };
    const Thread* of = &thread;
    while (report.wakers != nullptr && of != nullptr && chain.size() < kMaxWakers) {
        const std::optional<Waker> waker = report.wakers->find(*of);
        if (!waker || waker->kind == WakerKind::none || (!chain.empty() && waker->at_ns > chain.back().at_ns) ||
            (waker->kind == WakerKind::thread && is_known(*waker))) {
            break;
        }
        chain.push_back(*waker);
        const ThreadRow* row = waker->kind == WakerKind::thread ? find_row(report, waker->key()) : nullptr;
        of = row != nullptr ? row->now : nullptr;
    }
    return chain;
}

std::vector<Waker> waker_chain(const Report& report, const ThreadKey& key) {
    const ThreadRow* row = find_row(report, key);
    return row != nullptr ? waker_chain(report, *row->now) : std::vector<Waker>{};
}

}  // namespace tsa
