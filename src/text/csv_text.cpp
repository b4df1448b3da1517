// SPDX-License-Identifier: MIT
// See csv_text.h.
#include "text/csv_text.h"

namespace tsa {

void put_csv(fmt::memory_buffer& out, std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        out.append(text.data(), text.data() + text.size());
        return;
    }
    out.push_back('"');
    for (const char c : text) {
        if (c == '"') {
            out.push_back('"');
        }
        out.push_back(c);
    }
    out.push_back('"');
}

}  // namespace tsa
