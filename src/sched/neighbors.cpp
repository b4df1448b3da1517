// SPDX-License-Identifier: MIT
// See neighbors.h. An entry of the kernel's table that no longer grows is taken out of it and kept here, under its
// name: so a machine on which programs come and go does not fill the table. A number in tsa_victims is given to one
// thread, and again to another only after the charges under it were deleted.
#include "sched/neighbors.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "base/first_namespace.h"
#include "base/saturating.h"
#include "sched/library_log.h"
#include "sched/mapping.h"
#include "tsa_neighbors.h"
// after tsa.h: the skeleton's .bss holds its structs
#include "neighbors.skel.h"

namespace tsa {

namespace {

static_assert(NeighborProbe::kMaxChosen == TSA_VICTIMS);

struct NeighborsSkeletonDelete {
    void operator()(neighbors_bpf* skeleton) const { neighbors_bpf::destroy(skeleton); }
};

struct ChargeHash {
    std::size_t operator()(const ThreadKey& key) const { return key.start_time_ns * 31 + key.tid; }
};

/// Reads for which an entry did not grow before it is taken out of the kernel's table. If its thread runs at that very
/// moment, that charge is lost.
constexpr std::uint32_t kQuietReads = 8;

/// What was read last of an entry.
struct Known {
    std::uint64_t ns = 0;
    std::uint32_t quiet_reads = 0;
};

struct ReadCharge {
    tsa_charge_key key{};
    tsa_charge charge{};
};

}  // namespace

struct NeighborProbe::Impl {
    explicit Impl(Probe& slots_of) : probe(slots_of) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        if (skeleton != nullptr) {
            neighbors_bpf::detach(skeleton.get());  // so that `cost` includes its last runs
        }
    }

    /// A number in tsa_victims.
    struct Seat {
        bool taken = false;
        ThreadKey key;
        std::size_t slot = 0;
        std::unordered_map<ThreadKey, Known, ChargeHash> known;
        std::map<std::string, Neighbor> earlier;  // entries that were taken out, by name
    };

    Probe& probe;
    std::unique_ptr<neighbors_bpf, NeighborsSkeletonDelete> skeleton;
    CostRegistry::Member cost;
    Mapping<TSA_U64> victim_of;
    Mapping<tsa_victim> victims;
    std::array<Seat, kMaxChosen> seats;
    std::vector<CpuWaitBy> result;
    std::vector<ReadCharge> charges;

    Result<void> load();
    void read_charges();
    void keep_earlier(Seat& seat, const ReadCharge& entry, Neighbor neighbor);
    void leave(std::size_t at);
    void take(std::size_t at, const ThreadKey& key, std::size_t slot, std::uint32_t life);
    [[nodiscard]] CpuWaitBy waits_of(std::size_t at);
};

Result<void> NeighborProbe::Impl::load() {
    const LogScope log;
    skeleton.reset(neighbors_bpf::open());
    if (skeleton == nullptr) {
        return log.error("open the probes of neighbors", errno);
    }
    skeleton->rodata->tsa_neighbors_translated = own_pid_namespace() != kFirstPidNamespace ? 1 : 0;
    bpf_map__set_max_entries(skeleton->maps.tsa_victim_of, probe.slots());
    int error = bpf_map__reuse_fd(skeleton->maps.tsa_slots, probe.slots_fd());
    if (error == 0) {
        error = bpf_map__reuse_fd(skeleton->maps.tsa_tasks, probe.tasks_fd());
    }
    if (error == 0) {
        error = neighbors_bpf::load(skeleton.get());
    }
    if (error != 0) {
        return log.load_error("load the probes of neighbors", -error, skeleton->obj);
    }
    cost = CostRegistry::Member(probe.costs(), skeleton->obj);
    TRY(victim_of.map(bpf_map__fd(skeleton->maps.tsa_victim_of), probe.slots(), true, "the chosen slots"));
    TRY(victims.map(bpf_map__fd(skeleton->maps.tsa_victims), TSA_VICTIMS, true, "the chosen threads"));
    // After the scheduler probes: the programs of an event run in the order in which they were attached.
    if (error = neighbors_bpf::attach(skeleton.get()); error != 0) {
        return log.error("attach the probes of neighbors", -error);
    }
    return {};
}

/// Two system calls for each entry: those that ran in the last seconds.
void NeighborProbe::Impl::read_charges() {
    const int table = bpf_map__fd(skeleton->maps.tsa_charges);
    charges.clear();
    ReadCharge entry;
    const tsa_charge_key* previous = nullptr;
    tsa_charge_key at{};
    while (charges.size() < TSA_CHARGES && bpf_map_get_next_key(table, previous, &entry.key) == 0) {
        if (bpf_map_lookup_elem(table, &entry.key, &entry.charge) == 0) {
            charges.push_back(entry);
        }
        at = entry.key;
        previous = &at;
    }
}

/// Names are a few, and bounded: the last ones share a line.
void NeighborProbe::Impl::keep_earlier(Seat& seat, const ReadCharge& entry, Neighbor neighbor) {
    constexpr std::size_t kMaxNames = 256;
    bpf_map_delete_elem(bpf_map__fd(skeleton->maps.tsa_charges), &entry.key);
    seat.known.erase(neighbor.key);
    std::string name(neighbor.comm_view());
    if (seat.earlier.size() >= kMaxNames && !seat.earlier.contains(name)) {
        name = "others";
        neighbor.comm = {'o', 't', 'h', 'e', 'r', 's'};
    }
    Neighbor& kept = seat.earlier[name];
    kept.tgid = kept.total_ns == 0 || kept.tgid == neighbor.tgid ? neighbor.tgid : 0;
    kept.comm = neighbor.comm;
    kept.kernel = neighbor.kernel;
    kept.total_ns += neighbor.total_ns;
}

/// First no event finds it any more; then its charges go.
void NeighborProbe::Impl::leave(std::size_t at) {
    Seat& seat = seats[at];
    victim_of.writable(seat.slot) = 0;
    victims.writable(at) = {};
    read_charges();
    for (const ReadCharge& entry : charges) {
        if (entry.key.victim == at) {
            bpf_map_delete_elem(bpf_map__fd(skeleton->maps.tsa_charges), &entry.key);
        }
    }
    seat = {};
}

void NeighborProbe::Impl::take(std::size_t at, const ThreadKey& key, std::size_t slot, std::uint32_t life) {
    seats[at].taken = true;
    seats[at].key = key;
    seats[at].slot = slot;
    tsa_victim victim{};
    victim.slot = static_cast<std::uint32_t>(slot) + 1;
    victim.life = life;
    victims.writable(at) = victim;
    auto& used = skeleton->bss->tsa_victims_used;
    __atomic_store_n(&used, std::max<std::uint32_t>(used, static_cast<std::uint32_t>(at) + 1), __ATOMIC_RELEASE);
    __atomic_store_n(&victim_of.writable(slot), at + 1, __ATOMIC_RELEASE);
}

CpuWaitBy NeighborProbe::Impl::waits_of(std::size_t at) {
    Seat& seat = seats[at];
    const tsa_victim& victim = victims.view()[at];
    CpuWaitBy waits;
    waits.key = seat.key;
    waits.own_quota_ns = victim.own_quota_ns;
    waits.uncharged_ns = victim.uncharged_ns;
    for (const ReadCharge& entry : charges) {
        if (entry.key.victim != at) {
            continue;
        }
        Neighbor neighbor;
        neighbor.key = {entry.key.tid, entry.key.start_time_ns};
        neighbor.tgid = entry.charge.tgid;
        std::copy_n(entry.charge.comm, neighbor.comm.size(), neighbor.comm.begin());
        neighbor.kernel = (entry.charge.flags & TSA_CHARGE_KTHREAD) != 0;
        neighbor.idle = (entry.charge.flags & TSA_CHARGE_IDLE) != 0;
        neighbor.total_ns = entry.charge.ns;
        Known& known = seat.known[neighbor.key];
        neighbor.recent_ns = saturating_sub(neighbor.total_ns, known.ns);
        known.quiet_reads = neighbor.recent_ns == 0 ? known.quiet_reads + 1 : 0;
        known.ns = neighbor.total_ns;
        if (known.quiet_reads < kQuietReads || neighbor.idle) {
            waits.neighbors.push_back(std::move(neighbor));
        } else {
            keep_earlier(seat, entry, std::move(neighbor));
        }
    }
    for (const auto& [name, neighbor] : seat.earlier) {
        waits.neighbors.push_back(neighbor);
    }
    std::ranges::sort(waits.neighbors, [](const Neighbor& a, const Neighbor& b) { return a.total_ns > b.total_ns; });
    return waits;
}

NeighborProbe::NeighborProbe(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NeighborProbe::~NeighborProbe() = default;

Result<std::unique_ptr<NeighborProbe>> NeighborProbe::start(Probe& probe) {
    auto impl = std::make_unique<Impl>(probe);
    TRY(impl->load());
    ::malloc_trim(0);  // loading used some MB for the kernel's type information
    return std::unique_ptr<NeighborProbe>(new NeighborProbe(std::move(impl)));
}

void NeighborProbe::choose(std::span<const ThreadKey> threads, const Sample& sample) {
    auto& seats = impl_->seats;
    for (std::size_t at = 0; at < seats.size(); ++at) {
        if (seats[at].taken && std::ranges::find(threads, seats[at].key) == threads.end()) {
            impl_->leave(at);
        }
    }
    for (const ThreadKey& key : threads) {
        if (std::ranges::any_of(seats, [&](const Impl::Seat& seat) { return seat.taken && seat.key == key; })) {
            continue;
        }
        const auto free = std::ranges::find(seats, false, &Impl::Seat::taken);
        const auto thread = std::ranges::find_if(
            sample.threads, [&](const Thread& one) { return one.life != 0 && key_of(one) == key; });
        if (free != seats.end() && thread != sample.threads.end()) {
            impl_->take(static_cast<std::size_t>(free - seats.begin()), key,
                        static_cast<std::size_t>(thread - sample.threads.begin()), thread->life);
        }
    }
}

const std::vector<CpuWaitBy>& NeighborProbe::read() {
    impl_->read_charges();
    impl_->result.clear();
    for (std::size_t at = 0; at < impl_->seats.size(); ++at) {
        if (impl_->seats[at].taken) {
            impl_->result.push_back(impl_->waits_of(at));
        }
    }
    return impl_->result;
}

}  // namespace tsa
