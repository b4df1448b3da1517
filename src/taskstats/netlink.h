// The socket to the kernel: libnl opens it and resolves the family, then datagrams go out by one send and come in many
// at a time by recvmmsg, which libnl does not have. Knows nothing of taskstats but the family's name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "taskstats/transport.h"

namespace tsa::taskstats {

struct Netlink {
    std::unique_ptr<Transport> transport;
    std::uint16_t family = 0;  ///< the number that the kernel gave to TASKSTATS
};

/// `batch`: how many replies may have to wait in the socket at a time.
[[nodiscard]] Result<Netlink> open_netlink(std::size_t batch);

}  // namespace tsa::taskstats
