// SPDX-License-Identifier: MIT
// The one place where errno becomes text.
#include "base/result.h"

#include <cstring>

namespace tsa {

Error system_error(std::string_view what, int error_number, std::string_view hint) {
    // strerrordesc_np: thread-safe without a buffer, glibc 2.32.
    const char* description = strerrordesc_np(error_number);
    std::string message(what);
    message += ": ";
    message += description != nullptr ? description : "unknown error";
    return Error{std::move(message), std::string(hint), error_number};
}

}  // namespace tsa
