// SPDX-License-Identifier: MIT
// See html_chart.h. A drawing has 10,000 by 1000 units and is scaled to the available width; labels are HTML next to
// it, so that they keep their size. Every slice is drawn as a step: its number is an average over it.
#include "summary/html_chart.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/time_units.h"
#include "summary/html_axis.h"
#include "text/cells.h"
#include "text/html.h"
#include "text/units.h"

namespace tsa {

namespace {

/// From the bottom of the stack to the top.
constexpr std::array kStacked = [] {
    std::array<ThreadState, static_cast<std::size_t>(std::ranges::count_if(state_table(), is_load, &StateInfo::state))>
        stacked{};
    std::size_t at = 0;
    for (const StateInfo& state : state_table()) {
        if (is_load(state.state)) {
            stacked[at++] = state.state;
        }
    }
    return stacked;
}();

struct PercentLine {
    std::string_view key, label;
    std::optional<double> SummarySlice::*of_slice;
    std::string_view column;  ///< of the whole
};
constexpr std::array<PercentLine, 4> kLines{
    {{"busy", "CPUs busy", &SummarySlice::cpu_busy_pct, "cpu_busy_pct"},
     {"stall_cpu", "stalled: cpu", &SummarySlice::stall_cpu_pct, "psi_cpu_some_pct"},
     {"stall_io", "stalled: io", &SummarySlice::stall_io_pct, "psi_io_some_pct"},
     {"stall_memory", "stalled: memory", &SummarySlice::stall_memory_pct, "psi_memory_some_pct"}}};

/// 1, 2 or 5 times a power of ten, such that `whole` is about `count` of them.
double round_step(double whole, int count) {
    const double rough = std::max(whole, 1e-9) / count;
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (rough <= factor * power * 1.001) {
            return factor * power;
        }
    }
    return 10 * power;
}

void put_value_ticks(fmt::memory_buffer& out, double top, double step, std::string_view unit) {
    for (double value = 0; value <= top * 1.001; value += step) {
        put_markup(
            out,
            R"(<div class="gy" style="bottom:{0:.3f}%"></div><span class="y" style="bottom:{0:.3f}%">{1:g}{2}</span>)",
            100 * value / top, std::round(value * 1e6) / 1e6, unit);
    }
}

/// The upper edge of one series as steps, closed along the bottom. `height` gives 0 to 1.
template <class Height>
void put_area(fmt::memory_buffer& out, std::span<const SummarySlice> slices, const TimeAxis& axis, Height height) {
    put(out, "M0 1000");
    long last = 0;
    for (const SummarySlice& slice : slices) {
        const long from = axis.x(slice.from_ns);
        if (from > last + 1) {  // nothing is known of the time between
            put_markup(out, "V1000H{}", from);
        }
        last = axis.x(slice.to_ns);
        put_markup(out, "V{}H{}", std::lround((1 - height(slice)) * kChartHeight), last);
    }
    put(out, "V1000Z");
}

/// A line with gaps where there is no value.
void put_line(fmt::memory_buffer& out, std::span<const SummarySlice> slices, const TimeAxis& axis,
              std::optional<double> SummarySlice::*member) {
    long last = -2;
    for (const SummarySlice& slice : slices) {
        const std::optional<double> value = slice.*member;
        if (!value) {
            last = -2;
            continue;
        }
        const long from = axis.x(slice.from_ns);
        const long y = std::lround(kChartHeight - std::clamp(*value, 0.0, 100.0) / 100 * kChartHeight);
        from > last + 1 || last < 0 ? put_markup(out, "M{} {}", from, y) : put_markup(out, "V{}", y);
        last = axis.x(slice.to_ns);
        put_markup(out, "H{}", last);
    }
}

/// Threads in each state: of a recording with a filter, those that were recorded.
const PerState<double>& drawn_in(const Summary& summary, const SummarySlice& slice) {
    return summary.filtered ? slice.recorded_in : slice.threads_in;
}

double stack_up_to(const PerState<double>& threads_in, std::size_t series) {
    double sum = 0;
    for (std::size_t at = 0; at <= series; ++at) {
        sum += threads_in[index(kStacked[at])];
    }
    return sum;
}

/// A round number above the whole stack, and above the CPUs' line unless that would flatten the rest.
double top_of(const Summary& summary) {
    double highest = 0;
    for (const SummarySlice& slice : summary.slices) {
        highest = std::max(highest, stack_up_to(drawn_in(summary, slice), kStacked.size() - 1));
    }
    const double cpus = summary.cpus;
    if (cpus > highest && cpus < 2.5 * highest) {
        highest = cpus;
    }
    highest = std::max(highest, 0.01) * 1.05;
    const double step = round_step(highest, 5);
    return std::ceil(highest / step) * step;
}

void put_legend_head(fmt::memory_buffer& out) {
    put(out, "<ul class=\"legend\">");
}

void put_stack_legend(fmt::memory_buffer& out, const Summary& summary) {
    put_legend_head(out);
    for (std::size_t series = 0; series < kStacked.size(); ++series) {
        const StateInfo& state = info(kStacked[series]);
        const bool measured = (summary.measured & measured_bit(state.state)) != 0;
        put_markup(
            out,
            R"(<li><button type="button" data-series="{0}" aria-pressed="true" title="{1}"><span class="sw c-{2}">)"
            R"(</span>{3}<b data-value="{0}">)",
            series, state.meaning, state.key, state.label);
        const PerState<Spread>& threads_in = summary.filtered ? summary.recorded_in : summary.threads_in;
        put(out, measured ? average_text(threads_in[index(state.state)].mean).view() : std::string_view("-"));
        put(out, "</b></button></li>");
    }
    put(out, "</ul>");
}

/// Where the number of a finding is placed above the chart: next to those already placed.
double free_place(double wanted, std::vector<double>& taken) {
    constexpr double kWidthPercent = 4;  // of a number, on a narrow screen
    const auto is_near = [&](double other) { return std::abs(other - wanted) < kWidthPercent; };
    // Each step to the right passes at least one of them.
    for (std::size_t tries = 0; tries < taken.size() && std::ranges::any_of(taken, is_near); ++tries) {
        wanted += kWidthPercent;
    }
    taken.push_back(wanted);
    return std::min(wanted, 100.0);
}

/// Drawn in the background. `tags`: with their numbers above.
void put_findings(fmt::memory_buffer& out, const Summary& summary, const TimeAxis& axis, bool tags) {
    constexpr double kNearlyAll = 90;  // a background everywhere has no meaning
    constexpr std::size_t kBarPx = 4, kRowsOfBars = 4;
    std::vector<double> taken;
    for (std::size_t at = 0; at < summary.findings.size(); ++at) {
        const SummaryFinding& finding = summary.findings[at];
        if (finding.to_unix_ns <= finding.from_unix_ns) {
            continue;
        }
        const double left = axis.at_unix(finding.from_unix_ns) * 100;
        const double right = axis.at_unix(finding.to_unix_ns) * 100;
        const std::size_t row = tags ? taken.size() % kRowsOfBars : 0;
        put_markup(out, R"(<div class="band{}" data-no="{}" style="left:{:.3f}%;width:{:.3f}%;top:{}px"></div>)",
                   right - left > kNearlyAll ? " all" : "", at + 1, left, right - left, row * kBarPx);
        if (tags) {
            put_markup(out, R"(<span class="tag" style="left:{:.3f}%">{}</span>)",
                       free_place((left + right) / 2, taken), at + 1);
        }
    }
}

void put_stack(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context, const TimeAxis& axis) {
    const double top = top_of(summary);
    put(out,
        "<div class=\"chart tall\" role=\"img\" aria-label=\"threads on average in exec and the latency states over "
        "time; the tables below have the numbers\">");
    put_value_ticks(out, top, round_step(top, 5), "");
    put_time(out, axis, context);
    put_findings(out, summary, axis, true);
    put(out, "<svg viewBox=\"0 0 10000 1000\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    // The whole stack first, then smaller and smaller parts over it.
    for (std::size_t series = kStacked.size(); series-- > 0;) {
        put_markup(out, R"(<path class="area c-{}" data-series="{}" d=")", info(kStacked[series]).key, series);
        put_area(out, summary.slices, axis,
                 [&](const SummarySlice& slice) { return stack_up_to(drawn_in(summary, slice), series) / top; });
        put(out, "\"/>");
    }
    put(out, "</svg>");
    if (summary.cpus > 0 && summary.cpus <= top) {
        put_markup(out, R"(<div class="cpus" style="bottom:{:.3f}%"><span>{} CPU{}</span></div>)",
                   100 * summary.cpus / top, summary.cpus, summary.cpus == 1 ? "" : "s");
    }
    put(out, "<div class=\"cursor\"></div></div>\n");
}

void put_percents(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context,
                  const TimeAxis& axis) {
    put_legend_head(out);
    for (std::size_t at = 0; at < kLines.size(); ++at) {
        const Spread& spread = summary.of_column(kLines[at].column);
        put_markup(out, R"(<li><button type="button" disabled><span class="sw c-{}"></span>{}<b data-value="{}">)",
                   kLines[at].key, kLines[at].label, 100 + at);
        spread.intervals > 0 ? put_markup(out, "{:.0f} %", spread.mean) : put(out, "-");
        put(out, "</b></button></li>");
    }
    put(out,
        "</ul><div class=\"chart low\" role=\"img\" aria-label=\"share of the time in which the CPUs were busy, and "
        "in which some thread stalled\">");
    put_value_ticks(out, 100, 50, " %");
    put_time(out, axis, context);
    put_findings(out, summary, axis, false);
    put(out, "<svg viewBox=\"0 0 10000 1000\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for (std::size_t at = 0; at < kLines.size(); ++at) {
        if (at == 0) {
            put_markup(out, R"(<path class="soft c-{}" d=")", kLines[at].key);
            put_area(out, summary.slices, axis, [](const SummarySlice& slice) {
                return std::clamp(slice.cpu_busy_pct.value_or(0), 0.0, 100.0) / 100;
            });
            put(out, "\"/>");
        }
        put_markup(out, R"(<path class="line c-{}" d=")", kLines[at].key);
        put_line(out, summary.slices, axis, kLines[at].of_slice);
        put(out, "\"/>");
    }
    put(out, "</svg>");
    put(out, "<div class=\"cursor\"></div></div>\n");
}

/// Numbers only: it contains no names.
void put_data(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context, const TimeAxis& axis) {
    const auto local_ms = [&](std::uint64_t unix_ns) {
        return static_cast<std::int64_t>(unix_ns / kNsPerMs) + context.utc_offsets.at(unix_ns) * 1000;
    };
    put_markup(out, R"(<script type="application/json" id="data">{{"begin":0,"end":{},"top":{:.6g},"states":[)",
               std::max<std::uint64_t>(axis.length_ns() / kNsPerMs, 1), top_of(summary));
    std::string_view comma;
    const auto separate = [&] {
        put(out, comma);
        comma = ",";
    };
    for (const ThreadState state : kStacked) {
        separate();
        put_markup(out, "\"{}\"", info(state).key);
    }
    put(out, "],\"at\":[");
    comma = {};
    for (const SummarySlice& slice : summary.slices) {
        separate();
        put_markup(out, "[{},{}]", axis.ms(slice.from_ns), axis.ms(slice.to_ns));
    }
    put(out, "],\"local\":[");
    comma = {};
    for (const SummarySlice& slice : summary.slices) {
        separate();
        put_markup(out, "[{},{}]", local_ms(slice.from_unix_ns), local_ms(slice.to_unix_ns));
    }
    for (std::size_t series = 0; series < kStacked.size(); ++series) {
        put(out, series == 0 ? "],\"in\":[[" : "],[");
        comma = {};
        for (const SummarySlice& slice : summary.slices) {
            separate();
            put_markup(out, "{:.3g}", drawn_in(summary, slice)[index(kStacked[series])]);
        }
    }
    for (std::size_t at = 0; at < kLines.size(); ++at) {
        put(out, at == 0 ? "]],\"pct\":[[" : "],[");
        comma = {};
        for (const SummarySlice& slice : summary.slices) {
            separate();
            const std::optional<double> value = slice.*kLines[at].of_slice;
            value ? put_markup(out, "{:.3g}", *value) : put(out, "null");
        }
    }
    put(out, "]]}</script>\n");
}

}  // namespace

void put_charts(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context) {
    if (summary.slices.empty()) {
        return;
    }
    const TimeAxis axis(summary.slices);
    put_markup(
        out,
        R"(<h2>Over time</h2><p class="dim">{} on average in each state, stacked. Exec and cpu wait above the )"
        R"(dashed line: more to do than there are CPUs.</p><p><small><b id="moment">Averages of the whole time</b></small></p>)",
        summary.filtered ? "Recorded threads" : "Threads");
    put_stack_legend(out, summary);
    put_stack(out, summary, context, axis);
    put_percents(out, summary, context, axis);
    put_data(out, summary, context, axis);
}

}  // namespace tsa
