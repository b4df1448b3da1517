// SPDX-License-Identifier: MIT
// See own_program.h.
#include "base/own_program.h"

#include <system_error>

namespace tsa {

std::filesystem::path own_program() {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error);
}

std::filesystem::path installed_path(std::string_view below_prefix) {
    const std::filesystem::path program = own_program();
    return program.empty() ? program : program.parent_path().parent_path() / below_prefix;
}

}  // namespace tsa
