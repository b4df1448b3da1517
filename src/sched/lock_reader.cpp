// SPDX-License-Identifier: MIT
// See lock_reader.h. The list of queries is shared with the thread: it is written only while the thread is idle, and
// may be read at any time, because at_ns marks the complete answers.
#include "sched/lock_reader.h"

#include <linux/capability.h>

#include <algorithm>

namespace tsa {

Result<std::unique_ptr<LockReader>> LockReader::start() {
    const std::shared_ptr<LockMemory> memory = LockMemory::open();
    const auto count = std::make_shared<std::size_t>(0);
    auto job = [memory, count] { memory->read(*count); };
    auto thread = memory->source() == HolderSource::process_vm
                      ? SideThread::start("rstat-locks", std::move(job), {CAP_SYS_PTRACE})
                      : SideThread::start("rstat-locks", std::move(job));
    if (!thread.ok()) {
        return thread.error();
    }
    return std::unique_ptr<LockReader>(new LockReader(memory, count, std::move(thread).value()));
}

void LockReader::read(std::span<tsa_lock_query> queries, std::chrono::nanoseconds within) {
    if (thread_->is_busy()) {
        return;
    }
    const std::span<tsa_lock_query> shared = memory_->queries();
    const std::size_t count = std::min(queries.size(), shared.size());
    std::ranges::copy(queries.first(count), shared.begin());
    *count_ = count;
    thread_->begin();
    [[maybe_unused]] const bool done = thread_->wait_for(within);
    for (std::size_t at = 0; at < count; ++at) {
        if (__atomic_load_n(&shared[at].at_ns, __ATOMIC_ACQUIRE) != 0) {
            queries[at] = shared[at];
        }
    }
}

}  // namespace tsa
