// SPDX-License-Identifier: MIT
// See thread_line.h.
#include "record/thread_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/scan.h"
#include "base/text_file.h"
#include "model/columns.h"
#include "record/recorded_time.h"

namespace tsa {

namespace {

struct OwnColumn {
    std::string_view key;
    Restore restore;
};

/// What only files have, beside the columns of a thread.
constexpr std::array kOwnColumns = std::to_array<OwnColumn>({
    {"time_unix_ns", {[](RestoredRow& row, std::string_view text) {
         row.has_time = true;
         return restore::assign(row.time_unix_ns, text);
     }}},
    {"interval_ns", restore::row_span<&RestoredRow::interval_ns>()},
    {"exit_time_unix_ns", restore::row_value<&RestoredRow::exit_time_unix_ns>()},
    {"quiet_ns", restore::row_span<&RestoredRow::quiet_ns>()},
    {"tid_before", restore::row_value<&RestoredRow::tid_before>()},
});

constexpr std::string_view kTimeKey = "time_unix_ns";
constexpr std::array<std::string_view, 3> kNeeded{kTimeKey, "tid", "wall_ns"};

const Restore* find_restore(std::string_view key) {
    if (const auto* own = std::ranges::find(kOwnColumns, key, &OwnColumn::key); own != kOwnColumns.end()) {
        return &own->restore;
    }
    const Column* column = find_column(key);
    return column != nullptr ? &column->restore : nullptr;
}

// What the cells say together. States that are absent were not measured: what is missing of the sum went there.
bool is_consistent(RestoredRow& row) {
    if (!row.has_time || !row.has_wall || !is_recorded_time(row.time_unix_ns) ||
        !is_recorded_time(row.exit_time_unix_ns) || !is_recorded_length(row.interval_ns)) {
        return false;
    }
    std::uint64_t rest_ns = row.wall_ns;
    for (const std::uint64_t ns : row.state_ns) {
        if (ns > rest_ns) {
            return false;
        }
        rest_ns -= ns;
    }
    if (rest_ns != 0) {
        const auto absent = [&](std::size_t state) {
            return (row.measured & measured_bit(static_cast<ThreadState>(state))) == 0;
        };
        std::size_t unmeasured = row.state ? index(*row.state) : 0;
        for (std::size_t i = 0; i < kStateCount && !absent(unmeasured); ++i) {
            unmeasured = i;
        }
        if (!absent(unmeasured)) {
            return false;
        }
        row.state_ns[unmeasured] = rest_ns;
    }
    return row.thread.tid != 0 && row.quiet_ns <= row.wall_ns;
}

}  // namespace

Result<ThreadLine> ThreadLine::create(std::string_view header) {
    ThreadLine line;
    if (!line.fields_.split(without_byte_order_mark(header))) {
        return Error{"the header is no line of CSV", "is it a threads.csv of rstat-tsa record?", 0};
    }
    const auto keys = line.fields_.fields();
    for (const std::string_view key : kNeeded) {
        if (std::ranges::find(keys, key) == keys.end()) {
            return Error{fmt::format("no column {}", key), "is it a threads.csv of rstat-tsa record, with its header?",
                         0};
        }
    }
    for (const std::string_view key : keys) {
        const Restore* restore = find_restore(key);
        line.columns_.push_back(restore != nullptr ? restore->put : nullptr);
        line.has_delays_ |= restore != nullptr && key.starts_with(kTaskstatsPrefix);
    }
    line.has_wait_arguments_ = std::ranges::find(keys, "wait_arg0") != keys.end();
    line.time_at_ = static_cast<std::size_t>(std::ranges::find(keys, kTimeKey) - keys.begin());
    return line;
}

bool ThreadLine::read(std::string_view line, RestoredRow& row) {
    if (!fields_.split(line) || fields_.fields().size() != columns_.size()) {
        return false;
    }
    row = {};
    const auto texts = fields_.fields();
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (columns_[i] != nullptr && !texts[i].empty() && !columns_[i](row, texts[i])) {
            return false;
        }
    }
    return is_consistent(row);
}

std::optional<std::uint64_t> ThreadLine::time_of(std::string_view line) {
    if (!fields_.split(line) || fields_.fields().size() <= time_at_) {
        return std::nullopt;
    }
    const auto time = number<std::uint64_t>(fields_.fields()[time_at_]);
    return time && is_recorded_time(*time) ? time : std::nullopt;
}

}  // namespace tsa
