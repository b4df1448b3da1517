// SPDX-License-Identifier: MIT
// Command lines as the tests of the options write them.
#pragma once

#include <gtest/gtest.h>

#include <variant>
#include <vector>

#include "cli/options.h"

namespace tsa::testing {

inline std::variant<Options, EarlyEnd> parse(const std::vector<const char*>& arguments) {
    return parse_options(arguments, "1.2.3");
}

/// Of a command line that must be accepted, for the command whose options T is.
template <class T>
T good(const std::vector<const char*>& arguments) {
    const auto parsed = parse(arguments);
    if (const auto* end = std::get_if<EarlyEnd>(&parsed)) {
        ADD_FAILURE() << end->text;
        return {};
    }
    const auto* options = std::get_if<T>(&std::get<Options>(parsed));
    if (options == nullptr) {
        ADD_FAILURE() << "another command";
        return {};
    }
    return *options;
}

}  // namespace tsa::testing
