// SPDX-License-Identifier: MIT
// See layout.h.
#include "tui/overview/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/concat.h"
#include "model/find_row.h"
#include "model/gpu_use.h"
#include "model/recent_states.h"
#include "tui/overview/rows.h"
#include "tui/page.h"

namespace tsa {
namespace {

constexpr int kShortPast = 20;
constexpr int kNever = 1000;  // only when the user asks for it

struct Wish {
    CellKind kind;
    std::string_view key;
    std::string_view head;
    int width;       // at least
    int importance;  // lower comes first
    bool left_aligned;
};

// On a narrower screen names, the sorted column and what a row waits on come before its TID.
constexpr int kNarrowWidth = 60;
constexpr int kNarrowWaits = 12;

// In screen order, with the states between the two parts. Widths fit the largest value, so nothing moves when numbers
// grow.
constexpr std::array kFirstWishes = std::to_array<Wish>({
    {CellKind::tid, "tid", "TID", 7, 0, false},
    {CellKind::name, "comm", "NAME", 13, 0, true},
    {CellKind::value, "tgid", "PID", 7, 30, false},
    {CellKind::user, "uid", "USER", 8, 12, true},
    {CellKind::value, "rss_bytes", "RSS", 5, 20, false},
    {CellKind::memory_share, "memory_share", "MEM%", 5, kNever, false},
    {CellKind::value, kElapsedKey, "ELAPSED", 8, kNever, false},
    {CellKind::started, "start_time_ns", "START", 5, kNever, false},
    {CellKind::value, "priority", "PRI", 3, kNever, false},
    {CellKind::value, "nice", "NI", 3, kNever, false},
    {CellKind::value, "virtual_bytes", "VIRT", 5, kNever, false},
    {CellKind::value, "shared_bytes", "SHR", 5, kNever, false},
    {CellKind::value, "state_letter", "S", 1, kNever, true},
    {CellKind::value, kCpuTime, "TIME+", 8, kNever, false},
    {CellKind::value, "read_bytes", "READ/s", 6, 21, false},
    {CellKind::value, "write_bytes", "WRITE/s", 7, 22, false},
    {CellKind::value, kNetworkColumns[0], "RX/s", 6, kNever, false},
    {CellKind::value, kNetworkColumns[1], "TX/s", 6, kNever, false},
    {CellKind::io, kSortIo, "IO/s", 6, kNever, false},
    {CellKind::states_bar, "bar", "TIME WENT", 8, 2, true},
    {CellKind::past, "recent", "RECENT", kShortPast, 13, true},
    {CellKind::exec_total, kSortExecTotal, "EXEC+", 6, kNever, false},
    {CellKind::value, kSortLatency, "DELAY", 5, 6, false},
});

/// The states, in their order.
constexpr auto state_wishes() {
    std::array<Wish, kStateCount> wishes{};
    for (const StateInfo& state : state_table()) {
        wishes[index(state.state)] = {CellKind::value, state.ns_key, state.head, 5, state.importance, false};
    }
    return wishes;
}

constexpr std::array kLastWishes = std::to_array<Wish>({
    {CellKind::most, "most", "MOST", 4, kNever, true},
    {CellKind::waker, kWokenBy, "WOKEN BY", 16, kNever, true},
    {CellKind::waits, "wait_on", "WAITS ON", 19, 1, true},
    {CellKind::command, kCommandLine, "COMMAND", 22, 11, true},
});

constexpr auto kWishes = concat(kFirstWishes, state_wishes(), kLastWishes);

constexpr std::uint32_t kMostThreads = 1000;  // more than any screen has lines
constexpr int kTallHeight = 34;
constexpr std::size_t kMostGpuRows = 4;
constexpr int kMostCpuRows = 4;
constexpr int kWideName = 22;
constexpr int kGroupName = 20;
constexpr int kWideGroupName = 44;
constexpr int kWideCommand = 48;
constexpr int kWideLimits = 84;
constexpr int kWideBar = 32;

bool listed(const std::vector<std::string>& keys, std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

struct Candidate {
    Wish wish;
    const Column* column;
    bool chosen = false;
};

// The preferred columns, then the table's other columns, which are before WAITS ON and only on request.
std::vector<Candidate> candidates() {
    std::vector<Candidate> out;
    for (const Wish& wish : kWishes) {
        if (wish.kind == CellKind::waits) {
            for (const std::span<const Column> table :
                 {columns(), derived_columns(), process_columns(), gpu_columns(), taskstats_columns()}) {
                for (const Column& column : table) {
                    const bool known = std::any_of(kWishes.begin(), kWishes.end(),
                                                   [&](const Wish& other) { return other.key == column.key; });
                    if (!known) {
                        const bool left = column.unit == Unit::text;
                        out.push_back(
                            {{CellKind::value, column.key, column.head, column.width, kNever, left}, &column});
                    }
                }
            }
        }
        out.push_back({wish, find_column(wish.key)});
    }
    return out;
}

void fit_to_narrow(Wish& wish) {
    switch (wish.kind) {
        case CellKind::tid:
            wish.importance = 2;
            break;
        case CellKind::most:
            wish.importance = 1;
            break;
        case CellKind::waits:
            wish.width = kNarrowWaits;
            break;
        default:
            break;
    }
}

/// What a group has none of.
bool is_of_one_thread(const OverviewState& state, CellKind kind, const Column* column) {
    if (state.mode != RowMode::groups) {
        return false;
    }
    const bool is_value =
        kind == CellKind::value && column != nullptr && !is_summed(*column) && column->key != kCpuTime;
    return is_value || kind == CellKind::tid || kind == CellKind::user || kind == CellKind::command ||
           kind == CellKind::waker || kind == CellKind::started || kind == CellKind::past;
}

/// Limits are a sentence, and say more than the states in which a group rests.
void fit_to_groups(Wish& wish, int width) {
    if (wish.kind == CellKind::name) {
        wish.width = kGroupName;
    } else if (wish.kind == CellKind::waits) {
        wish.width = std::clamp(width / 2 - kGroupName, wish.width, kWideLimits);
    }
}

/// Those of an exact list first, in its order.
void put_first(std::vector<Candidate>& all, const std::vector<std::string>& keys) {
    const auto place_of = [&keys](const Candidate& candidate) {
        return std::ranges::find(keys, candidate.wish.key) - keys.begin();
    };
    std::stable_sort(all.begin(), all.end(),
                     [&](const Candidate& left, const Candidate& right) { return place_of(left) < place_of(right); });
}

std::vector<Candidate> choose(const OverviewState& state, int width) {
    std::vector<Candidate> all = candidates();
    const bool is_exact = !state.columns.empty();
    if (is_exact) {
        put_first(all, state.columns);
    }
    std::vector<std::size_t> order;
    for (std::size_t at = 0; at < all.size(); ++at) {
        Wish& wish = all[at].wish;
        if (width < kNarrowWidth) {
            fit_to_narrow(wish);
        }
        if (wish.kind == CellKind::states_bar && state.past_bar) {
            wish.width = std::clamp(width / 5, wish.width, static_cast<int>(kPastColumns));
        }
        if (listed(state.columns_shown, wish.key)) {
            wish.importance = std::min(wish.importance, 1);
        }
        if (wish.kind == CellKind::past && (width < kPastWidth || state.past_bar) &&
            !listed(state.columns_shown, wish.key)) {
            wish.importance = kNever;
        }
        if (wish.kind == CellKind::command && (width < kCommandWidth || !state.has_facts) &&
            !listed(state.columns_shown, wish.key)) {
            wish.importance = kNever;
        }
        if (state.mode == RowMode::groups) {
            fit_to_groups(wish, width);
        } else if (state.mode == RowMode::parents && wish.kind == CellKind::name) {
            wish.width = std::clamp(width / 5, wish.width, kGroupName);  // with its branches
        }
        if (is_exact) {
            const bool is_wanted = listed(state.columns, wish.key) || listed(state.columns_shown, wish.key);
            wish.importance = is_wanted ? 0 : kNever;
        }
        const bool sorted = wish.key == state.sort_key && !is_of_one_thread(state, wish.kind, all[at].column);
        if (sorted) {
            wish.importance = -1;
        }
        const bool hidden =
            is_of_one_thread(state, wish.kind, all[at].column) ||
            (!is_exact && listed(state.columns_hidden, wish.key) && wish.kind != CellKind::tid && !sorted);
        if (!hidden && wish.importance < kNever) {
            order.push_back(at);
        }
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        return all[left].wish.importance < all[right].wish.importance;
    });
    int used = 0;
    for (const std::size_t at : order) {
        const int needed = all[at].wish.width + (used > 0 ? 1 : 0);
        // Extra columns only if the text has room: a wide screen shows explanations before more numbers.
        const int reserve = all[at].wish.importance >= 20 && all[at].wish.importance < kNever ? 28 : 0;
        if (used + needed + reserve > width && !(used == 0)) {
            continue;
        }
        used += needed;
        all[at].chosen = true;
    }
    return all;
}

// Wide names: of groups, and of processes with the branches of their tree.
// Spare cells: first the kernel's longest name, then text, bar, and names with their branch and count in the tree.
void widen(std::vector<PlacedColumn>& placed, int spare, bool groups, bool wide_names) {
    const auto grow = [&](CellKind kind, int limit) {
        for (PlacedColumn& column : placed) {
            if (column.kind == kind && spare > 0 && column.width < limit) {
                const int more = std::min(spare, limit - column.width);
                column.width += more;
                spare -= more;
            }
        }
    };
    grow(CellKind::name, wide_names ? kWideGroupName : 15);
    grow(CellKind::waits, groups ? kWideLimits : 28);
    grow(CellKind::command, kWideCommand);
    grow(CellKind::past, static_cast<int>(kPastColumns));
    grow(CellKind::states_bar, 18);
    grow(CellKind::name, 18);
    grow(CellKind::waits, 46);
    grow(CellKind::name, wide_names ? kWideGroupName : kWideName);
    grow(CellKind::waker, 24);
    grow(CellKind::states_bar, kWideBar);
    grow(CellKind::command, 1 << 20);
    grow(CellKind::waits, 1 << 20);
}

// A line for each GPU if there is room; power is in the last one, or has a separate line.
int device_rows(const Equipment& known, int height) {
    const std::size_t most = height >= kTallHeight ? kMostGpuRows : 1;
    if (known.gpus > 0) {
        return known.gpus <= most ? static_cast<int>(known.gpus) : 1;
    }
    const bool power = known.has("package_power_w") || known.has("platform_power_w") || known.has_battery() ||
                       known.has("power_profile");
    return power ? 1 : 0;
}

}  // namespace

Layout layout_of(const Report& report, const ViewState& state, int width, int height) {
    Layout out;
    const Equipment known = with_report(state.equipment, report);
    out.process_rows = state.overview.tgid ? state.overview.process_rows : 0;
    if (width < 60 || height < 14) {
        out.header_rows = height >= 7 ? 2 : (height >= 5 ? 1 : 0);
    } else if (state.overview.header == HeaderMode::brief || out.process_rows > 0) {
        out.header = HeaderForm::brief;
        out.header_rows = 2;
    } else if (width >= 110 && height >= 20) {
        out.header = HeaderForm::wide;
        out.header_bar = height >= kTallHeight;
        out.device_rows = device_rows(known, height);
        out.header_rows = 5 + out.device_rows + (out.header_bar ? 1 : 0);
    } else {
        out.header = HeaderForm::medium;
        out.header_rows = 3;
    }
    if (state.overview.header == HeaderMode::with_cpus && out.header != HeaderForm::tiny) {
        out.cpu_rows = cpu_meter_rows(known.cpus, width, std::clamp((height - 12) / 3, 0, kMostCpuRows));
        out.header_rows += out.cpu_rows;
    }
    int y = out.header_rows;
    if (out.header != HeaderForm::tiny) {
        out.dropped_line = report.health.lost() > 0;
        y += out.dropped_line ? 1 : 0;
        out.header_rows = y;
    }
    out.process_y = y;
    y += out.process_rows;
    if (out.header != HeaderForm::tiny) {
        out.status_y = y++;
    }
    if (height - y >= 2) {
        out.head_y = y++;
    }
    out.table_y = y;
    out.bar_y = height - y >= 2 ? height - 1 : -1;
    const int bottom_rows = (out.bar_y >= 0 ? 1 : 0) + layer_rows(state, width, height);
    out.table_rows = std::max(0, height - bottom_rows - y);
    return out;
}

int most_process_rows(const Report& report, const ViewState& state, int width, int height) {
    ViewState without = state;
    without.overview.process_rows = 1;
    const int rows = layout_of(report, without, width, height).table_rows + 1;
    const ProcessRow* process = state.overview.tgid ? find_process(report, *state.overview.tgid) : nullptr;
    const int threads = process != nullptr ? static_cast<int>(std::min(process->threads, kMostThreads)) : 0;
    return std::max(rows - std::clamp(threads, 1, std::max(rows / 2, 4)), 0);
}

std::vector<PlacedColumn> place_columns(const OverviewState& state, int width) {
    std::vector<PlacedColumn> out;
    int used = 0;
    for (const Candidate& candidate : choose(state, width)) {
        if (candidate.chosen) {
            const Wish& wish = candidate.wish;
            out.push_back({wish.kind, candidate.column, wish.key, wish.head, wish.left_aligned, 0, wish.width});
            used += wish.width + (out.size() > 1 ? 1 : 0);
        }
    }
    const bool groups = state.mode == RowMode::groups;
    widen(out, width - used, groups, groups || state.mode == RowMode::parents);
    int x = 0;
    for (PlacedColumn& column : out) {
        column.x = x;
        column.width = std::min(column.width, std::max(width - x, 0));
        x += column.width + 1;
        if (column.kind == CellKind::name && state.mode == RowMode::groups) {
            column.head = info(state.by).head;
        } else if (column.kind == CellKind::waits && state.mode == RowMode::groups) {
            column.head = "LIMITS OF ITS CGROUP";
        }
        const bool shows_past =
            column.kind == CellKind::past || (column.kind == CellKind::states_bar && state.past_bar);
        if (shows_past) {
            column.head = column.width >= static_cast<int>(kPastColumns) ? "LAST 2 MINUTES" : "RECENT";
        } else if (column.kind == CellKind::states_bar && column.width >= 19) {
            column.head = "WHERE THE TIME WENT";
        } else if (column.kind == CellKind::states_bar && column.width < 9) {
            column.head = "TIME";
        }
    }
    return out;
}

bool shows_facts(const OverviewState& state, int width) {
    return std::ranges::any_of(place_columns(state, width), [](const PlacedColumn& column) {
        return std::ranges::find(process_columns(), column.key, &Column::key) != process_columns().end();
    });
}

bool process_times_are_shown(const ViewState& state) {
    const RowMode mode = state.overview.mode;
    return (has_process_rows(mode) || mode == RowMode::groups) &&
           std::ranges::any_of(place_columns(state.overview, state.width),
                               [](const PlacedColumn& column) { return column.key == kCpuTime; });
}

bool gpus_are_shown(const ViewState& state) {
    return std::ranges::any_of(place_columns(state.overview, state.width), [](const PlacedColumn& column) {
        return std::ranges::find(gpu_columns(), column.key, &Column::key) != gpu_columns().end();
    });
}

bool network_is_shown(const ViewState& state) {
    return std::ranges::any_of(place_columns(state.overview, state.width), [](const PlacedColumn& column) {
        return std::ranges::find(kNetworkColumns, column.key) != kNetworkColumns.end();
    });
}

namespace {

std::string help_of(const Candidate& candidate) {
    if (candidate.wish.kind == CellKind::started) {
        return "when it was created: the time of the day, else the date, else the year";
    }
    if (candidate.column != nullptr) {
        const bool rate = candidate.column->unit == Unit::events || candidate.column->unit == Unit::io_bytes;
        return fmt::format("{}{}", candidate.column->help, rate ? "; shown per second" : "");
    }
    switch (candidate.wish.kind) {
        case CellKind::io:
            return "read from and written to storage; shown per second";
        case CellKind::exec_total:
            return "time on a CPU since first seen";
        case CellKind::memory_share:
            return "resident memory of its process, in percent of the machine's";
        case CellKind::past:
            return "what took most of its time in the last two minutes, 5 s a cell, the newest at the right";
        case CellKind::waker:
            return "the thread or interrupt that ended its last wait";
        case CellKind::most:
            return "the delay that took most of its time, else the state that did";
        default:
            return "all states of the row as one bar";
    }
}

}  // namespace

std::vector<ColumnChoice> column_choices(const OverviewState& state, int width) {
    std::vector<ColumnChoice> out;
    for (const Candidate& candidate : choose(state, width)) {
        if (candidate.wish.kind != CellKind::tid) {
            out.push_back({candidate.wish.key, candidate.wish.head, help_of(candidate), candidate.chosen});
        }
    }
    return out;
}

}  // namespace tsa
