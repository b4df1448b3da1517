// SPDX-License-Identifier: MIT
// See capabilities.h.
#include "base/capabilities.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <numeric>

namespace tsa {

void keep_only_capabilities(std::uint64_t wanted) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
    if (::syscall(SYS_capget, &header, sets.data()) != 0) {
        return;
    }
    for (std::size_t word = 0; word < sets.size(); ++word) {
        const auto mask = static_cast<std::uint32_t>(wanted >> (32 * word));
        sets[word].effective &= mask;
        sets[word].permitted &= mask;
        sets[word].inheritable = 0;
    }
    ::syscall(SYS_capset, &header, sets.data());
}

std::vector<int> all_capabilities() {
    std::vector<int> all(CAP_LAST_CAP + 1);
    std::iota(all.begin(), all.end(), 0);
    return all;
}

}  // namespace tsa
