// SPDX-License-Identifier: MIT
// The files of a recording's tables beside its rows and the machine's numbers, and their lines.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "record/file_names.h"
#include "record/line_source.h"

namespace tsa {

/// Where both exist, the plain file.
struct FoundFile {
    std::string path;
    bool compressed = false;
};
using FilesBySegment = std::map<std::uint64_t, FoundFile>;

/// Error: the directory cannot be read.
Result<PerTable<FilesBySegment>> list_table_files(const std::string& directory);

/// Passes the header and then each line to the functions. Error: from the file or from either function.
Result<void> read_table_lines(const std::string& path, LineSource& source, auto header, auto line) {
    std::string_view text;
    if (!source.seek(0)) {
        return source.error();
    }
    LineSource::Step step = source.next(text);
    if (step == LineSource::Step::line) {
        if (Result<void> read = header(text); !read.ok()) {
            return read.error().in(path);
        }
        while ((step = source.next(text)) == LineSource::Step::line) {
            TRY(line(text));
        }
    }
    source.rest();
    return step == LineSource::Step::failed ? Result<void>(source.error()) : Result<void>{};
}

/// An open one.
struct TableSource {
    std::string path;
    std::unique_ptr<LineSource> lines;
};
Result<TableSource> open_table(const FoundFile& found);

/// Passes the header and then each line to the functions. Error: from the file or from either function.
Result<void> read_lines(TableSource& table, auto header, auto line) {
    return read_table_lines(table.path, *table.lines, header, line);
}

}  // namespace tsa
