// SPDX-License-Identifier: MIT
// See label_thread.h.
#include "peers/label_thread.h"

#include <linux/capability.h>

#include <array>

#include "base/clock.h"
#include "peers/label_reader.h"

namespace tsa {

namespace {

/// Passes over all processes end after this time, and go on in the next refresh.
constexpr std::uint64_t kPassNs = 20'000'000;

}  // namespace

struct LabelThread::Shared {
    std::array<LabelQuery, 2 * kMaxLabelQueries> queries{};
    std::array<LabelAnswer, 2 * kMaxLabelQueries> answers{};
    std::size_t count = 0;
    std::unique_ptr<LabelReader> reader;  // made by the thread that uses it

    void run() {
        if (reader == nullptr) {
            reader = std::make_unique<LabelReader>();
        }
        reader->begin();
        const std::uint64_t until_ns = clock_ns(CLOCK_MONOTONIC) + kPassNs;
        for (std::size_t at = 0; at < count; ++at) {
            reader->answer(queries[at], until_ns, answers[at]);
            __atomic_store_n(&answers[at].done, 1, __ATOMIC_RELEASE);
        }
    }
};

Result<std::unique_ptr<LabelThread>> LabelThread::start() {
    auto shared = std::make_shared<Shared>();
    auto thread = SideThread::start("rstat-labels", [shared] { shared->run(); }, {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH});
    if (!thread.ok()) {
        return thread.error();
    }
    return std::unique_ptr<LabelThread>(new LabelThread(std::move(shared), std::move(thread).value()));
}

std::span<LabelQuery> LabelThread::queries() {
    return shared_->queries;
}

void LabelThread::ask(std::size_t count, std::chrono::nanoseconds within) {
    shared_->count = count;
    for (LabelAnswer& answer : std::span(shared_->answers).first(count)) {
        answer = LabelAnswer{};
    }
    thread_->begin();
    [[maybe_unused]] const bool done = thread_->wait_for(within);
}

bool LabelThread::is_done(std::size_t at) const {
    return __atomic_load_n(&shared_->answers[at].done, __ATOMIC_ACQUIRE) != 0;
}

const LabelAnswer& LabelThread::answer(std::size_t at) const {
    return shared_->answers[at];
}

}  // namespace tsa
