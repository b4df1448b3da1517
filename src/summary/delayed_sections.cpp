// SPDX-License-Identifier: MIT
// See delayed_sections.h.
#include "summary/delayed_sections.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "output/verdict_json.h"
#include "text/html.h"
#include "text/sanitize.h"
#include "text/units.h"
#include "text/waker_text.h"

namespace tsa {

namespace {

constexpr std::size_t kTimeCells = 9;
constexpr std::size_t kNamedWakers = 4;
/// Of a smaller share of the waits' time nothing is said.
constexpr double kLeastShare = 0.01;

const DelayVerdict* verdict_of(const std::optional<DelayVerdict>& verdict) {
    return verdict ? &*verdict : nullptr;
}

std::uint64_t lifetime_ns(const WorstThread& worst) {
    std::uint64_t sum = 0;
    for (const std::uint64_t ns : worst.state_ns) {
        sum += ns;
    }
    return sum;
}

/// "mysqld/connection (4178)".
std::string name_of(const WorstThread& worst) {
    const std::string process = printable(worst.process);
    const std::string thread = printable(worst.comm);
    return fmt::format("{} ({})", thread == process ? process : process + "/" + thread, worst.thread.tid);
}

/// "4190 page_cleaner 92 % (212 waits, longest 90.0 ms)": those with the most time.
std::vector<std::string> woken_words(const WorstThread& worst) {
    const std::uint64_t all_ns = worst.woken.total_ns();
    std::vector<std::string> words;
    for (const WokenBy& by : worst.woken.wakers) {
        const bool is_small = static_cast<double>(by.total_ns) < kLeastShare * static_cast<double>(all_ns);
        if (words.size() == kNamedWakers || (is_small && !words.empty())) {
            break;
        }
        words.push_back(fmt::format("{} {} % ({} wait{}, longest {})", waker_text(by.who),
                                    share_text(by.total_ns, all_ns).view(), by.count, by.count == 1 ? "" : "s",
                                    duration_text(by.longest_ns).view()));
    }
    return words;
}

void put_line(SummaryLines& lines, std::uint64_t delay_ns, const std::string& name, const DelayVerdict* verdict) {
    lines.right(duration_text(delay_ns).view(), kTimeCells);
    lines.add("  " + name);
    lines.end();
    if (verdict != nullptr) {
        lines.wrapped("             ", verdict->text);
    }
}

std::string name_of(const WorstProcess& worst) {
    return fmt::format("{} ({}), {} delayed thread{}", printable(worst.comm), worst.tgid, worst.threads,
                       worst.threads == 1 ? "" : "s");
}

void put_woken(Json& json, const WokenTable& woken) {
    put_key(json, "woken_by");
    json.StartArray();
    for (const WokenBy& by : woken.wakers) {
        const bool is_thread = by.who.kind == WakerKind::thread;
        const auto number = [&](std::uint64_t id) {
            return is_thread && id != 0 ? std::optional(id) : std::optional<std::uint64_t>();
        };
        json.StartObject();
        put(json, "tid", number(by.who.tid));
        put(json, "start_time_ns", number(by.who.start_time_ns));
        put(json, "tgid", number(by.who.tgid));
        put_name_or_null(json, "comm", is_thread ? by.who.comm_view() : std::string_view());
        put_name_or_null(json, "interrupt", interrupt_key(by.who.kind));
        put(json, "count", by.count);
        put(json, "total_ns", by.total_ns);
        put(json, "max_ns", by.longest_ns);
        json.EndObject();
    }
    json.EndArray();
}

void put_sentence(fmt::memory_buffer& out, const DelayVerdict* verdict) {
    put(out, "<td class=\"l w\">");
    put_html(out, verdict != nullptr ? std::string_view(verdict->text) : std::string_view("-"));
    put(out, "</td>");
}

void put_head(fmt::memory_buffer& out, std::string_view title, std::string_view first, bool with_wakers) {
    put_markup(out,
               "<h2>{}</h2>\n<div class=\"scroll\"><table class=\"sort\"><thead><tr><th class=\"l\">{}</th><th>ID</th>"
               "<th>Delay</th><th class=\"l\">Why</th>{}</tr></thead><tbody>\n",
               title, first, with_wakers ? "<th class=\"l\">Woken by</th>" : "");
}

void put_row(fmt::memory_buffer& out, std::string_view name, std::uint32_t number, std::uint64_t delay_ns,
             const std::optional<DelayVerdict>& verdict) {
    put(out, "<tr><td class=\"l name\">");
    put_html(out, name);
    put_markup(out, R"(</td><td data-v="{0}">{0}</td><td data-v="{1}">{2}</td>)", number, delay_ns,
               duration_text(delay_ns).view());
    put_sentence(out, verdict_of(verdict));
}

}  // namespace

void put_delayed_lines(SummaryLines& lines, const Summary& summary, std::size_t rows) {
    const auto has_words = [](const WorstThread& worst) { return worst.verdict || !worst.woken.wakers.empty(); };
    const auto is_judged = [](const WorstProcess& worst) { return worst.verdict.has_value(); };
    if (std::ranges::any_of(summary.worst_processes, is_judged)) {
        lines.head("THE MOST DELAYED PROCESSES, AND WHY", "delay of all their threads");
        std::size_t left = rows;
        for (const WorstProcess& worst : summary.worst_processes) {
            if (is_judged(worst) && left != 0) {
                --left;
                put_line(lines, worst.delay_ns, name_of(worst), verdict_of(worst.verdict));
            }
        }
    }
    if (std::ranges::none_of(summary.worst_threads, has_words)) {
        return;
    }
    lines.head("THE MOST DELAYED THREADS, AND WHY", "delay, and its share of the thread's time");
    std::size_t left = rows;
    for (const WorstThread& worst : summary.worst_threads) {
        if (!has_words(worst) || left == 0) {
            continue;
        }
        --left;
        put_line(lines, worst.delay_ns,
                 fmt::format("{:>5} %  {}", share_text(worst.delay_ns, lifetime_ns(worst)).view(), name_of(worst)),
                 verdict_of(worst.verdict));
        if (const std::vector<std::string> woken = woken_words(worst); !woken.empty()) {
            lines.listed("             woken by ", woken, ", ");
        }
    }
}

void put_delayed_json(Json& json, const Summary& summary) {
    put_key(json, "worst_threads");
    json.StartArray();
    for (const WorstThread& worst : summary.worst_threads) {
        json.StartObject();
        put(json, "tid", std::uint64_t{worst.thread.tid});
        put(json, "start_time_ns", worst.thread.start_time_ns);
        put(json, "tgid", std::uint64_t{worst.tgid});
        put_name(json, "comm", worst.comm);
        put_name(json, "process", worst.process);
        put(json, "wall_ns", lifetime_ns(worst));
        put(json, "delay_ns", worst.delay_ns);
        put_verdict(json, verdict_of(worst.verdict));
        put_woken(json, worst.woken);
        json.EndObject();
    }
    json.EndArray();
    put_key(json, "worst_processes");
    json.StartArray();
    for (const WorstProcess& worst : summary.worst_processes) {
        json.StartObject();
        put(json, "tgid", std::uint64_t{worst.tgid});
        put_name(json, "comm", worst.comm);
        put(json, "threads", worst.threads);
        put(json, "delay_ns", worst.delay_ns);
        put_verdict(json, verdict_of(worst.verdict));
        json.EndObject();
    }
    json.EndArray();
}

void put_delayed_section(fmt::memory_buffer& out, const Summary& summary) {
    if (!summary.worst_processes.empty()) {
        put_head(out, "The most delayed processes, and why", "Process", false);
        for (const WorstProcess& worst : summary.worst_processes) {
            put_row(out, worst.comm, worst.tgid, worst.delay_ns, worst.verdict);
            put(out, "</tr>\n");
        }
        put(out, "</tbody></table></div>\n");
    }
    if (summary.worst_threads.empty()) {
        return;
    }
    const bool with_wakers = std::ranges::any_of(summary.worst_threads,
                                                 [](const WorstThread& worst) { return !worst.woken.wakers.empty(); });
    put_head(out, "The most delayed threads, and why", "Thread", with_wakers);
    for (const WorstThread& worst : summary.worst_threads) {
        const std::string name = worst.comm == worst.process ? worst.comm : worst.process + "/" + worst.comm;
        put_row(out, name, worst.thread.tid, worst.delay_ns, worst.verdict);
        if (with_wakers) {
            const std::vector<std::string> woken = woken_words(worst);
            put(out, "<td class=\"l w\">");
            put_html(out, woken.empty() ? std::string("-") : fmt::format("{}", fmt::join(woken, ", ")));
            put(out, "</td>");
        }
        put(out, "</tr>\n");
    }
    put(out, "</tbody></table></div>\n");
}

}  // namespace tsa
