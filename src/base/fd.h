// SPDX-License-Identifier: MIT
// A file descriptor that closes itself, and small reads on it.
#pragma once

#include <unistd.h>

#include <utility>

namespace tsa {

/// Owns a file descriptor; -1: none. Closing preserves errno.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { reset(); }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool valid() const { return fd_ >= 0; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    void reset();

  private:
    int fd_ = -1;
};

}  // namespace tsa
