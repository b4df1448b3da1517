// SPDX-License-Identifier: MIT
// See lock_memory.h.
#include "sched/lock_memory.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/first_namespace.h"
#include "sched/library_log.h"
#include "sched/mapping.h"
// after tsa_locks.h: the skeleton's .bss holds its structs
#include "locks.skel.h"

namespace tsa {

namespace {

struct LocksSkeletonDelete {
    void operator()(locks_bpf* skeleton) const { locks_bpf::destroy(skeleton); }
};
using LocksSkeleton = std::unique_ptr<locks_bpf, LocksSkeletonDelete>;

LocksSkeleton load_programs(std::initializer_list<std::string_view> wanted) {
    const LogScope quiet;
    LocksSkeleton skeleton(locks_bpf::open());
    if (skeleton == nullptr) {
        return nullptr;
    }
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton->obj) {
        bpf_program__set_autoload(program, std::ranges::find(wanted, bpf_program__name(program)) != wanted.end());
    }
    return locks_bpf::load(skeleton.get()) == 0 ? std::move(skeleton) : nullptr;
}

}  // namespace

struct LockMemory::Impl {
    LocksSkeleton skeleton;
    HolderSource source = HolderSource::process_vm;
    Mapping<tsa_lock_query> mapping;
    std::vector<tsa_lock_query> own;  // without programs

    void load();
    void run(const bpf_program* program, std::size_t begin, std::size_t end);
    void read_by_iterator(std::span<tsa_lock_query> queries);
};

void LockMemory::Impl::load() {
    struct Way {
        HolderSource source;
        std::initializer_list<std::string_view> programs;
    };
    constexpr std::string_view kLocate = "tsa_locate";
    constexpr std::string_view kKernelLocks = "tsa_read_kernel_locks";
    const bool in_container = own_pid_namespace() != kFirstPidNamespace;
    for (const Way& way : {Way{HolderSource::list, {kLocate, kKernelLocks, "tsa_read_locks"}},
                           Way{HolderSource::iterator, {kLocate, kKernelLocks, "tsa_read_lock"}},
                           Way{HolderSource::process_vm, {kLocate, kKernelLocks}}}) {
        if (in_container && way.source == HolderSource::list) {
            continue;  // it looks TIDs up in the initial namespace
        }
        skeleton = load_programs(way.programs);
        if (skeleton != nullptr &&
            mapping.map(bpf_map__fd(skeleton->maps.tsa_locks), TSA_MAX_LOCKS, true, "the list of locks").ok()) {
            source = way.source;
            run(skeleton->progs.tsa_locate, 0, 0);
            return;
        }
    }
    skeleton.reset();
    own.resize(TSA_MAX_LOCKS);
}

void LockMemory::Impl::run(const bpf_program* program, std::size_t begin, std::size_t end) {
    skeleton->bss->tsa_locks_begin = static_cast<std::uint32_t>(begin);
    skeleton->bss->tsa_locks_end = static_cast<std::uint32_t>(end);
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    bpf_prog_test_run_opts(bpf_program__fd(program), &options);
}

void LockMemory::Impl::read_by_iterator(std::span<tsa_lock_query> queries) {
    for (std::size_t at = 0; at < queries.size(); ++at) {
        if (queries[at].kind != TSA_LOCK_USER) {
            continue;
        }
        skeleton->bss->tsa_locks_begin = static_cast<std::uint32_t>(at);
        bpf_iter_link_info info{};
        info.task.tid = queries[at].tid;
        bpf_link_create_opts options{};
        options.sz = sizeof(options);
        options.iter_info = &info;
        options.iter_info_len = sizeof(info);
        const Fd link(bpf_link_create(bpf_program__fd(skeleton->progs.tsa_read_lock), 0, BPF_TRACE_ITER, &options));
        const Fd iterator(link.valid() ? bpf_iter_create(link.get()) : -1);
        char nothing = 0;
        if (iterator.valid()) {
            [[maybe_unused]] const ssize_t read = ::read(iterator.get(), &nothing, sizeof(nothing));
        }
        if (queries[at].at_ns == 0) {
            queries[at].error = -ESRCH;  // the iterator visited no thread
            queries[at].at_ns = clock_ns(CLOCK_MONOTONIC);
        }
    }
}

namespace {

void read_by_process_vm(std::span<tsa_lock_query> queries) {
    for (tsa_lock_query& query : queries) {
        if (query.kind != TSA_LOCK_USER) {
            continue;
        }
        iovec local{query.words, sizeof(query.words)};
        // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of the other process
        iovec remote{reinterpret_cast<void*>(query.address), sizeof(query.words)};
        const ssize_t got = ::process_vm_readv(static_cast<pid_t>(query.tid), &local, 1, &remote, 1, 0);
        query.error = got == static_cast<ssize_t>(sizeof(query.words)) ? 0 : (got < 0 ? -errno : -EFAULT);
        __atomic_store_n(&query.at_ns, clock_ns(CLOCK_MONOTONIC), __ATOMIC_RELEASE);
    }
}

}  // namespace

LockMemory::LockMemory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LockMemory::~LockMemory() = default;

std::unique_ptr<LockMemory> LockMemory::open() {
    auto impl = std::make_unique<Impl>();
    impl->load();
    return std::unique_ptr<LockMemory>(new LockMemory(std::move(impl)));
}

std::span<tsa_lock_query> LockMemory::queries() {
    return impl_->skeleton != nullptr ? std::span(&impl_->mapping.writable(0), TSA_MAX_LOCKS) : std::span(impl_->own);
}

void LockMemory::read(std::size_t count) {
    const std::span<tsa_lock_query> wanted = queries().first(std::min<std::size_t>(count, TSA_MAX_LOCKS));
    const auto is_kernel_lock = [](const tsa_lock_query& query) { return query.kind != TSA_LOCK_USER; };
    const auto kernel_locks = static_cast<std::size_t>(std::ranges::count_if(wanted, is_kernel_lock));
    if (impl_->skeleton != nullptr && kernel_locks > 0) {
        impl_->run(impl_->skeleton->progs.tsa_read_kernel_locks, 0, wanted.size());
    }
    if (kernel_locks == wanted.size()) {
        return;
    }
    switch (impl_->source) {
        case HolderSource::list:
            impl_->run(impl_->skeleton->progs.tsa_read_locks, 0, wanted.size());
            break;
        case HolderSource::iterator:
            impl_->read_by_iterator(wanted);
            break;
        case HolderSource::process_vm:
            read_by_process_vm(wanted);
            break;
    }
}

HolderSource LockMemory::source() const {
    return impl_->source;
}

const bpf_object* LockMemory::object() const {
    return impl_->skeleton != nullptr ? impl_->skeleton->obj : nullptr;
}

}  // namespace tsa
