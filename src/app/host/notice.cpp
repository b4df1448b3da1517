// SPDX-License-Identifier: MIT
// See notice.h.
#include "app/host/notice.h"

#include <cstdio>

namespace tsa {

void notice(std::string_view words) {
    std::fprintf(stderr, "rstat-tsa: %.*s\n", static_cast<int>(words.size()), words.data());
}

}  // namespace tsa
