// SPDX-License-Identifier: MIT
// Samples which code a thread executes: registers and the top of the stack at 99 Hz of its CPU time, by a perf event of
// that thread. No program of the kernel's is involved; nothing else is sampled.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/fd.h"
#include "base/result.h"
#include "tsa_stack_accounts.h"

namespace tsa {

class CpuSampler {
  public:
    /// Error: perf events are not allowed, or the thread has ended; with a hint.
    static Result<std::unique_ptr<CpuSampler>> start(std::uint32_t tid);
    CpuSampler(const CpuSampler&) = delete;
    CpuSampler& operator=(const CpuSampler&) = delete;
    ~CpuSampler();

    /// Passes the samples to `take`, oldest first, until it returns false; the others stay for the next call.
    void take(const std::function<bool(const tsa_stack_query&)>& take);
    /// Samples that found no room so far.
    [[nodiscard]] std::uint64_t lost() const { return lost_; }

  private:
    CpuSampler(Fd event, void* memory) : event_(std::move(event)), memory_(memory) {}
    void take_record(std::span<const std::byte> record, const std::function<bool(const tsa_stack_query&)>& take,
                     bool& wants_more);

    Fd event_;
    void* memory_;
    std::uint64_t lost_ = 0;
};

/// The bytes of a PERF_RECORD_SAMPLE after its header, as CpuSampler has the kernel write them. False: not one.
[[nodiscard]] bool decode_cpu_sample(std::span<const std::byte> body, tsa_stack_query& out);

}  // namespace tsa
