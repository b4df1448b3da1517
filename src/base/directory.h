// SPDX-License-Identifier: MIT
// An open directory that closes itself.
#pragma once

#include <dirent.h>

#include <memory>

namespace tsa {

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};
/// Null: it does not exist.
using Directory = std::unique_ptr<DIR, CloseDirectory>;

}  // namespace tsa
