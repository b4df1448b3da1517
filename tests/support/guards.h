// SPDX-License-Identifier: MIT
// Changes that live tests make on the machine (directories, files, cgroups, swap areas), undone by the guard's
// destructor even if the test fails. The next run cleans up after a killed one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace tsa::test {

/// An empty directory under /tmp, removed with its contents.
class TempDir {
  public:
    TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// Writes `bytes` of nonzero data and syncs it, so that O_DIRECT reads go to the disk.
void write_file(const std::string& path, std::uint64_t bytes);

/// RSTAT_SCRATCH_DISK: a disk that tests may overwrite, for machines whose /tmp is in memory. Empty: not set.
[[nodiscard]] std::string scratch_disk();

/// A file whose direct reads go to a disk: under /tmp, or the scratch disk itself.
class DiskFile {
  public:
    explicit DiskFile(std::uint64_t bytes);
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    TempDir folder_;
    std::string path_;
};

/// Mount point (v1) or v2 root under which a controller is available; empty: not available. "unified" is the v2 tree
/// itself.
[[nodiscard]] std::string cgroup_root(const std::string& controller);

/// A cgroup of one controller, v1 or v2, whichever this machine has. Its processes must exit before it is destroyed.
class Cgroup {
  public:
    explicit Cgroup(const std::string& controller);
    Cgroup(const Cgroup&) = delete;
    Cgroup& operator=(const Cgroup&) = delete;
    ~Cgroup();

    [[nodiscard]] bool v2() const { return v2_; }
    /// Version 2 only: its ID in the kernel.
    [[nodiscard]] std::uint64_t id() const;
    void add(pid_t process);
    /// Writes a control file. Throws if the kernel rejects the value.
    void set(const std::string& file, const std::string& value);
    /// The same, but returns false if the kernel rejects the value.
    bool try_set(const std::string& file, const std::string& value);
    [[nodiscard]] std::string get(const std::string& file) const;

    /// Uses the controller's v1 or v2 keywords.
    void limit_memory(std::uint64_t bytes);
    void unlimit_memory();
    /// Of one CPU, in periods of 100 ms.
    void limit_cpu(int percent);
    void limit_reads_per_s(const std::string& disk_or_its_file, std::uint64_t reads);
    void freeze(bool on);
    /// CPU time of its members, ended ones included, to the last switch. Of controller `cpuacct` only.
    [[nodiscard]] std::uint64_t cpu_ns() const;

  private:
    std::string path_;
    bool v2_ = false;
};

/// An active swap area in a file of the directory, or on the scratch disk.
class SwapFile {
  public:
    SwapFile(const TempDir& folder, std::uint64_t bytes);
    SwapFile(const SwapFile&) = delete;
    SwapFile& operator=(const SwapFile&) = delete;
    ~SwapFile();
    /// False: the kernel or file system does not support swap files.
    [[nodiscard]] bool on() const { return on_; }

  private:
    std::string path_;
    bool on_ = false;
};

/// A compressed memory disk (zram) as the swap area with the highest priority.
class ZramSwap {
  public:
    explicit ZramSwap(std::uint64_t bytes);
    ZramSwap(const ZramSwap&) = delete;
    ZramSwap& operator=(const ZramSwap&) = delete;
    ~ZramSwap();
    /// False: this kernel has no zram, or no further devices.
    [[nodiscard]] bool on() const { return on_; }

  private:
    std::string number_;  // of the device; empty: none
    bool on_ = false;
};

inline constexpr const char* kAccountingSysctl = "/proc/sys/kernel/task_delayacct";

/// Switches delay accounting, and restores it.
class AccountingSwitch {
  public:
    AccountingSwitch();
    AccountingSwitch(const AccountingSwitch&) = delete;
    AccountingSwitch& operator=(const AccountingSwitch&) = delete;
    ~AccountingSwitch();
    void set(bool on);

  private:
    std::string before_;
};

}  // namespace tsa::test
