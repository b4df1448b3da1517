// SPDX-License-Identifier: MIT
// Where the running kernel keeps the state of asynchronous I/O. CO-RE cannot say it: for a type that the kernel lacks,
// libbpf searches the modules, which takes a privilege, and then refuses the whole program.
#pragma once

#include "tsa.h"

struct btf;

namespace tsa {

/// Offsets from the kernel's type information. Members that do not exist: 0, and so are those that are of no use
/// without them.
[[nodiscard]] tsa_async_layout async_layout(const btf* types);

}  // namespace tsa
