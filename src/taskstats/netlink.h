// SPDX-License-Identifier: MIT
// The socket to the kernel: libnl opens it and resolves the family; then datagrams are sent with one send and received
// in batches with recvmmsg, which libnl lacks. Independent of taskstats except for the family's name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "taskstats/transport.h"

namespace tsa::taskstats {

struct Netlink {
    std::unique_ptr<Transport> transport;
    std::uint16_t family = 0;  ///< the number that the kernel assigned to TASKSTATS
};

/// `batch`: the maximum number of replies queued in the socket at a time.
[[nodiscard]] Result<Netlink> open_netlink(std::size_t batch);

}  // namespace tsa::taskstats
