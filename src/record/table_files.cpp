// SPDX-License-Identifier: MIT
// See table_files.h.
#include "record/table_files.h"

#include <filesystem>
#include <system_error>

namespace tsa {

Result<PerTable<FilesBySegment>> list_table_files(const std::string& directory) {
    PerTable<FilesBySegment> files;
    std::error_code error;
    std::filesystem::directory_iterator entry(directory, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const auto name = table_file(entry->path().filename().string());
        if (!name || !entry->is_regular_file(error)) {
            continue;
        }
        FoundFile& found = files[index(name->table)][name->segment];
        if (found.path.empty() || found.compressed) {
            found = {entry->path().string(), name->compressed};
        }
    }
    if (error) {
        return system_error(directory, error.value());
    }
    return files;
}

Result<TableSource> open_table(const FoundFile& found) {
    return TableSource{found.path, TRY(LineSource::open(found.path, found.compressed))};
}

}  // namespace tsa
