// SPDX-License-Identifier: MIT
// See noisy.h.
#include "summary/noisy.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "text/html.h"
#include "text/sanitize.h"
#include "text/units.h"
#include "verdict/verdict.h"

namespace tsa {

namespace {

constexpr std::size_t kVictimCells = 30;
constexpr std::size_t kCulpritCells = 30;
constexpr std::size_t kGapCells = 1;
constexpr std::size_t kTimeCells = 10;
constexpr std::size_t kCulpritsPerVictim = 5;
constexpr std::size_t kMaxFindings = 5;
/// Threads on average that wait for the culprit; less is no problem.
constexpr double kLeastThreads = 0.1;
constexpr std::size_t kMaxPageRows = 400;

bool is_cgroup(std::string_view name) {
    return name.starts_with('/');
}

/// Of one victim, most time first.
using ByVictim = std::map<std::string_view, std::vector<const NoisyPair*>>;

ByVictim by_victim(const std::vector<NoisyPair>& pairs) {
    ByVictim victims;
    for (const NoisyPair& pair : pairs) {
        victims[pair.victim].push_back(&pair);
    }
    return victims;
}

std::uint64_t total_of(const std::vector<const NoisyPair*>& row) {
    std::uint64_t sum = 0;
    for (const NoisyPair* pair : row) {
        sum += pair->ns;
    }
    return sum;
}

/// Victims with the most time first.
std::vector<std::vector<const NoisyPair*>> sorted_rows(const Summary& summary) {
    std::vector<std::vector<const NoisyPair*>> rows;
    for (auto& [victim, row] : by_victim(summary.neighbors)) {
        rows.push_back(std::move(row));
    }
    std::ranges::stable_sort(rows, [](const auto& a, const auto& b) { return total_of(a) > total_of(b); });
    return rows;
}

double threads_of(const NoisyPair& pair, const Summary& summary) {
    return summary.elapsed_ns != 0 ? static_cast<double>(pair.ns) / static_cast<double>(summary.elapsed_ns) : 0;
}

SummaryFinding finding_of(const NoisyPair& worst, const std::vector<const NoisyPair*>& row, const Summary& summary) {
    SummaryFinding finding;
    finding.kind = FindingKind::noisy_neighbor;
    finding.scope = summary.filtered ? FindingScope::machine : FindingScope::recorded;
    finding.words = fmt::format(
        "Threads of {} waited for CPUs on which threads of {} ran, {} of them on "
        "average: {:.0f} % of all their waits "
        "for CPUs.",
        worst.victim, worst.culprit, average_text(threads_of(worst, summary)).view(), 100 * worst.share);
    finding.next = fmt::format(
        "Give {} a larger cpu.weight or separate CPUs "
        "(cpuset.cpus), or limit {} (cpu.max).",
        worst.victim, worst.culprit);
    finding.figures.push_back(
        fmt::format("cpu wait of {}: {} in all", worst.victim, duration_text(total_of(row)).view()));
    for (const NoisyPair* pair : row) {
        if (pair->share >= 0.01 && finding.figures.size() <= kCulpritsPerVictim) {
            finding.figures.push_back(
                fmt::format("{}: {}, {:.0f} %", pair->culprit, duration_text(pair->ns).view(), 100 * pair->share));
        }
    }
    finding.from_unix_ns = summary.begin_unix_ns;
    finding.to_unix_ns = finding.worst_at_unix_ns = summary.end_unix_ns;
    finding.total_ns = summary.elapsed_ns;
    finding.weight = threads_of(worst, summary);
    return finding;
}

const NoisyPair* worst_of(const std::vector<const NoisyPair*>& row) {
    const auto is_other = [](const NoisyPair* pair) {
        return is_cgroup(pair->victim) && is_cgroup(pair->culprit) && pair->culprit != pair->victim &&
               pair->share >= kDominant;
    };
    const auto found = std::ranges::find_if(row, is_other);
    return found != row.end() ? *found : nullptr;
}

}  // namespace

void NoisySums::add(const CpuCharge& charge) {
    std::string key = charge.victim + '\n' + charge.culprit;
    CpuCharge known = charge;
    if (pairs_.size() >= kMaxNoisyPairs && !pairs_.contains(key)) {
        known = {std::string(kNotKnown), std::string(kNotKnown), 0, 0, charge.ns};
        key = known.victim + '\n' + known.culprit;
    }
    NoisyPair& pair = pairs_[std::move(key)];
    pair.victim = std::move(known.victim);
    pair.culprit = std::move(known.culprit);
    pair.victim_id = known.victim_id;
    pair.ns += known.ns;
}

std::vector<NoisyPair> NoisySums::pairs() const {
    std::map<std::string_view, std::uint64_t> totals;
    std::vector<NoisyPair> out;
    for (const auto& [key, pair] : pairs_) {
        totals[pair.victim] += pair.ns;
        out.push_back(pair);
    }
    for (NoisyPair& pair : out) {
        const std::uint64_t total_ns = totals[pair.victim];
        pair.share = total_ns != 0 ? static_cast<double>(pair.ns) / static_cast<double>(total_ns) : 0;
    }
    std::ranges::sort(out, [](const NoisyPair& a, const NoisyPair& b) {
        return std::tie(b.ns, a.victim, a.culprit) < std::tie(a.ns, b.victim, b.culprit);
    });
    return out;
}

const NoisyPair* worst_neighbor(const Summary& summary, std::uint64_t cgroup_id) {
    std::vector<const NoisyPair*> row;
    for (const NoisyPair& pair : summary.neighbors) {
        if (pair.victim_id == cgroup_id && cgroup_id != 0) {
            row.push_back(&pair);
        }
    }
    return worst_of(row);
}

std::vector<SummaryFinding> noisy_findings(const Summary& summary) {
    std::vector<SummaryFinding> findings;
    for (const auto& row : sorted_rows(summary)) {
        const NoisyPair* worst = worst_of(row);
        if (worst != nullptr && threads_of(*worst, summary) >= kLeastThreads && findings.size() < kMaxFindings) {
            findings.push_back(finding_of(*worst, row, summary));
        }
    }
    return findings;
}

void put_noisy_lines(SummaryLines& lines, const Summary& summary, std::size_t rows) {
    if (summary.neighbors.empty()) {
        return;
    }
    lines.head("NOISY NEIGHBORS",
               "whose CPU time the threads of each cgroup "
               "waited for, and the share of its waits");
    lines.left(" WAITED", kVictimCells);
    lines.left("FOR", kCulpritCells);
    lines.right("TIME", kTimeCells);
    lines.right("%", kTimeCells);
    lines.end();
    std::size_t victims = 0;
    for (const auto& row : sorted_rows(summary)) {
        if (victims++ == rows) {
            break;
        }
        for (std::size_t at = 0; at < std::min(row.size(), kCulpritsPerVictim); ++at) {
            lines.left(at == 0 ? " " + printable(row[at]->victim) : std::string(), kVictimCells - kGapCells);
            lines.left({}, kGapCells);
            lines.left(printable(row[at]->culprit), kCulpritCells);
            lines.right(duration_text(row[at]->ns).view(), kTimeCells);
            lines.right(share_text(row[at]->ns, total_of(row)).view(), kTimeCells);
            lines.end();
        }
    }
}

void put_noisy_json(Json& json, const Summary& summary) {
    put_key(json, "neighbors");
    json.StartArray();
    for (const NoisyPair& pair : summary.neighbors) {
        json.StartObject();
        put_name(json, "victim", pair.victim);
        put_name(json, "culprit", pair.culprit);
        put(json, "ns", pair.ns);
        put(json, "share", std::optional(pair.share));
        json.EndObject();
    }
    json.EndArray();
}

void put_noisy_section(fmt::memory_buffer& out, const Summary& summary) {
    if (summary.neighbors.empty()) {
        return;
    }
    put(out,
        "<h2>Noisy neighbors</h2>\n<p class=\"dim\">Whose CPU time the "
        "threads of each cgroup waited for.</p>\n"
        "<div class=\"scroll\"><table class=\"sort\"><thead><tr><th "
        "class=\"l\">Waited</th><th class=\"l\">For</th>"
        "<th>Time</th><th>Share of its waits</th></tr></thead><tbody>\n");
    for (std::size_t at = 0; at < std::min(summary.neighbors.size(), kMaxPageRows); ++at) {
        const NoisyPair& pair = summary.neighbors[at];
        put(out, "<tr><td class=\"l name\">");
        put_html(out, pair.victim);
        put(out, "</td><td class=\"l name\">");
        put_html(out, pair.culprit);
        put_markup(out, R"(</td><td data-v="{}">{}</td><td data-v="{:.6f}">{:.1f} %</td></tr>)", pair.ns,
                   duration_text(pair.ns).view(), pair.share, 100 * pair.share);
        put(out, "\n");
    }
    put(out, "</tbody></table></div>\n");
}

}  // namespace tsa
