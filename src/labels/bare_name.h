// SPDX-License-Identifier: MIT
// A function's name without what differs from build to build: "v8::FutexEmulation::WaitSync" of
// "v8::Object v8::FutexEmulation::WaitSync<int>(v8::Isolate*, bool) [clone .isra.0]". Pure; the names may be hostile.
#pragma once

#include <string>
#include <string_view>

namespace tsa {

/// Without parameters, template arguments and return type (C++, Rust), and without what compilers and linkers append
/// (".isra.0", ".abi0", "@@GLIBC_2.34").
[[nodiscard]] std::string bare_name(std::string_view function);

}  // namespace tsa
