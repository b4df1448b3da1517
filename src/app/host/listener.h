// SPDX-License-Identifier: MIT
// A listening socket, TCP or unix.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "cli/listen_address.h"

namespace tsa {

/// Its destructor removes a unix socket's file.
class Listener {
  public:
    /// A unix socket that another process left is replaced; one that is in use is not. Errors: the address is in use,
    /// not of this machine, or may not be used; with a hint.
    static Result<Listener> open(const ListenAddress& address);
    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&&) = delete;
    ~Listener();

    [[nodiscard]] int fd() const { return fd_.get(); }
    /// With the port that was chosen, where it was 0.
    [[nodiscard]] const ListenAddress& address() const { return address_; }

  private:
    Listener(Fd fd, ListenAddress address) : fd_(std::move(fd)), address_(std::move(address)) {}

    Fd fd_;
    ListenAddress address_;
};

}  // namespace tsa
