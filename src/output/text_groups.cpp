// SPDX-License-Identifier: MIT
// The table of `stat --by`: a row per group, and beside it the limits of its cgroup.
#include <array>
#include <string>

#include "output/group_rows.h"
#include "output/text.h"
#include "text/cells.h"
#include "text/limits_text.h"
#include "text/sanitize.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr std::size_t kTitleCells = 32;
constexpr std::size_t kNarrowTitleCells = 20;
constexpr std::size_t kCountCells = 8;
constexpr std::size_t kShareCells = 8;
/// Where a line has room for more than the shorter title.
constexpr std::size_t kWideWidth = 100;

constexpr std::array kShown{ThreadState::exec,           ThreadState::cpu_wait, ThreadState::io_wait,
                            ThreadState::swap_wait,      ThreadState::mem_wait, ThreadState::lock_wait,
                            ThreadState::uninterruptible};

}  // namespace

void TextWriter::put_group_row(const Report& report, const GroupRow& group, GroupKey key) {
    const bool wide = look_.width >= kWideWidth;
    const ProcessRow& sums = group.sums;
    put(line_, " ");
    put_left(line_, Printable(group_title(group, key)).view(), wide ? kTitleCells : kNarrowTitleCells);
    put_right(line_, fmt::format_int(sums.threads).c_str(), kCountCells);
    put_right(line_, share_text(latency_ns(sums.state_ns), report.interval_ns).view(), kShareCells);
    for (const ThreadState state : kShown) {
        if (wide || is_load(state)) {
            const bool known = (sums.measured & measured_bit(state)) != 0;
            put_share(known ? share_text(sums.state_ns[index(state)], report.interval_ns).view() : "-", kShareCells,
                      state);
        }
    }
    if (wide) {
        put_network(report, sums.net_rx_bytes, sums.net_tx_bytes);
    }
    put(line_, "  ");
    if (const CgroupStats* limits = limits_of(report, group)) {
        put(line_, limits_text(*limits));
    }
    put_line();
}

std::string_view TextWriter::write_groups(const Report& report, const GroupReport& groups) {
    const bool wide = look_.width >= kWideWidth;
    out_.clear();
    line_.clear();
    put_head(report);
    set_tint("1");
    put(line_, " ");
    put_left(line_, info(groups.key).head, wide ? kTitleCells : kNarrowTitleCells);
    put_right(line_, "THREADS", kCountCells);
    put_right(line_, "DELAY", kShareCells);
    for (const ThreadState state : kShown) {
        if (wide || is_load(state)) {
            put_right(line_, info(state).head, kShareCells);
        }
    }
    if (wide && report.network) {
        put_right(line_, "RX/s", kNetworkCells);
        put_right(line_, "TX/s", kNetworkCells);
    }
    put(line_, needs_places(groups.key) ? "  LIMITS OF ITS CGROUP" : "");
    put_line();
    for (const GroupRow* group : groups.rows) {
        put_group_row(report, *group, groups.key);
    }
    if (groups.rows.size() < groups.groups) {
        fmt::format_to(std::back_inserter(line_), " and {} more", groups.groups - groups.rows.size());
        put_line();
    }
    out_.push_back('\n');
    return {out_.data(), out_.size()};
}

}  // namespace tsa
