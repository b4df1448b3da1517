// SPDX-License-Identifier: MIT
// A field of CSV (RFC 4180).
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace tsa {

/// Appends `text`, in quotes if it needs them.
void put_csv(fmt::memory_buffer& out, std::string_view text);

}  // namespace tsa
