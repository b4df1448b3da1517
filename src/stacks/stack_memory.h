// SPDX-License-Identifier: MIT
// Copies registers and stacks of blocked threads with the programs of bpf/stacks.bpf.c: no ptrace, no thread is
// stopped. The thin, kernel-facing part of src/stacks; unwind.h interprets the copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "tsa_stacks.h"

struct bpf_object;

namespace tsa {

class StackMemory {
  public:
    /// Loads the programs, which takes 30 to 80 ms and the same privileges as the scheduler probes. Error: this kernel
    /// (before Linux 6.1) or these privileges allow neither way of reading.
    static Result<std::unique_ptr<StackMemory>> open();
    StackMemory(const StackMemory&) = delete;
    StackMemory& operator=(const StackMemory&) = delete;
    ~StackMemory();

    /// The list of threads to read: TSA_MAX_STACKS entries, shared with the kernel. Set at_ns to 0 before a read.
    [[nodiscard]] std::span<tsa_stack_query> queries();
    /// Fills the first `count` entries; sets at_ns of each last. A few µs for each thread, but may block as long as
    /// another process holds its mmap_lock.
    void read(std::size_t count);

    /// Valid as long as this object.
    [[nodiscard]] const bpf_object* object() const;

  private:
    struct Impl;
    explicit StackMemory(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
