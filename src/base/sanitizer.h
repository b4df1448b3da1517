// SPDX-License-Identifier: MIT
// Whether this build has the address sanitizer: GCC and Clang say it in different ways.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define TSA_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TSA_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef TSA_ADDRESS_SANITIZER
#define TSA_ADDRESS_SANITIZER 0
#endif

namespace tsa {

inline constexpr bool kAddressSanitizer = TSA_ADDRESS_SANITIZER != 0;

}  // namespace tsa
