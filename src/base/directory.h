// An opened directory that closes itself.
#pragma once

#include <dirent.h>

#include <memory>

namespace tsa {

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};
/// Null: there is none.
using Directory = std::unique_ptr<DIR, CloseDirectory>;

}  // namespace tsa
