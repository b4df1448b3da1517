// SPDX-License-Identifier: MIT
// See fd.h.
#include "base/fd.h"

#include <cerrno>

namespace tsa {

void Fd::reset() {
    if (fd_ < 0) {
        return;
    }
    const int saved = errno;
    ::close(fd_);
    errno = saved;
    fd_ = -1;
}

}  // namespace tsa
