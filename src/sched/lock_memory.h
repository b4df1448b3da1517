// SPDX-License-Identifier: MIT
// Reads the memory of locks with the programs of bpf/locks.bpf.c or, if they do not load, with process_vm_readv. The
// thin, kernel-facing half of finding lock holders; lock_words.h interprets the words.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "tsa_locks.h"

struct bpf_object;

namespace tsa {

/// How the memory of locks is read to find their holders.
enum class HolderSource : std::uint8_t {
    list,        ///< a BPF program reads all of them in one call
    iterator,    ///< a BPF iterator reads one lock at a time: Linux 6.1
    process_vm,  ///< process_vm_readv: own processes, or all with CAP_SYS_PTRACE
};

class LockMemory {
  public:
    /// Loads the programs that this kernel supports; never fails as a whole. Takes 20 to 80 ms.
    static std::unique_ptr<LockMemory> open();
    LockMemory(const LockMemory&) = delete;
    LockMemory& operator=(const LockMemory&) = delete;
    ~LockMemory();

    /// One of TSA_LOCK_LISTS lists of locks to read: TSA_MAX_LOCKS entries, shared with the kernel. Set at_ns to 0
    /// before a read.
    [[nodiscard]] std::span<tsa_lock_query> queries(std::size_t list);
    /// Fills the first `count` entries of a list in their order, locks of the kernel first; sets at_ns of each last, so
    /// that another thread can use the answers so far. May block as long as another process holds its mmap_lock; other
    /// threads can read other lists meanwhile.
    void read(std::size_t list, std::size_t count);

    [[nodiscard]] HolderSource source() const;
    /// Null without programs. Valid as long as this object.
    [[nodiscard]] const bpf_object* object() const;

  private:
    struct Impl;
    explicit LockMemory(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
