// SPDX-License-Identifier: MIT
// Whether this is the static build: one file that loads no library, not even those that glibc opens for names of users.
#pragma once

namespace tsa {

/// CMakeLists.txt lists the files that may include this.
inline constexpr bool kIsStatic = RSTAT_STATIC != 0;

}  // namespace tsa
