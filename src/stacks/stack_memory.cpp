// SPDX-License-Identifier: MIT
// See stack_memory.h.
#include "stacks/stack_memory.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/fd.h"
#include "sched/library_log.h"
#include "sched/mapping.h"
// after tsa_stacks.h: the skeleton's .bss holds its structs
#include "stacks.skel.h"

namespace tsa {

namespace {

struct StacksSkeletonDelete {
    void operator()(stacks_bpf* skeleton) const { stacks_bpf::destroy(skeleton); }
};
using StacksSkeleton = std::unique_ptr<stacks_bpf, StacksSkeletonDelete>;

/// With one of the two programs. Error: that of loading it.
Result<StacksSkeleton> load_program(bool as_list) {
    LogScope log;
    StacksSkeleton skeleton(stacks_bpf::open());
    if (skeleton == nullptr) {
        return log.error("open the reader of stacks", errno);
    }
    bpf_program__set_autoload(skeleton->progs.tsa_read_stacks, as_list);
    bpf_program__set_autoload(skeleton->progs.tsa_read_stack, !as_list);
    if (const int error = stacks_bpf::load(skeleton.get()); error != 0) {
        return log.load_error("load the reader of stacks", -error, skeleton->obj);
    }
    return skeleton;
}

}  // namespace

struct StackMemory::Impl {
    StacksSkeleton skeleton;
    bool as_list = true;
    Mapping<tsa_stack_query> mapping;

    void read_list(std::size_t count) const;
    void read_one(std::size_t at, tsa_stack_query& query) const;
};

void StackMemory::Impl::read_list(std::size_t count) const {
    skeleton->bss->tsa_stacks_begin = 0;
    skeleton->bss->tsa_stacks_end = static_cast<std::uint32_t>(count);
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.tsa_read_stacks), &options);
}

void StackMemory::Impl::read_one(std::size_t at, tsa_stack_query& query) const {
    skeleton->bss->tsa_stacks_begin = static_cast<std::uint32_t>(at);
    bpf_iter_link_info info{};
    info.task.tid = query.tid;
    bpf_link_create_opts options{};
    options.sz = sizeof(options);
    options.iter_info = &info;
    options.iter_info_len = sizeof(info);
    const Fd link(bpf_link_create(bpf_program__fd(skeleton->progs.tsa_read_stack), 0, BPF_TRACE_ITER, &options));
    const Fd iterator(link.valid() ? bpf_iter_create(link.get()) : -1);
    char nothing = 0;
    if (iterator.valid()) {
        [[maybe_unused]] const ssize_t read = ::read(iterator.get(), &nothing, sizeof(nothing));
    }
    if (query.at_ns == 0) {
        query.error = -ESRCH;  // the iterator visited no thread
        query.at_ns = clock_ns(CLOCK_MONOTONIC);
    }
}

StackMemory::StackMemory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StackMemory::~StackMemory() = default;

Result<std::unique_ptr<StackMemory>> StackMemory::open() {
    auto impl = std::make_unique<Impl>();
    auto skeleton = load_program(true);
    if (!skeleton.ok()) {
        impl->as_list = false;
        skeleton = load_program(false);
    }
    impl->skeleton = TRY(std::move(skeleton));
    TRY(impl->mapping.map(bpf_map__fd(impl->skeleton->maps.tsa_stacks), TSA_MAX_STACKS, true, "the list of stacks"));
    return std::unique_ptr<StackMemory>(new StackMemory(std::move(impl)));
}

std::span<tsa_stack_query> StackMemory::queries() {
    return impl_->mapping.writable_view();
}

void StackMemory::read(std::size_t count) {
    const std::span<tsa_stack_query> wanted = queries().first(std::min<std::size_t>(count, TSA_MAX_STACKS));
    if (impl_->as_list) {
        impl_->read_list(wanted.size());
        return;
    }
    for (std::size_t at = 0; at < wanted.size(); ++at) {
        impl_->read_one(at, wanted[at]);
    }
}

const bpf_object* StackMemory::object() const {
    return impl_->skeleton->obj;
}

}  // namespace tsa
