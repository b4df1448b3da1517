// SPDX-License-Identifier: MIT
// See waker_text.h.
#include "text/waker_text.h"

#include <fmt/format.h>

#include "text/sanitize.h"

namespace tsa {

std::string waker_text(const Waker& waker) {
    if (waker.kind != WakerKind::thread) {
        return std::string(waker_label(waker.kind));
    }
    const std::string name = printable(waker.comm_view());
    return waker.tid != 0 ? fmt::format("{} {}", waker.tid, name) : name;
}

std::string waker_chain_text(std::span<const Waker> chain, std::string_view arrow) {
    std::string text;
    for (const Waker& waker : chain) {
        text += text.empty() ? waker_text(waker) : fmt::format(" {} {}", arrow, waker_text(waker));
    }
    return text;
}

}  // namespace tsa
