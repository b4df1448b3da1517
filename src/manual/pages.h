// SPDX-License-Identifier: MIT
// The manual pages, made from the tables of --help: rstat-tsa(1), one page per command, rstat-tsa-columns(5) and
// rstat-tsa-config(5). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tsa {

struct GeneratedFile {
    std::string path;  ///< below the folder that they are written to: "man1/rstat-tsa.1"
    std::string text;
};

[[nodiscard]] std::vector<GeneratedFile> manual_pages(std::string_view version);

}  // namespace tsa
