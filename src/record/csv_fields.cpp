// SPDX-License-Identifier: MIT
// See csv_fields.h.
#include "record/csv_fields.h"

namespace tsa {

// `rest` starts at the quote. Unquoted text is never longer than the line, so the buffer, which has the line's size, is
// not reallocated under the fields that refer to it.
bool CsvFields::split_quoted(std::string_view& rest) {
    const std::size_t begin = unquoted_.size();
    rest.remove_prefix(1);
    while (true) {
        const std::size_t quote = rest.find('"');
        if (quote == std::string_view::npos) {
            return false;
        }
        unquoted_.append(rest.substr(0, quote));
        rest.remove_prefix(quote + 1);
        if (rest.empty() || rest.front() != '"') {
            break;
        }
        unquoted_.push_back('"');
        rest.remove_prefix(1);
    }
    fields_.push_back(std::string_view(unquoted_).substr(begin));
    return rest.empty() || rest.front() == ',';
}

bool CsvFields::split(std::string_view line) {
    if (line.ends_with('\n')) {
        line.remove_suffix(1);
    }
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    fields_.clear();
    unquoted_.clear();
    unquoted_.reserve(line.size());
    while (true) {
        if (line.starts_with('"')) {
            if (!split_quoted(line)) {
                fields_.clear();
                return false;
            }
        } else {
            // Most fields are only a few bytes long: not worth a call each.
            std::size_t size = 0;
            while (size < line.size() && line[size] != ',') {
                ++size;
            }
            fields_.push_back(line.substr(0, size));
            line.remove_prefix(size);
        }
        if (line.empty()) {
            return true;
        }
        line.remove_prefix(1);
    }
}

}  // namespace tsa
