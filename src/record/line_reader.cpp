// SPDX-License-Identifier: MIT
// See line_reader.h.
#include "record/line_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text_file.h"

namespace tsa {

std::string header_line(std::span<const LineColumn> columns) {
    std::string line;
    for (const LineColumn& column : columns) {
        line += line.empty() ? "" : ",";
        line += column.key;
    }
    line += kLineEnd;
    return line;
}

Result<LineReader> LineReader::create(std::string_view header, std::span<const LineColumn> columns) {
    LineReader reader;
    if (!reader.fields_.split(without_byte_order_mark(header))) {
        return Error{"the header is not CSV", {}, 0};
    }
    const auto names = reader.fields_.fields();
    reader.count_ = names.size();
    for (const LineColumn& column : columns) {
        const auto found = std::ranges::find(names, column.key);
        if (found == names.end() && !column.is_later) {
            return Error{fmt::format("column {} is missing", column.key), {}, 0};
        }
        reader.at_.push_back(static_cast<std::size_t>(found - names.begin()));
    }
    return reader;
}

}  // namespace tsa
