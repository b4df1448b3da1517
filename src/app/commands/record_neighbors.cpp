// SPDX-License-Identifier: MIT
// See record_neighbors.h.
#include "app/commands/record_neighbors.h"

#include <utility>

#include "base/mountinfo.h"

namespace tsa {

RecordedNeighbors::RecordedNeighbors(std::unique_ptr<MatrixReader> reader)
    : reader_(std::move(reader)), names_(read_mountinfo()) {}

Result<std::unique_ptr<RecordedNeighbors>> RecordedNeighbors::start(Collector& collector) {
    if (collector.probe() == nullptr) {
        return Error{
            "neighbors need the scheduler probes; rstat-tsa doctor shows "
            "what they need",
            {},
            0};
    }
    auto reader = TRY(MatrixReader::open(*collector.probe()));
    std::unique_ptr<RecordedNeighbors> started(new RecordedNeighbors(std::move(reader)));
    started->read();  // what was charged before the first interval
    return started;
}

std::string RecordedNeighbors::name_of(const CpuUser& user) {
    switch (user.kind) {
        case CpuUser::Kind::cgroup:
            return names_.name_of(user.cgroup_id);
        case CpuUser::Kind::kernel:
            return std::string(kKernelThreads);
        case CpuUser::Kind::idle:
            return std::string(kNothingRan);
        case CpuUser::Kind::own_quota:
            return std::string(kOwnQuota);
        case CpuUser::Kind::unknown:
            break;
    }
    return std::string(kNotKnown);
}

const NeighborInterval& RecordedNeighbors::read() {
    reader_->read(reading_);
    names_.begin();
    interval_.charges.clear();
    for (const MatrixCharge& charge : reading_.charges) {
        interval_.charges.push_back({name_of(charge.victim), name_of(charge.culprit), charge.victim.cgroup_id,
                                     charge.culprit.cgroup_id, charge.ns});
    }
    interval_.missed_ns = reading_.missed_ns;
    return interval_;
}

}  // namespace tsa
