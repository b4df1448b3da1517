// SPDX-License-Identifier: MIT
// See neighbor_lines.h.
#include "record/neighbor_lines.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "text/csv_text.h"
#include "text/sanitize.h"

namespace tsa {

std::string_view NeighborLineWriter::put(const Report& report, const NeighborInterval& interval) {
    text_.clear();
    sorted_.clear();
    for (const CpuCharge& charge : interval.charges) {
        sorted_.push_back(&charge);
    }
    std::ranges::sort(sorted_, [](const CpuCharge* a, const CpuCharge* b) {
        return std::tie(a->victim, b->ns, a->culprit) < std::tie(b->victim, a->ns, b->culprit);
    });
    const auto put_id = [this](std::uint64_t id) {
        id != 0 ? (void)fmt::format_to(std::back_inserter(text_), ",{}", id) : text_.push_back(',');
    };
    const auto put_line = [&](const CpuCharge& charge) {
        fmt::format_to(std::back_inserter(text_), "{},", report.time_unix_ns);
        put_csv(text_, printable(charge.victim));
        text_.push_back(',');
        put_csv(text_, printable(charge.culprit));
        fmt::format_to(std::back_inserter(text_), ",{}", charge.ns);
        put_id(charge.victim_id);
        put_id(charge.culprit_id);
        text_.append(kLineEnd);
    };
    for (const CpuCharge* charge : sorted_) {
        put_line(*charge);
    }
    if (interval.missed_ns != 0) {
        put_line({std::string(kNotKnown), std::string(kNotKnown), 0, 0, interval.missed_ns});
    }
    return {text_.data(), text_.size()};
}

std::optional<CpuCharge> read_neighbor_line(const LineReader& reader) {
    const auto ns = reader.number_in<std::uint64_t>(NeighborField::ns);
    const std::string_view victim = reader[NeighborField::victim];
    const std::string_view culprit = reader[NeighborField::culprit];
    const auto id_in = [&reader](NeighborField field) -> std::optional<std::uint64_t> {
        return reader[field].empty() ? 0 : reader.number_in<std::uint64_t>(field);
    };
    const auto victim_id = id_in(NeighborField::victim_id);
    const auto culprit_id = id_in(NeighborField::culprit_id);
    if (!ns || !is_recorded_time(*ns) || victim.empty() || culprit.empty() || !victim_id || !culprit_id) {
        return std::nullopt;
    }
    return CpuCharge{std::string(victim), std::string(culprit), *victim_id, *culprit_id, *ns};
}

}  // namespace tsa
