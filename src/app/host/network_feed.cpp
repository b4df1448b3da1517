// SPDX-License-Identifier: MIT
// See network_feed.h.
#include "app/host/network_feed.h"

#include <utility>

#include "app/host/notice.h"

namespace tsa {

void NetworkFeed::switch_to(bool on) {
    if (!on) {
        running_.reset();
        unavailable_.clear();
        return;
    }
    if (is_on() || !unavailable_.empty()) {
        return;
    }
    if (probe_ == nullptr) {
        unavailable_ = "network bytes need the scheduler probes; rstat-tsa doctor shows what they need";
        return;
    }
    auto started = NetworkProbe::start(*probe_);
    if (started.ok()) {
        running_ = std::move(started).value();
    } else {
        unavailable_ = started.error().text();
    }
}

void NetworkFeed::start(bool on) {
    switch_to(on);
    if (!unavailable_.empty()) {
        notice(unavailable_);
    }
}

}  // namespace tsa
