// SPDX-License-Identifier: MIT
// Parses a recording's files, for tests of the writer.
#pragma once

#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "record/csv_fields.h"

namespace tsa::testing {

[[nodiscard]] inline std::size_t line_count(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// CSV with a header.
class Table {
  public:
    explicit Table(std::string_view text) {
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            CsvFields fields;
            EXPECT_TRUE(fields.split(text.substr(0, end)));
            lines_.emplace_back(fields.fields().begin(), fields.fields().end());
            EXPECT_EQ(lines_.back().size(), lines_.front().size());
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        }
    }
    [[nodiscard]] std::size_t rows() const { return lines_.size() - 1; }
    [[nodiscard]] const std::string& at(std::size_t row, std::string_view key) const {
        const auto found = std::ranges::find(lines_.front(), key);
        EXPECT_NE(found, lines_.front().end()) << key;
        return lines_.at(row + 1).at(static_cast<std::size_t>(found - lines_.front().begin()));
    }
    [[nodiscard]] std::uint64_t number(std::size_t row, std::string_view key) const {
        const std::string& text = at(row, key);
        return text.empty() ? 0 : std::stoull(text);
    }

  private:
    std::vector<std::vector<std::string>> lines_;
};

struct Unpacked {
    std::string text;
    std::size_t whole_frames = 0;
    bool ended = true;  ///< the last frame is complete
};

[[nodiscard]] inline Unpacked unpacked(std::string_view packed) {
    Unpacked out;
    ZSTD_DCtx* const context = ZSTD_createDCtx();
    std::vector<char> chunk(ZSTD_DStreamOutSize());
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    bool more = true;
    while (more) {
        ZSTD_outBuffer part{chunk.data(), chunk.size(), 0};
        const std::size_t left = ZSTD_decompressStream(context, &part, &in);
        if (ZSTD_isError(left) != 0) {
            ADD_FAILURE() << ZSTD_getErrorName(left);
            break;
        }
        out.text.append(chunk.data(), part.pos);
        out.whole_frames += left == 0 ? 1 : 0;
        out.ended = left == 0;
        more = in.pos < in.size || part.pos == part.size;
    }
    ZSTD_freeDCtx(context);
    return out;
}

}  // namespace tsa::testing
