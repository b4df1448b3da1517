// SPDX-License-Identifier: MIT
// See kernel_names.h.
#include "sched/kernel_names.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cstring>

#include "tsa.h"

namespace tsa {

std::string_view KernelNames::name(std::uint64_t address) {
    const auto place =
        std::lower_bound(entries_.begin(), entries_.end(), address,
                         [](const auto& entry, std::uint64_t wanted) { return entry->address < wanted; });
    if (place != entries_.end() && (*place)->address == address) {
        return (*place)->name;
    }
    if (address == 0 || program_fd_ < 0 || entries_.size() >= kMaxKernelNames) {
        return {};
    }
    return (*entries_.insert(place, std::make_unique<Entry>(Entry{address, ask_kernel(address)})))->name;
}

std::string KernelNames::ask_kernel(std::uint64_t address) const {
    tsa_symbol_query query{};
    query.address = address;
    // A program of this type writes its result to the same memory: ctx_out must stay unset. Clang does not accept
    // LIBBPF_OPTS as C++.
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    options.ctx_in = &query;
    options.ctx_size_in = sizeof(query);
    if (bpf_prog_test_run_opts(program_fd_, &options) != 0) {
        return {};
    }
    const std::string_view name(query.name, strnlen(query.name, sizeof(query.name)));
    // For an address without a symbol, the kernel returns a number.
    return name.starts_with("0x") ? std::string{} : std::string(name);
}

}  // namespace tsa
