// Reads the memory of locks by the programs of bpf/locks.bpf.c, or, where they do not load, by process_vm_readv. The
// thin, kernel-facing half of finding lock holders; what the words mean is decided in lock_words.h.
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
    iterator,    ///< a BPF iterator reads one at a time: Linux 6.1
    process_vm,  ///< process_vm_readv: own processes, or with CAP_SYS_PTRACE all
};

class LockMemory {
  public:
    /// Loads what this kernel allows; never fails as a whole. Takes 20 to 80 ms.
    static std::unique_ptr<LockMemory> open();
    LockMemory(const LockMemory&) = delete;
    LockMemory& operator=(const LockMemory&) = delete;
    ~LockMemory();

    /// The list to be read: TSA_MAX_LOCKS entries, shared with the kernel. Set at_ns to 0 before a read.
    [[nodiscard]] std::span<tsa_lock_query> queries();
    /// Fills the first `count` entries; at_ns of each is set last, so that another thread may look at what is there so
    /// far. May block for as long as another process holds its memory locked.
    void read(std::size_t count);

    [[nodiscard]] HolderSource source() const;
    /// Null without programs. Lives as long as this.
    [[nodiscard]] const bpf_object* object() const;

  private:
    struct Impl;
    explicit LockMemory(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
