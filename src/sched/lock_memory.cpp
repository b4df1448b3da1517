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

constexpr std::size_t kEntries = std::size_t{TSA_LOCK_LISTS} * TSA_MAX_LOCKS;

struct LocksSkeletonDelete {
    void operator()(locks_bpf* skeleton) const { locks_bpf::destroy(skeleton); }
};
using LocksSkeleton = std::unique_ptr<locks_bpf, LocksSkeletonDelete>;

void run(const bpf_program* program, tsa_lock_range* range = nullptr) {
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    options.ctx_in = range;
    options.ctx_size_in = range != nullptr ? sizeof(*range) : 0;
    bpf_prog_test_run_opts(bpf_program__fd(program), &options);
}

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
    void read_by_iterator(std::size_t begin, std::span<tsa_lock_query> queries);
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
            mapping.map(bpf_map__fd(skeleton->maps.tsa_locks), kEntries, true, "the lists of locks").ok()) {
            source = way.source;
            run(skeleton->progs.tsa_locate);
            return;
        }
    }
    skeleton.reset();
    own.resize(kEntries);
}

/// `begin`: where the queries are in tsa_locks.
void LockMemory::Impl::read_by_iterator(std::size_t begin, std::span<tsa_lock_query> queries) {
    for (std::size_t at = 0; at < queries.size(); ++at) {
        if (queries[at].kind != TSA_LOCK_USER) {
            continue;
        }
        skeleton->bss->tsa_lock_to_read = static_cast<std::uint32_t>(begin + at);
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

std::span<tsa_lock_query> LockMemory::queries(std::size_t list) {
    const auto all =
        impl_->skeleton != nullptr ? std::span(&impl_->mapping.writable(0), kEntries) : std::span(impl_->own);
    return all.subspan(list * TSA_MAX_LOCKS, TSA_MAX_LOCKS);
}

void LockMemory::read(std::size_t list, std::size_t count) {
    const std::span<tsa_lock_query> wanted = queries(list).first(std::min<std::size_t>(count, TSA_MAX_LOCKS));
    const auto begin = static_cast<std::uint32_t>(list * TSA_MAX_LOCKS);
    tsa_lock_range range{.begin = begin, .end = begin + static_cast<std::uint32_t>(wanted.size())};
    const auto is_kernel_lock = [](const tsa_lock_query& query) { return query.kind != TSA_LOCK_USER; };
    const auto kernel_locks = static_cast<std::size_t>(std::ranges::count_if(wanted, is_kernel_lock));
    if (impl_->skeleton != nullptr && kernel_locks > 0) {
        run(impl_->skeleton->progs.tsa_read_kernel_locks, &range);
    }
    if (kernel_locks == wanted.size()) {
        return;
    }
    switch (impl_->source) {
        case HolderSource::list:
            run(impl_->skeleton->progs.tsa_read_locks, &range);
            break;
        case HolderSource::iterator:
            impl_->read_by_iterator(begin, wanted);
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
