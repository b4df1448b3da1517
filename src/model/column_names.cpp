// SPDX-License-Identifier: MIT
// See columns.h: columns by key, by what users type for one, and the delay that tables show.
#include <algorithm>
#include <array>

#include "model/columns.h"
#include "model/derived_columns.h"
#include "model/gpu_use.h"
#include "model/wait_labels.h"

namespace tsa {

namespace {

Value number(std::uint64_t value) {
    return {Value::Kind::integer, static_cast<std::int64_t>(value), {}};
}

struct Alias {
    std::string_view name;
    std::string_view key;
};

/// What users can type for --sort besides the keys. A key without its unit ("exec", "rss") works too.
constexpr std::array kAliases = std::to_array<Alias>({
    {"cpu", "exec_ns"},
    {"mem", "rss_bytes"},
    {"io", "io_wait_ns"},
    {"swap", "swap_wait_ns"},
    {"lock", "lock_wait_ns"},
    {"d", "uninterruptible_ns"},
    {"pid", "tgid"},
    {"name", "comm"},
    {"age", "state_age_ns"},
    {"pri", "priority"},
});

constexpr Column kShownDelay{
    "latency_ns",
    "DELAY",
    Unit::nanoseconds,
    7,
    "time in which it was delayed, waits included that a label calls a delay",
    [](const Report& report, const ThreadRow& row) { return number(shown_delay_ns(report, row)); },
    [](const Report&, const ProcessRow& row) { return number(latency_ns(row.state_ns)); },
};
/// Names of the shown delay: the second is that of the first version.
constexpr std::array<std::string_view, 2> kDelayNames{"delay", "lost"};

}  // namespace

const Column& shown_delay_column() {
    return kShownDelay;
}

const Column* find_column(std::string_view key) {
    const std::span<const Column> table = key.starts_with(kTaskstatsPrefix) ? taskstats_columns() : columns();
    if (const auto found = std::ranges::find(table, key, &Column::key); found != table.end()) {
        return &*found;
    }
    if (const auto found = std::ranges::find(gpu_columns(), key, &Column::key); found != gpu_columns().end()) {
        return &*found;
    }
    if (const auto found = std::ranges::find(derived_columns(), key, &Column::key); found != derived_columns().end()) {
        return &*found;
    }
    const auto found = std::ranges::find(process_columns(), key, &Column::key);
    return found != process_columns().end() ? &*found : nullptr;
}

std::span<const std::string_view> sort_aliases() {
    static constexpr auto kNames = [] {
        std::array<std::string_view, kAliases.size()> names{};
        std::ranges::transform(kAliases, names.begin(), &Alias::name);
        return names;
    }();
    return kNames;
}

const Column* find_sort_column(std::string_view name) {
    if (std::ranges::find(kDelayNames, name) != kDelayNames.end()) {
        return &kShownDelay;
    }
    const auto* alias = std::ranges::find(kAliases, name, &Alias::name);
    if (alias != kAliases.end()) {
        return find_column(alias->key);
    }
    if (const Column* exact = find_column(name)) {
        return exact;
    }
    for (const Column& column : columns()) {
        for (const std::string_view unit : {"_ns", "_bytes"}) {
            if (column.key.ends_with(unit) && column.key.substr(0, column.key.size() - unit.size()) == name) {
                return &column;
            }
        }
    }
    return nullptr;
}

}  // namespace tsa
