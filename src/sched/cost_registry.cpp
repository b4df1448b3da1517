// SPDX-License-Identifier: MIT
// See cost_registry.h.
#include "sched/cost_registry.h"

#include <utility>

#include "sched/program_cost.h"

namespace tsa {
namespace {

void add_costs_of(const bpf_object* object, TotalCost& total) {
    for (const ProgramCost& cost : program_costs_of(object)) {
        total.run_ns += cost.run_ns;
        total.runs += cost.runs;
    }
}

}  // namespace

CostRegistry::Member::Member(CostRegistry& registry, const bpf_object* object) : registry_(&registry), object_(object) {
    registry.objects_.push_back(object);
}

CostRegistry::Member::Member(Member&& other) noexcept
    : registry_(std::exchange(other.registry_, nullptr)), object_(other.object_) {}

CostRegistry::Member& CostRegistry::Member::operator=(Member&& other) noexcept {
    if (this != &other) {
        leave();
        registry_ = std::exchange(other.registry_, nullptr);
        object_ = other.object_;
    }
    return *this;
}

CostRegistry::Member::~Member() {
    leave();
}

void CostRegistry::Member::leave() {
    if (registry_ != nullptr) {
        add_costs_of(object_, registry_->gone_);
        std::erase(registry_->objects_, object_);
        registry_ = nullptr;
    }
}

TotalCost CostRegistry::total() const {
    TotalCost total = gone_;
    for (const bpf_object* object : objects_) {
        add_costs_of(object, total);
    }
    return total;
}

}  // namespace tsa
