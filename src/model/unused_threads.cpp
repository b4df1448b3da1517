// SPDX-License-Identifier: MIT
// See unused_threads.h.
#include "model/unused_threads.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace tsa {

namespace {

static_assert(std::is_trivially_copyable_v<Thread> && std::is_trivially_destructible_v<Thread>);

struct Page {
    bool is_unused = false;   // no place in it has a thread
    bool is_written = false;  // it was not given back, or it was used since
};

class Pages {
  public:
    explicit Pages(std::vector<Thread>& threads) : threads_(threads) {
        const auto begin = reinterpret_cast<std::uintptr_t>(threads.data());
        const std::uintptr_t end = begin + threads.size() * sizeof(Thread);
        first_ = (begin + size_ - 1) / size_ * size_;
        last_ = std::max(first_, end / size_ * size_);
        begin_ = begin;
    }
    [[nodiscard]] std::size_t count() const { return (last_ - first_) / size_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] void* address(std::size_t page) const {
        return reinterpret_cast<std::byte*>(threads_.data()) + (first_ - begin_) + page * size_;
    }

    /// A place that was never used, or has been decoded as unused, is not all zero: `measured` is not. It is in the
    /// first cache line of a thread, with `life`.
    [[nodiscard]] Page look(std::size_t page) const {
        const std::uintptr_t from = first_ - begin_ + page * size_;
        const std::size_t first = from / sizeof(Thread);
        const std::size_t last = (from + size_ - 1) / sizeof(Thread);
        Page found{true, false};
        for (std::size_t at = first; at <= last && found.is_unused; ++at) {
            found.is_unused = threads_[at].life == 0;
            const bool begins_here = at * sizeof(Thread) >= from;
            found.is_written = found.is_written || (begins_here && threads_[at].measured != 0);
        }
        return found;
    }

  private:
    std::vector<Thread>& threads_;
    std::uintptr_t begin_ = 0, first_ = 0, last_ = 0;  // as numbers: bounds of the list, of its whole pages
    std::size_t size_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
};

}  // namespace

std::size_t release_unused(std::vector<Thread>& threads) {
    const Pages pages(threads);
    const auto is_wasted = [&pages](std::size_t page) {
        const Page found = pages.look(page);
        return found.is_unused && found.is_written;
    };
    std::size_t wasted = 0;
    for (std::size_t page = 0; page < pages.count(); ++page) {
        wasted += is_wasted(page) ? 1 : 0;
    }
    if (wasted * pages.size() < kLeastUnusedBytes) {
        return 0;
    }
    std::size_t released = 0;
    for (std::size_t page = 0; page < pages.count();) {
        std::size_t after = page;
        while (after < pages.count() && is_wasted(after)) {
            ++after;
        }
        if (after != page && ::madvise(pages.address(page), (after - page) * pages.size(), MADV_DONTNEED) == 0) {
            released += (after - page) * pages.size();
        }
        page = after + 1;
    }
    return released;
}

}  // namespace tsa
