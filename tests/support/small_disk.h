// SPDX-License-Identifier: MIT
// A small file system in memory, for tests of a full disk.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <string>

namespace tsa::test {

/// In a separate mount namespace of this process: nothing remains, however the test ends.
class SmallDisk {
  public:
    SmallDisk(const std::string& at, const std::string& size) : at_(at) {
        mounted_ = unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                   mkdir(at.c_str(), 0700) == 0 &&
                   mount("tmpfs", at.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (mounted_) {
            umount2(at_.c_str(), MNT_DETACH);
        }
    }
    [[nodiscard]] bool mounted() const { return mounted_; }

  private:
    std::string at_;
    bool mounted_ = false;
};

}  // namespace tsa::test
