// SPDX-License-Identifier: MIT
// See kallsyms.h. The file has some 100,000 lines, generated while it is read: 10 to 30 ms, once.
#include "sched/kallsyms.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <system_error>

#include "base/fd.h"

namespace tsa {

namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

// Everything inside these functions is swap-in: do_swap_page for anonymous memory, shmem_swapin_folio for tmpfs and
// shared memory.
constexpr std::string_view kSwapFunctions[] = {"do_swap_page", "shmem_swapin_folio", "shmem_swapin_page"};
// Throttling or reclaim for a memory limit, including paths without tracepoints.
constexpr std::string_view kMemoryFunctions[] = {"mem_cgroup_handle_over_high",  "__mem_cgroup_handle_over_high",
                                                 "try_to_free_mem_cgroup_pages", "try_to_free_pages",
                                                 "throttle_direct_reclaim",      "reclaim_throttle",
                                                 "mem_cgroup_oom_synchronize"};

struct Symbol {
    std::uint64_t address = 0;
    char type = 0;
    std::string_view name;
};

/// "ffffffff815ea4a0 T do_swap_page\t[module]"; false for anything else.
bool parse_symbol(std::string_view text, Symbol& out) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || space + 3 >= text.size() || text[space + 2] != ' ') {
        return false;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + space, out.address, 16);
    if (error != std::errc{} || end != text.data() + space) {
        return false;
    }
    out.type = text[space + 1];
    out.name = text.substr(space + 3);
    out.name = out.name.substr(0, out.name.find_first_of("\t \n"));
    return true;
}

bool is_text(char type) {
    return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

template <class OnLine>
bool for_each_line(const char* path, OnLine&& on_line) {
    const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
        return false;
    }
    std::vector<char> buffer(kChunkBytes);
    std::size_t kept = 0;
    for (;;) {
        const ssize_t got = ::read(file.get(), buffer.data() + kept, buffer.size() - kept);
        if (got <= 0) {
            return got == 0;
        }
        const std::size_t filled = kept + static_cast<std::size_t>(got);
        std::size_t begin = 0;
        while (const void* newline = std::memchr(buffer.data() + begin, '\n', filled - begin)) {
            const auto end = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer.data());
            on_line(std::string_view(buffer.data() + begin, end - begin));
            begin = end + 1;
        }
        kept = filled - begin;
        std::memmove(buffer.data(), buffer.data() + begin, kept);
        if (kept == buffer.size()) {
            kept = 0;  // a line longer than the buffer is not a symbol
        }
    }
}

}  // namespace

void RangeFinder::line(std::string_view text) {
    Symbol symbol;
    if (!parse_symbol(text, symbol) || symbol.address == 0) {
        return;
    }
    if (symbol.name == "__sched_text_start") {
        sched_text_.begin = symbol.address;
    } else if (symbol.name == "__sched_text_end") {
        sched_text_.end = symbol.address;
    }
    if (!is_text(symbol.type)) {
        return;
    }
    text_addresses_.push_back(symbol.address);
    symbol.name = symbol.name.substr(0, symbol.name.find('.'));  // ".isra.0", ".cold", ".llvm.123": the same function
    if (std::find(std::begin(kSwapFunctions), std::end(kSwapFunctions), symbol.name) != std::end(kSwapFunctions)) {
        wanted_.push_back({Cause::swap, symbol.address, 0});
    }
    if (std::find(std::begin(kMemoryFunctions), std::end(kMemoryFunctions), symbol.name) !=
        std::end(kMemoryFunctions)) {
        wanted_.push_back({Cause::memory, symbol.address, 0});
    }
    if (symbol.name == "handle_userfault") {
        wanted_.push_back({Cause::userfault, symbol.address, 0});
    }
}

KernelRanges RangeFinder::finish() {
    KernelRanges ranges;
    for (const std::uint64_t address : text_addresses_) {
        for (Wanted& wanted : wanted_) {
            if (address > wanted.begin && (wanted.end == 0 || address < wanted.end)) {
                wanted.end = address;
            }
        }
    }
    for (const Wanted& wanted : wanted_) {
        const tsa_address_range range{wanted.begin, wanted.end};
        auto& list = wanted.cause == Cause::swap ? ranges.swap_functions : ranges.memory_functions;
        if (wanted.end == 0) {
            continue;
        }
        if (wanted.cause == Cause::userfault) {
            ranges.userfault_function = range;
        } else if (list.size() < TSA_MAX_RANGES) {
            list.push_back(range);
        }
    }
    if (sched_text_.begin != 0 && sched_text_.begin < sched_text_.end) {
        ranges.sched_text = sched_text_;
    }
    return ranges;
}

KernelRanges read_kernel_ranges(const char* path) {
    RangeFinder finder;
    for_each_line(path, [&](std::string_view line) { finder.line(line); });
    return finder.finish();
}

}  // namespace tsa
