// SPDX-License-Identifier: MIT
// Loads and attaches the comparison programs, and reads the cost of each.
#include "contenders.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "empty.skel.h"
#include "naive.h"
#include "naive.skel.h"
#include "sched/neighbors.h"
#include "sched/network.h"
#include "sched/probe.h"
#include "sched/target.h"
#include "sched/wakers.h"

#include "model/sample.h"
#include "tsa_stack_accounts.h"

namespace tsa::bench {

namespace {

bpf_prog_info program_info(const bpf_program* program) {
    bpf_prog_info info{};
    std::uint32_t length = sizeof(info);
    if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length) != 0) {
        return {};
    }
    return info;
}

class Nothing final : public Attached {
  public:
    [[nodiscard]] Cost cost() const override { return {}; }
};

/// One of the programs of empty.bpf.c.
class Empty final : public Attached {
  public:
    Empty(empty_bpf* program, const bpf_program* attached) : program_(program), attached_(attached) {}
    [[nodiscard]] Cost cost() const override {
        const bpf_prog_info info = program_info(attached_);
        return {info.run_time_ns, info.run_cnt, 0, 0};
    }

  private:
    struct Destroy {
        void operator()(empty_bpf* program) const { empty_bpf__destroy(program); }
    };
    std::unique_ptr<empty_bpf, Destroy> program_;
    const bpf_program* attached_;
};

Error load_error(const char* what) {
    return system_error(what, errno, "run as root on a kernel with BTF");
}

Result<std::unique_ptr<Attached>> attach_empty(bool finder) {
    empty_bpf* program = empty_bpf__open();
    if (program == nullptr) {
        return load_error("open the empty program");
    }
    const bpf_program* wanted = finder ? program->progs.finder_switch : program->progs.empty_switch;
    std::unique_ptr<Attached> attached = std::make_unique<Empty>(program, wanted);
    bpf_program__set_autoload(program->progs.empty_switch, !finder);
    bpf_program__set_autoload(program->progs.finder_switch, finder);
    if (empty_bpf__load(program) != 0) {
        return load_error("load the empty program");
    }
    if (empty_bpf__attach(program) != 0) {
        return load_error("attach the empty program");
    }
    return attached;
}

// The result of a naive monitor's sample: one row per process.
struct ProcessSum {
    std::uint64_t exec_ns = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t write_bytes = 0;
    std::uint64_t rss_bytes = 0;
    std::uint32_t threads = 0;
};

class Naive final : public NaiveMonitor {
  public:
    explicit Naive(naive_bpf* program) : program_(program), keys_(kBatch), values_(kBatch) {}

    [[nodiscard]] Cost cost() const override {
        const bpf_prog_info info = program_info(program_->progs.naive_switch);
        return {info.run_time_ns, info.run_cnt, 0, 0};
    }

    std::size_t read_by_key() override {
        processes_.clear();
        const int map = bpf_map__fd(program_->maps.totals);
        std::size_t entries = 0;
        std::uint32_t key = 0;
        for (const std::uint32_t* last = nullptr; bpf_map_get_next_key(map, last, &key) == 0; last = &key) {
            naive_totals totals{};
            if (bpf_map_lookup_elem(map, &key, &totals) == 0) {
                add(totals);
                entries++;
            }
        }
        return entries;
    }

    std::size_t read_by_batch() override {
        processes_.clear();
        const int map = bpf_map__fd(program_->maps.totals);
        std::size_t entries = 0;
        std::uint32_t position = 0;
        bool first = true;
        for (bool more = true; more; first = false) {
            std::uint32_t count = kBatch;
            const int status = bpf_map_lookup_batch(map, first ? nullptr : &position, &position, keys_.data(),
                                                    values_.data(), &count, nullptr);
            more = status == 0;
            if (status != 0 && status != -ENOENT) {
                break;
            }
            for (std::uint32_t entry = 0; entry < count; entry++) {
                add(values_[entry]);
            }
            entries += count;
        }
        return entries;
    }

  private:
    struct Destroy {
        void operator()(naive_bpf* program) const { naive_bpf__destroy(program); }
    };
    static constexpr std::uint32_t kBatch = 4096;

    void add(const naive_totals& totals) {
        ProcessSum& sum = processes_[totals.tgid];
        sum.exec_ns += totals.exec_ns;
        sum.read_bytes += totals.read_bytes;
        sum.write_bytes += totals.write_bytes;
        sum.rss_bytes = totals.rss_bytes;
        sum.threads++;
    }

    std::unique_ptr<naive_bpf, Destroy> program_;
    std::unordered_map<std::uint32_t, ProcessSum> processes_;
    std::vector<std::uint32_t> keys_;
    std::vector<naive_totals> values_;
};

class Ours final : public Attached {
  public:
    explicit Ours(std::unique_ptr<Probe> probe) : probe_(std::move(probe)) {}
    [[nodiscard]] Cost cost() const override {
        Cost cost;
        for (const ProgramCost& program : probe_->program_costs()) {
            if (program.name.starts_with("tsa_switch")) {
                cost.switch_ns += program.run_ns;
                cost.switch_runs += program.runs;
            } else if (program.name == "tsa_wakeup") {
                cost.wakeup_ns = program.run_ns;
                cost.wakeup_runs = program.runs;
            }
        }
        return cost;
    }

    [[nodiscard]] std::uint64_t waits() override {
        if (target_ == nullptr) {
            return 0;
        }
        target_->read(waits_);
        std::uint64_t sum = 0;
        for (const WaitTotals& kind : waits_.kinds) {
            sum += kind.count;
        }
        return sum;
    }

    Result<void> look_at(std::uint32_t tid) {
        const ThreadKey key = key_of(*TRY(find(tid)));
        target_ = TRY(TargetProbe::start(*probe_, key));
        return {};
    }
    Result<void> record_wakers(std::uint32_t tid) {
        wakers_ = TRY(WakerProbe::start(*probe_));
        const Thread* thread = TRY(find(tid));
        wakers_->choose(WakerProbe::Chosen{static_cast<std::size_t>(thread - sample_.threads.data()), thread->life});
        return {};
    }
    Result<void> record_wakeups() {
        wakers_ = TRY(WakerProbe::start(*probe_, WakerProbe::Scope::all_wakeups));
        return {};
    }
    Result<void> count_network() {
        network_ = TRY(NetworkProbe::start(*probe_));
        return {};
    }
    Result<void> record_neighbors(std::uint32_t tid) {
        neighbors_ = TRY(NeighborProbe::start(*probe_));
        const ThreadKey key = key_of(*TRY(find(tid)));
        neighbors_->choose({&key, 1}, sample_);
        return {};
    }

    /// All of the address space is code: no fingerprint costs more.
    Result<void> watch_stacks() {
        const std::array<tsa_address_range, TSA_CODE_RANGES> code{{{0, 1ULL << 47U}}};
        return target_->watch_stacks(code);
    }

    [[nodiscard]] std::uint64_t waits_by_stack() override {
        if (target_ == nullptr) {
            return 0;
        }
        StackTimes times;
        target_->read_stacks(times);
        std::uint64_t sum = 0;
        for (const StackAccount& account : times.accounts) {
            sum += account.state != ThreadState::cpu_wait ? account.waits.count : 0;
        }
        return sum;
    }

  private:
    Result<const Thread*> find(std::uint32_t tid) {
        probe_->read(sample_);
        const auto thread = std::find_if(sample_.threads.begin(), sample_.threads.end(),
                                         [tid](const Thread& each) { return each.life != 0 && each.tid == tid; });
        if (thread == sample_.threads.end()) {
            return Error{fmt::format("thread {} is untracked", tid), {}, 0};
        }
        return &*thread;
    }

    std::unique_ptr<Probe> probe_;
    Sample sample_;
    // They read the slots of probe_: must be destroyed first.
    std::unique_ptr<TargetProbe> target_;
    std::unique_ptr<WakerProbe> wakers_;
    std::unique_ptr<NeighborProbe> neighbors_;
    std::unique_ptr<NetworkProbe> network_;
    WaitTable waits_;
};

Result<std::unique_ptr<Ours>> start_ours(const ProbeOptions& options = {}) {
    auto probe = Probe::start(options);
    if (!probe.ok()) {
        return probe.error().in("start the probes");
    }
    return std::make_unique<Ours>(std::move(probe).value());
}

}  // namespace

std::string_view name(Contender contender) {
    constexpr std::array<std::string_view, 5> kNames{"nothing", "empty", "hash maps", "ours", "finding"};
    return kNames[static_cast<std::size_t>(contender)];
}

Result<std::unique_ptr<NaiveMonitor>> NaiveMonitor::start() {
    naive_bpf* program = naive_bpf__open_and_load();
    if (program == nullptr) {
        return load_error("load the hash-map program");
    }
    std::unique_ptr<NaiveMonitor> monitor = std::make_unique<Naive>(program);
    if (naive_bpf__attach(program) != 0) {
        return load_error("attach the hash-map program");
    }
    return monitor;
}

Result<std::unique_ptr<Attached>> attach(Contender contender) {
    switch (contender) {
        case Contender::nothing:
            return std::unique_ptr<Attached>(std::make_unique<Nothing>());
        case Contender::empty:
            return attach_empty(false);
        case Contender::finder:
            return attach_empty(true);
        case Contender::naive: {
            auto monitor = NaiveMonitor::start();
            if (!monitor.ok()) {
                return monitor.error();
            }
            return std::unique_ptr<Attached>(std::move(monitor).value());
        }
        case Contender::ours:
            break;
    }
    auto ours = start_ours();
    if (!ours.ok()) {
        return ours.error();
    }
    return std::unique_ptr<Attached>(std::move(ours).value());
}

Result<std::unique_ptr<Attached>> attach_with_target(std::uint32_t tid) {
    auto ours = start_ours();
    if (!ours.ok()) {
        return ours.error();
    }
    if (const auto looking = ours.value()->look_at(tid); !looking.ok()) {
        return looking.error().in("start the drill-down's probe");
    }
    return std::unique_ptr<Attached>(std::move(ours).value());
}

Result<std::unique_ptr<Attached>> attach_with_wakers(std::uint32_t tid) {
    auto ours = TRY(start_ours());
    if (const auto started = ours->record_wakers(tid); !started.ok()) {
        return started.error().in("start the probes of wakers");
    }
    return std::unique_ptr<Attached>(std::move(ours));
}

Result<std::unique_ptr<Attached>> attach_with_neighbors(std::uint32_t tid) {
    auto ours = TRY(start_ours());
    if (const auto started = ours->record_neighbors(tid); !started.ok()) {
        return started.error().in("start the probes of neighbors");
    }
    return std::unique_ptr<Attached>(std::move(ours));
}

Result<std::unique_ptr<Attached>> attach_with_network() {
    auto ours = TRY(start_ours());
    if (const auto started = ours->count_network(); !started.ok()) {
        return started.error().in("start the probes of network bytes");
    }
    return std::unique_ptr<Attached>(std::move(ours));
}

Result<std::unique_ptr<Attached>> attach_with_cgroup_neighbors() {
    ProbeOptions options;
    options.neighbors = true;
    return std::unique_ptr<Attached>(TRY(start_ours(options)));
}

Result<std::unique_ptr<Attached>> attach_with_all_wakeups() {
    auto ours = TRY(start_ours());
    if (const auto started = ours->record_wakeups(); !started.ok()) {
        return started.error().in("start the probes of wakers");
    }
    return std::unique_ptr<Attached>(std::move(ours));
}

Result<std::unique_ptr<Attached>> attach_with_stacks(std::uint32_t tid) {
    auto ours = TRY(start_ours());
    TRY(ours->look_at(tid));
    TRY(ours->watch_stacks());
    return std::unique_ptr<Attached>(std::move(ours));
}

Result<Fd> enable_statistics() {
    const int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
    if (fd < 0) {
        return system_error("switch BPF statistics on", -fd, "needs Linux 5.8 and root");
    }
    return Fd(fd);
}

}  // namespace tsa::bench
