// SPDX-License-Identifier: MIT
// See stack_thread.h.
#include "stacks/stack_thread.h"

#include <linux/capability.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/clock.h"

namespace tsa {

struct StackThread::Shared {
    Shared(HelperProcess helper, std::shared_ptr<DebugFetcher> fetcher)
        : reader(std::move(helper), std::move(fetcher)) {}

    std::array<StackQuery, TSA_MAX_STACKS> queries{};
    std::array<StackAnswer, TSA_MAX_STACKS> answers{};
    std::array<std::uint8_t, TSA_MAX_STACKS> done{};
    std::size_t count = 0;
    std::uint64_t cpu_limit_ns = 0;
    std::uint64_t helper_cpu_ns = 0;
    std::shared_ptr<StackMemory> memory;
    StackReader reader;

    void run();
    void read(std::size_t at);
    void answer(std::size_t at);
    void read_blocked(std::size_t blocked);
    [[nodiscard]] std::uint64_t used_ns() const { return clock_ns(CLOCK_THREAD_CPUTIME_ID) + reader.helper_cpu_ns(); }
};

void StackThread::Shared::read(std::size_t at) {
    const tsa_stack_query& copy = memory->queries()[at];
    StackAnswer& answer = answers[at];
    answer.at_ns = copy.at_ns;
    if (copy.error == 0 && copy.at_ns != 0) {
        answer.stack = reader.read(copy, queries[at].owner);
    } else {
        answer.stack.status = copy.error == -EAGAIN ? StackStatus::moved : StackStatus::gone;
    }
}

void StackThread::Shared::answer(std::size_t at) {
    const StackQuery& query = queries[at];
    if (query.kind == StackQuery::Kind::blocked) {
        read(at);
    } else {
        answers[at].code = reader.code_of(query.owner);
        if (query.copy != nullptr) {
            answers[at].stack = reader.read(*query.copy, query.owner);
        }
    }
    __atomic_store_n(&helper_cpu_ns, reader.helper_cpu_ns(), __ATOMIC_RELAXED);
    __atomic_store_n(&done[at], 1, __ATOMIC_RELEASE);
}

void StackThread::Shared::read_blocked(std::size_t blocked) {
    if (blocked == 0) {
        return;
    }
    const std::span<tsa_stack_query> copies = memory->queries();
    for (std::size_t at = 0; at < blocked; ++at) {
        copies[at].tid = queries[at].owner.tid;
        copies[at].start_time_ns = queries[at].start_time_ns;
        copies[at].error = 0;
        copies[at].at_ns = 0;
    }
    memory->read(blocked);
}

void StackThread::Shared::run() {
    const auto asked = std::span(queries).first(count);
    const std::uint64_t begin_ns = used_ns();
    read_blocked(static_cast<std::size_t>(std::ranges::count(asked, StackQuery::Kind::blocked, &StackQuery::kind)));
    reader.begin_round();
    for (std::size_t at = 0; at < count && (at == 0 || used_ns() - begin_ns < cpu_limit_ns); ++at) {
        answer(at);
    }
}

Result<std::unique_ptr<StackThread>> StackThread::start(std::shared_ptr<DebugFetcher> fetcher) {
    auto helper = TRY(HelperProcess::start());
    auto shared = std::make_shared<Shared>(std::move(helper), std::move(fetcher));
    // Kernels before 5.19 run no program without CAP_BPF. The link to a deleted file needs checkpoint_restore.
    auto thread = TRY(SideThread::start("rstat-stacks", [shared] { shared->run(); },
                                        {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_CHECKPOINT_RESTORE, CAP_BPF}));
    return std::unique_ptr<StackThread>(new StackThread(std::move(shared), std::move(thread)));
}

void StackThread::use(std::shared_ptr<StackMemory> memory) {
    shared_->memory = std::move(memory);
}

std::span<StackQuery> StackThread::queries() {
    return shared_->queries;
}

void StackThread::ask(std::size_t count, std::chrono::nanoseconds within, std::chrono::nanoseconds cpu) {
    shared_->count = count;
    shared_->cpu_limit_ns = static_cast<std::uint64_t>(cpu.count());
    for (std::size_t at = 0; at < count; ++at) {
        shared_->answers[at] = StackAnswer{};
        shared_->done[at] = 0;
    }
    thread_->begin();
    [[maybe_unused]] const bool done = thread_->wait_for(within);
}

bool StackThread::is_done(std::size_t at) const {
    return __atomic_load_n(&shared_->done[at], __ATOMIC_ACQUIRE) != 0;
}

StackAnswer& StackThread::answer(std::size_t at) {
    return shared_->answers[at];
}

std::uint64_t StackThread::helper_cpu_ns() const {
    return __atomic_load_n(&shared_->helper_cpu_ns, __ATOMIC_RELAXED);
}

}  // namespace tsa
