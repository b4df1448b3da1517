// SPDX-License-Identifier: MIT
// Whether this is the static build: one file that loads no library, not even those that glibc opens for names of users.
#pragma once

namespace tsa {

#ifdef RSTAT_STATIC
inline constexpr bool kIsStatic = true;
#else
inline constexpr bool kIsStatic = false;
#endif

}  // namespace tsa
