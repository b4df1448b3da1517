// SPDX-License-Identifier: MIT
// Network bytes for the loops: the probes of sockets run while something shows them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sched/network.h"

namespace tsa {

class NetworkFeed {
  public:
    /// `probe` null: no scheduler probes, so no network bytes. Must outlive this.
    explicit NetworkFeed(Probe* probe) : probe_(probe) {}

    /// Starts or stops counting: the first report with bytes is that of the first whole interval. Starting takes some
    /// 30 ms, in the call.
    void switch_to(bool on);
    /// The same for a start; a notice says why they cannot be counted.
    void start(bool on);
    [[nodiscard]] bool is_on() const { return running_ != nullptr; }
    /// Why they cannot be counted; empty: they can, or were not asked for.
    [[nodiscard]] std::string_view unavailable() const { return unavailable_; }

  private:
    Probe* probe_;
    std::unique_ptr<NetworkProbe> running_;
    std::string unavailable_;
};

}  // namespace tsa
