// SPDX-License-Identifier: MIT
// See thread_table.h.
#include "procfs/thread_table.h"

#include "model/sample.h"

namespace tsa {

std::uint32_t ThreadTable::add() {
    std::uint32_t index = 0;
    if (holes_.empty()) {
        index = static_cast<std::uint32_t>(threads_.size());
        threads_.emplace_back();
        versions_.push_back(0);
        books_.emplace_back();
    } else {
        index = holes_.back();
        holes_.pop_back();
    }
    threads_[index] = Thread{};
    threads_[index].life = ++lives_;
    books_[index] = ThreadBooks{};
    touch(index);
    return index;
}

void ThreadTable::remove(std::uint32_t index, std::uint64_t closed_ns) {
    fold_open(closed_ns, threads_[index], books_[index].account);
    exited_.push_back({index, closed_ns, threads_[index]});
    threads_[index] = Thread{};
    touch(index);
    holes_.push_back(index);
}

void ThreadTable::copy_to(Sample& sample) const {
    if (sample.threads.size() != threads_.size()) {
        sample.threads.resize(threads_.size());
        sample.versions.resize(threads_.size(), 0);
    }
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        if (sample.versions[i] != versions_[i]) {
            sample.threads[i] = threads_[i];
            sample.versions[i] = versions_[i];
        }
    }
    sample.exited.assign(exited_.begin(), exited_.end());
}

}  // namespace tsa
