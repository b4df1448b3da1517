// What a live test changes on the machine, each undone when the guard goes, also when the test fails: folders, files,
// cgroups, swap areas. What a killed test run left behind is swept by the next one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace tsa::test {

/// An empty folder under /tmp, removed with what is in it.
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

/// Writes `bytes` of non-zero data and syncs it, so that O_DIRECT reads go to the disk.
void write_file(const std::string& path, std::uint64_t bytes);

/// RSTAT_SCRATCH_DISK: a disk whose content tests overwrite, for a machine whose /tmp is memory. Empty: none is given.
[[nodiscard]] std::string scratch_disk();

/// A file whose direct reads go to a disk: one under /tmp, or the scratch disk itself.
class DiskFile {
  public:
    explicit DiskFile(std::uint64_t bytes);
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    TempDir folder_;
    std::string path_;
};

/// Mount point (v1) or v2 root under which a controller can be used; empty: not here. "unified" is the v2 tree itself.
[[nodiscard]] std::string cgroup_root(const std::string& controller);

/// A cgroup of one controller, v1 or v2, whichever this machine has. Processes in it must have ended before it goes.
class Cgroup {
  public:
    explicit Cgroup(const std::string& controller);
    Cgroup(const Cgroup&) = delete;
    Cgroup& operator=(const Cgroup&) = delete;
    ~Cgroup();

    [[nodiscard]] bool v2() const { return v2_; }
    /// Of version 2: the kernel's ID of it.
    [[nodiscard]] std::uint64_t id() const;
    void add(pid_t process);
    /// Writes a control file. Throws when the kernel refuses it.
    void set(const std::string& file, const std::string& value);
    /// The same, false when the kernel refuses it.
    bool try_set(const std::string& file, const std::string& value);
    [[nodiscard]] std::string get(const std::string& file) const;

    /// By the controller's own words in v1 and v2.
    void limit_memory(std::uint64_t bytes);
    void unlimit_memory();
    void limit_reads_per_s(const std::string& disk_or_its_file, std::uint64_t reads);
    void freeze(bool on);

  private:
    std::string path_;
    bool v2_ = false;
};

/// A swap area in a file of the folder, or on the scratch disk; switched on.
class SwapFile {
  public:
    SwapFile(const TempDir& folder, std::uint64_t bytes);
    SwapFile(const SwapFile&) = delete;
    SwapFile& operator=(const SwapFile&) = delete;
    ~SwapFile();
    /// False: the kernel or file system does not swap to files.
    [[nodiscard]] bool on() const { return on_; }

  private:
    std::string path_;
    bool on_ = false;
};

/// A compressed disk in memory (zram) as the swap area that is used first.
class ZramSwap {
  public:
    explicit ZramSwap(std::uint64_t bytes);
    ZramSwap(const ZramSwap&) = delete;
    ZramSwap& operator=(const ZramSwap&) = delete;
    ~ZramSwap();
    /// False: this kernel has no zram, or gives no further device.
    [[nodiscard]] bool on() const { return on_; }

  private:
    std::string number_;  // of the device; empty: none
    bool on_ = false;
};

inline constexpr const char* kAccountingSysctl = "/proc/sys/kernel/task_delayacct";

/// Switches delay accounting, and back to what it was.
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
