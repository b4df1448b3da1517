// SPDX-License-Identifier: MIT
// See html.h. The document from its head to its end; the charts, the tables and the constant parts are in separate
// files.
#include "summary/html.h"

#include <algorithm>
#include <string_view>

#include "base/time_units.h"
#include "summary/delayed_sections.h"
#include "summary/html_chart.h"
#include "summary/html_page.h"
#include "summary/html_tables.h"
#include "summary/noisy.h"
#include "summary/stack_sections.h"
#include "text/cells.h"
#include "text/html.h"
#include "text/system_text.h"
#include "text/time_text.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr std::size_t kMaxCommandCharacters = 300;

void put_head(fmt::memory_buffer& out, const SummaryContext& context) {
    put(out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "script-src '");
    put(out, html_script_hash());
    put(out,
        "'; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
        "<meta name=\"generator\" content=\"rstat-tsa\">\n<title>");
    put_html(out, context.host.empty() ? std::string_view("rstat-tsa") : context.host);
    put(out, ": where threads spent their time</title>\n<style>");
    put_html_style(out);
    put(out, "</style></head>\n<body>\n");
}

template <class PutValue>
void put_fact(fmt::memory_buffer& out, std::string_view label, PutValue put_value) {
    put_markup(out, "<div><dt>{}</dt><dd>", label);
    put_value();
    put(out, "</dd></div>");
}

void put_facts(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context) {
    put(out, "<dl class=\"facts\">");
    put_fact(out, "Length", [&] { put(out, duration_text(summary.elapsed_ns).view()); });
    put_fact(out, "Intervals", [&] {
        put_markup(out, "{}", summary.intervals);
        if (context.interval_ms != 0) {
            put_markup(out, " of {}", duration_text(context.interval_ms * kNsPerMs).view());
        }
    });
    put_fact(out, "CPUs", [&] { put_markup(out, "{}", summary.cpus); });
    put_fact(out, "Threads seen", [&] { put_markup(out, "{}", summary.threads_seen); });
    put_fact(out, "Of them ended", [&] { put_markup(out, "{}", summary.threads_ended); });
    put_fact(out, "Measured by", [&] {
        put(out, summary.source == Source::procfs ? std::string_view("/proc") : std::string_view("scheduler probes"));
    });
    if (!context.kernel.empty()) {
        put_fact(out, "Kernel", [&] {
            put_html(out, context.kernel);
            put(out, " ");
            put_html(out, context.machine);
        });
    }
    if (!context.filters.empty()) {
        put_fact(out, "Threads recorded", [&] {
            std::string_view comma;
            for (const std::string& filter : context.filters) {
                put(out, comma);
                put_html(out, filter);
                comma = ", ";
            }
        });
    }
    put_fact(out, "Its end",
             [&] { put_html(out, context.end_reason.empty() ? std::string_view("not known") : context.end_reason); });
    put(out, "</dl>\n");
}

/// Everything that limits the numbers.
void put_warnings(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context) {
    if (summary.health.lost() == 0 && context.remarks.empty()) {
        return;
    }
    const Health& health = summary.health;
    put(out, "<div class=\"warn\"><h3>Incomplete data</h3><ul>");
    const auto tell = [&](std::uint64_t count, std::string_view words) {
        if (count != 0) {
            put_markup(out, "<li>{} {}</li>", count, words);
        }
    };
    tell(health.threads_without_slot, "threads without a slot: only in the sums");
    tell(health.exit_records_lost, "exit records dropped: the last part of these threads is only in the sums");
    tell(health.exits_folded, "ends of threads beyond the bound of one interval: only in the sums");
    tell(health.torn_reads, "threads skipped in an interval: being written");
    tell(health.storage_failures, "threads not followed: out of memory");
    for (const std::string& remark : context.remarks) {
        put(out, "<li>");
        put_html(out, remark);
        put(out, "</li>");
    }
    put(out, "</ul></div>\n");
}

void put_header(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context) {
    put(out, "<header><h1>Where threads spent their time");
    if (!context.host.empty()) {
        put(out, " on ");
        put_html(out, context.host);
    }
    put_markup(out, "</h1>\n<p>{}", span_text(summary.begin_unix_ns, summary.end_unix_ns, context.utc_offsets));
    if (!context.title.empty()) {
        put(out, " <span class=\"dim\">·</span> <code>");
        put_html(out, context.title);
        put(out, "</code>");
    }
    put(out, "</p>\n");
    if (!context.command.empty()) {
        std::string command;
        for (const std::string& argument : context.command) {
            command += (command.empty() ? "" : " ") + argument;
        }
        put(out, "<p>Command: <code>");
        put_html_cut(out, command, kMaxCommandCharacters);
        put(out, "</code></p>\n");
    }
    if (context.capture) {
        put(out, "<p>Captured when ");
        put_html(out, capture_words(*context.capture, context.utc_offsets));
        put(out, "</p>\n");
    }
    put_facts(out, summary, context);
    put_warnings(out, summary, context);
    put(out, "</header>\n");
}

/// `number`: as in the charts.
void put_finding(fmt::memory_buffer& out, const Summary& summary, const SummaryFinding& finding, std::size_t number,
                 const SummaryContext& context) {
    put_markup(out, R"(<div class="finding" data-no="{0}"><div class="no">{0}</div><div><h3>{1}</h3><p>)", number,
               finding_title(finding.kind));
    put_html(out, finding.words);
    put(out, "</p>");
    if (!finding.figures.empty()) {
        put(out, "<ul>");
        for (const std::string& figure : finding.figures) {
            put(out, "<li>");
            put_html(out, figure);
            put(out, "</li>");
        }
        put(out, "</ul>");
    }
    if (finding.to_unix_ns > finding.from_unix_ns && finding.open) {
        put_markup(out, R"(<p class="dim">since {}, to the end of the recording</p>)",
                   clock_text(finding.from_unix_ns, context.utc_offsets).view());
    } else if (finding.to_unix_ns > finding.from_unix_ns) {
        put_markup(out, R"(<p class="dim">{} to {}, worst at {}; {} in all</p>)",
                   clock_text(finding.from_unix_ns, context.utc_offsets).view(),
                   clock_text(finding.to_unix_ns, context.utc_offsets).view(),
                   clock_text(finding.worst_at_unix_ns, context.utc_offsets).view(),
                   duration_text(finding.total_ns).view());
    }
    if (!finding.next.empty()) {
        put(out, "<p><b>Next:</b> ");
        put_html(out, finding.next);
        put(out, "</p>");
    }
    if (finding.scope == FindingScope::recorded) {
        put_stack_link(out, summary, finding.kind);
    }
    put(out, "</div></div>\n");
}

void put_findings(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context, FindingScope scope) {
    const bool machine = scope == FindingScope::machine;
    put_markup(out, "<h2>What looks wrong{}</h2>\n",
               machine            ? " on the machine"
               : summary.filtered ? " in the recorded threads"
                                  : "");
    if (std::ranges::none_of(summary.findings, [&](const SummaryFinding& finding) { return finding.scope == scope; })) {
        put(out, "<p>Nothing stands out: no shortage of CPUs, no lock with a queue, no stall.</p>\n");
    }
    for (std::size_t at = 0; at < summary.findings.size(); ++at) {
        if (summary.findings[at].scope == scope) {
            put_finding(out, summary, summary.findings[at], at + 1, context);
        }
    }
}

void put_state(fmt::memory_buffer& out, const Spread& spread, std::uint64_t ns, std::uint64_t wall_ns,
               const SummaryContext& context) {
    put_markup(out, "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}{}</td></tr>\n",
               average_text(spread.mean).view(), average_text(spread.max).view(),
               spread.max > 0 ? clock_text(spread.max_at_unix_ns, context.utc_offsets).view() : "",
               duration_text(ns).view(), share_text(ns, wall_ns).view(), ns > 0 && wall_ns > 0 ? " %" : "");
}

/// The glossary, with the total of each state.
void put_states(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context, FindingScope scope) {
    const bool recorded = summary.filtered && scope == FindingScope::recorded;
    const PerState<std::uint64_t>& total_ns = recorded ? summary.recorded_ns : summary.total_ns;
    const PerState<Spread>& threads_in = recorded ? summary.recorded_in : summary.threads_in;
    std::uint64_t wall_ns = 0;
    for (const std::uint64_t ns : total_ns) {
        wall_ns += ns;
    }
    put_markup(out, "<h2>{}</h2>\n<p class=\"dim\">At each instant a thread is in exactly one of them. Over {}:</p>\n",
               scope == FindingScope::machine ? "The states of the machine's threads" : "The states",
               recorded ? "the recorded threads" : "all threads of the machine");
    put(out,
        "<div class=\"scroll\"><table><thead><tr><th class=\"l\">State</th>"
        "<th class=\"l\">A thread is in it when it is ...</th><th>Threads in it, average</th><th>Most</th><th>At</th>"
        "<th>Time</th><th>Share</th></tr></thead><tbody>\n");
    for (const StateInfo& state : state_table()) {
        put_markup(out, R"(<tr><td class="l"><span class="sw c-{}"></span>{}</td><td class="l w">{}</td>)", state.key,
                   state.label, state.meaning);
        if ((summary.measured & measured_bit(state.state)) == 0) {
            put(out, "<td>-</td><td>-</td><td>-</td><td>-</td><td>-</td></tr>\n");
            continue;
        }
        put_state(out, threads_in[index(state.state)], total_ns[index(state.state)], wall_ns, context);
    }
    put(out, "</tbody></table></div>\n");
}

void put_spread(fmt::memory_buffer& out, std::string_view title, const Spread& spread, SystemUnit unit,
                const SummaryContext& context) {
    put_markup(out, "<tr><td class=\"l\">{}</td>", title);
    if (spread.intervals == 0) {
        put(out, "<td>-</td><td>-</td><td>-</td><td>-</td></tr>\n");
        return;
    }
    put_markup(out, "<td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", system_text(spread.mean, unit).view(),
               system_text(spread.min, unit).view(), system_text(spread.max, unit).view(),
               clock_text(spread.max_at_unix_ns, context.utc_offsets).view());
}

void put_machine(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context) {
    put(out,
        "<h2>The machine</h2>\n<div class=\"scroll\"><table><thead><tr><th class=\"l\"></th><th>Average</th>"
        "<th>Least</th><th>Most</th><th>At</th></tr></thead><tbody>\n");
    put_spread(out, "Threads", summary.threads, SystemUnit::count, context);
    for (const SystemColumn& column : system_columns()) {
        if (!column.reports.title.empty()) {
            put_spread(out, column.reports.title, summary.of_column(column.key), column.unit, context);
        }
    }
    put(out, "</tbody></table></div>\n");
}

void put_foot(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context) {
    put(out,
        "<footer class=\"dim\"><p><small>A dash is not measured, a dot is a measured zero. The program itself used ");
    put(out, duration_text(summary.own_cpu_ns).view());
    put(out, " of CPU time. Recorded by rstat-tsa ");
    put_html(out, context.version);
    put(out, ", report by ");
    put_html(out, context.program_version);
    put(out, ".</small></p></footer>\n");
}

}  // namespace

std::string write_summary_html(const Summary& summary, const SummaryContext& context) {
    fmt::memory_buffer out;
    put_head(out, context);
    put_header(out, summary, context);
    put(out, "<main>\n");
    put_findings(out, summary, context, FindingScope::recorded);
    put_charts(out, summary, context);
    put_delayed_section(out, summary);
    put_noisy_section(out, summary);
    put_stack_section(out, summary, context);
    put_by_group_table(out, summary);
    put_group_table(out, summary, false);
    put_group_table(out, summary, true);
    put_worst_waits(out, summary, context);
    put_states(out, summary, context, FindingScope::recorded);
    if (summary.filtered) {
        put_findings(out, summary, context, FindingScope::machine);
        put_states(out, summary, context, FindingScope::machine);
    }
    put_machine(out, summary, context);
    put(out, "</main>\n");
    put_foot(out, summary, context);
    put(out, "<script>");
    put(out, html_script());
    put(out, "</script>\n</body></html>\n");
    return fmt::to_string(out);
}

}  // namespace tsa
