// SPDX-License-Identifier: MIT
// See label_thread.h.
#include "peers/label_thread.h"

#include <array>
#include <atomic>

#include "base/clock.h"
#include "base/privilege.h"
#include "peers/label_reader.h"

namespace tsa {

namespace {

/// Passes over all processes end after this time, and go on in the next refresh.
constexpr std::uint64_t kPassNs = 20'000'000;

}  // namespace

struct LabelThread::List : SideRelay::Work {
    std::array<LabelQuery, 2 * kMaxLabelQueries> queries{};
    std::array<LabelAnswer, 2 * kMaxLabelQueries> answers{};
    std::size_t count = 0;
    std::atomic<std::size_t> at{0};       // the query that is being answered
    std::unique_ptr<LabelReader> reader;  // made by the thread that uses it

    void run() override {
        if (reader == nullptr) {
            reader = std::make_unique<LabelReader>();
        }
        reader->begin();
        const std::uint64_t until_ns = clock_ns(CLOCK_MONOTONIC) + kPassNs;
        for (std::size_t next = 0; next < count; ++next) {
            at.store(next, std::memory_order_relaxed);
            reader->answer(queries[next], until_ns, answers[next]);
            __atomic_store_n(&answers[next].done, 1, __ATOMIC_RELEASE);
        }
    }
};

Result<std::unique_ptr<LabelThread>> LabelThread::start() {
    auto relay = TRY(SideRelay::start("rstat-labels", list_of_capabilities(PrivilegeUse::labels),
                                      [](std::size_t) { return std::make_shared<List>(); }));
    return std::unique_ptr<LabelThread>(new LabelThread(std::move(relay)));
}

LabelThread::List& LabelThread::list() const {
    return static_cast<List&>(relay_->current());
}

bool LabelThread::may_ask(const Subject& subject, std::uint32_t tgid) const {
    const bool reads = reads_memory(subject);
    bool may = !reads || relay_->may_hang();
    relay_->for_each_late([&](const SideRelay::Work& work) {
        const auto& late = static_cast<const List&>(work);
        const LabelQuery& query = late.queries[late.at.load(std::memory_order_relaxed)];
        may = may && (query.tgid != tgid || reads_memory(query.subject) != reads);
    });
    return may;
}

std::span<LabelQuery> LabelThread::queries() {
    return list().queries;
}

void LabelThread::ask(std::size_t count, std::chrono::nanoseconds within) {
    List& asked = list();
    asked.count = count;
    for (LabelAnswer& answer : std::span(asked.answers).first(count)) {
        answer = LabelAnswer{};
    }
    relay_->begin();
    [[maybe_unused]] const bool done = relay_->wait_for(within);
}

bool LabelThread::is_done(std::size_t at) const {
    return __atomic_load_n(&list().answers[at].done, __ATOMIC_ACQUIRE) != 0;
}

const LabelAnswer& LabelThread::answer(std::size_t at) const {
    return list().answers[at];
}

}  // namespace tsa
