// SPDX-License-Identifier: MIT
// See network.h.
#include "sched/network.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <malloc.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sched/library_log.h"
#include "tsa.h"
// after tsa.h: the skeleton's maps hold its structs
#include "network.skel.h"

namespace tsa {

namespace {

struct NetworkSkeletonDelete {
    void operator()(network_bpf* skeleton) const { network_bpf::destroy(skeleton); }
};

}  // namespace

struct NetworkProbe::Impl {
    explicit Impl(Probe& slots_of) : probe(slots_of) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        probe.set_network(false);
        if (skeleton != nullptr) {
            network_bpf::detach(skeleton.get());  // so that `cost` includes its last runs
        }
    }

    Probe& probe;
    std::unique_ptr<network_bpf, NetworkSkeletonDelete> skeleton;
    CostRegistry::Member cost;

    bool splice = false;

    Result<void> start();
    Result<void> load(bool with_splice);
};

Result<void> NetworkProbe::Impl::load(bool with_splice) {
    const ProbePlan& plan = probe.plan();
    const LogScope log;
    skeleton.reset(network_bpf::open());
    if (skeleton == nullptr) {
        return log.error("open the probes of network bytes", errno);
    }
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton->obj) {
        const auto is_in = [program](const std::vector<std::string>& names) {
            return std::ranges::find(names, bpf_program__name(program)) != names.end();
        };
        bpf_program__set_autoload(program, is_in(plan.network) || (with_splice && is_in(plan.network_splice)));
    }
    int error = bpf_map__reuse_fd(skeleton->maps.tsa_slots, probe.slots_fd());
    if (error == 0) {
        error = bpf_map__reuse_fd(skeleton->maps.tsa_tasks, probe.tasks_fd());
    }
    if (error == 0) {
        error = bpf_map__reuse_fd(skeleton->maps.tsa_slot_changes, probe.map_fd("tsa_slot_changes"));
    }
    if (error == 0) {
        error = network_bpf::load(skeleton.get());
    }
    if (error != 0) {
        return log.load_error("load the probes of network bytes", -error, skeleton->obj);
    }
    if (error = network_bpf::attach(skeleton.get()); error != 0) {
        return log.error("attach the probes of network bytes", -error);
    }
    splice = with_splice;
    cost = CostRegistry::Member(probe.costs(), skeleton->obj);
    return {};
}

/// Without splice where that alone is not possible.
Result<void> NetworkProbe::Impl::start() {
    if (probe.plan().network.empty()) {
        return Error{"this kernel has neither the events nor the functions of sockets that count network bytes", {}, 0};
    }
    if (probe.plan().network_splice.empty() || !load(true).ok()) {
        TRY(load(false));
    }
    probe.set_network(true);
    return {};
}

NetworkProbe::NetworkProbe(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NetworkProbe::~NetworkProbe() = default;

bool NetworkProbe::counts_splice() const {
    return impl_->splice;
}

Result<std::unique_ptr<NetworkProbe>> NetworkProbe::start(Probe& probe) {
    auto impl = std::make_unique<Impl>(probe);
    TRY(impl->start());
    ::malloc_trim(0);  // loading used some MB for the kernel's type information
    return std::unique_ptr<NetworkProbe>(new NetworkProbe(std::move(impl)));
}

}  // namespace tsa
