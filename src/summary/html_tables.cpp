// SPDX-License-Identifier: MIT
// See html_tables.h. A cell has its exact number for sorting (data-v) next to the text.
#include "summary/html_tables.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "summary/html.h"
#include "text/cells.h"
#include "text/html.h"
#include "text/time_text.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr std::string_view kAbsent = "<td>-</td>";

void put_number(fmt::memory_buffer& out, std::uint64_t value, std::string_view words) {
    put_markup(out, R"(<td data-v="{}">{}</td>)", value, value == 0 ? "·" : words);
}

void put_duration(fmt::memory_buffer& out, std::uint64_t ns, bool measured) {
    measured ? put_number(out, ns, duration_text(ns).view()) : put(out, kAbsent);
}

void put_bytes(fmt::memory_buffer& out, std::uint64_t bytes, bool measured) {
    measured ? put_number(out, bytes, bytes_text(bytes).view()) : put(out, kAbsent);
}

void put_count(fmt::memory_buffer& out, std::uint64_t count, bool measured = true) {
    measured ? put_number(out, count, fmt::format("{}", count)) : put(out, kAbsent);
}

/// The states' shares of the wall time as a small bar.
void put_mix(fmt::memory_buffer& out, const SummaryGroup& group) {
    put(out, "<td class=\"l\"><div class=\"mix\">");
    constexpr double kVisible = 0.5;
    for (const StateInfo& state : state_table()) {
        const std::uint64_t ns = group.state_ns[index(state.state)];
        const double percent =
            group.wall_ns == 0 ? 0 : 100.0 * static_cast<double>(ns) / static_cast<double>(group.wall_ns);
        if (percent >= kVisible) {
            put_markup(out, R"(<i class="c-{}" style="width:{:.1f}%" title="{} {:.1f} %"></i>)", state.key, percent,
                       state.label, percent);
        }
    }
    put(out, "</div></td>");
}

/// `network`: a group of the table has network bytes.
void put_numbers(fmt::memory_buffer& out, const SummaryGroup& group, bool network) {
    const auto known = [&](Measured what) { return (group.measured & what) != 0; };
    put_count(out, group.threads);
    put_count(out, group.ended);
    put_mix(out, group);
    put_duration(out, latency_ns(group.state_ns), true);
    for (const StateInfo& state : state_table()) {
        put_duration(out, group.state_ns[index(state.state)], known(measured_bit(state.state)));
    }
    for (const PartInfo& part : kParts) {
        put_duration(out, group.part_ns[part.part], known(measured_bit(part.part)));
    }
    put_count(out, group.voluntary_switches, known(kMeasuredSwitches));
    put_count(out, group.involuntary_switches, known(kMeasuredSwitches));
    // A kernel thread has no user memory.
    put_bytes(out, group.max_rss_bytes, group.max_rss_bytes != 0);
    put_bytes(out, group.read_bytes, known(kMeasuredIo));
    put_bytes(out, group.write_bytes, known(kMeasuredIo));
    if (network) {
        put_bytes(out, group.net_rx_bytes, known(kMeasuredNetwork));
        put_bytes(out, group.net_tx_bytes, known(kMeasuredNetwork));
    }
}

void put_head(fmt::memory_buffer& out, bool threads, bool network) {
    put(out, "<thead><tr>");
    put_markup(out, R"(<th class="l" title="name, as the kernel has it">{}</th>)", threads ? "Thread" : "Process");
    put(out, threads ? "<th class=\"l\" title=\"name of its process\">Process</th>" : "");
    put(out,
        "<th title=\"different threads that were seen\">Threads</th>"
        "<th title=\"of them, ended in this time\">Ended</th>"
        "<th class=\"l\" title=\"the states' shares of its threads' time\">Where its time went</th>"
        "<th aria-sort=\"descending\" title=\"time in which it was ready to continue and could not: cpu, io, swap, "
        "mem, "
        "lock wait and D\">Delay</th>");
    for (const StateInfo& state : state_table()) {
        put_markup(out, R"(<th title="{}">{}</th>)", state.meaning, state.label);
    }
    for (const PartInfo& part : kParts) {
        put_markup(out, R"(<th title="{}">{}</th>)", part.help, part.label);
    }
    put(out,
        "<th title=\"times that it gave up the CPU by blocking\">Vol. sw.</th>"
        "<th title=\"times that the CPU was taken from it\">Invol. sw.</th>"
        "<th title=\"largest resident memory of one of its processes\">Max RSS</th>"
        "<th title=\"read from storage\">Read</th><th title=\"written to storage\">Written</th>");
    put(out, network ? "<th title=\"through sockets of IPv4 and IPv6\">Received</th>"
                       "<th title=\"through sockets of IPv4 and IPv6\">Sent</th>"
                     : "");
    put(out, "</tr></thead>\n");
}

/// What the table leaves out, as one row.
void put_rest(fmt::memory_buffer& out, std::span<const SummaryGroup> rest, bool threads, bool network) {
    SummaryGroup sum;
    for (const SummaryGroup& group : rest) {
        sum.threads += group.threads;
        sum.ended += group.ended;
        sum.wall_ns += group.wall_ns;
        sum.part_ns += group.part_ns;
        sum.voluntary_switches += group.voluntary_switches;
        sum.involuntary_switches += group.involuntary_switches;
        sum.read_bytes += group.read_bytes;
        sum.write_bytes += group.write_bytes;
        sum.net_rx_bytes += group.net_rx_bytes;
        sum.net_tx_bytes += group.net_tx_bytes;
        sum.max_rss_bytes = std::max(sum.max_rss_bytes, group.max_rss_bytes);
        sum.measured = static_cast<Measured>(sum.measured & group.measured);
        for (std::size_t state = 0; state < kStateCount; ++state) {
            sum.state_ns[state] += group.state_ns[state];
        }
    }
    put_markup(out, R"(<tfoot><tr><td class="l">{} more names</td>{})", rest.size(), threads ? "<td></td>" : "");
    put_numbers(out, sum, network);
    put(out, "</tr></tfoot>\n");
}

void put_name(fmt::memory_buffer& out, std::string_view name) {
    put(out, "<td class=\"l name\">");
    put_html(out, name.empty() ? std::string_view("(no name)") : name);
    put(out, "</td>");
}

}  // namespace

namespace {

void put_table(fmt::memory_buffer& out, std::span<const SummaryGroup> groups, bool threads, std::string_view title,
               std::string_view words) {
    const std::span<const SummaryGroup> listed = groups.first(std::min(groups.size(), kMaxHtmlRows));
    const bool network =
        std::ranges::any_of(groups, [](const SummaryGroup& group) { return (group.measured & kMeasuredNetwork) != 0; });
    put_markup(out, "<h2>{}</h2>\n<p class=\"dim\">{}</p>\n", title, words);
    put(out, "<div class=\"scroll\"><table class=\"sort\">");
    put_head(out, threads, network);
    put(out, "<tbody>\n");
    for (const SummaryGroup& group : listed) {
        put(out, "<tr>");
        if (threads) {
            put_name(out, group.thread);
        }
        put_name(out, group.process);
        put_numbers(out, group, network);
        put(out, "</tr>\n");
    }
    put(out, "</tbody>\n");
    if (listed.size() < groups.size()) {
        put_rest(out, groups.subspan(listed.size()), threads, network);
    }
    put(out, "</table></div>\n");
}

}  // namespace

void put_group_table(fmt::memory_buffer& out, const Summary& summary, bool threads) {
    put_table(out, threads ? summary.by_thread : summary.by_process, threads, threads ? "Threads" : "Processes",
              threads ? "All threads, by name; the longest delays first. Times are sums over the threads of that name."
                      : "All processes, by name; the longest delays first. Times are sums over all threads of the "
                        "processes of that name.");
}

void put_by_group_table(fmt::memory_buffer& out, const Summary& summary) {
    if (!summary.by) {
        return;
    }
    std::string title(info(*summary.by).many);
    title.front() = static_cast<char>(title.front() - 'a' + 'A');
    put_table(out, summary.by_group, false, title,
              "The longest delays first. Times are sums over all threads of each; threads are the most at a time.");
}

void put_worst_waits(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context) {
    if (summary.worst.empty()) {
        return;
    }
    put(out,
        "<h2>Worst waits</h2>\n<p class=\"dim\">Single waits that were open when an interval ended, the longest of "
        "each "
        "state. When one ended is known to an interval.</p>\n"
        "<div class=\"scroll\"><table class=\"sort\"><thead><tr><th class=\"l\">State</th><th>At least</th>"
        "<th>At most</th><th class=\"l\">Thread</th><th>TID</th><th class=\"l\">Process</th>"
        "<th class=\"l\">Waits on</th><th class=\"l\">Held by</th><th>Last seen</th></tr></thead><tbody>\n");
    for (const WorstWait& wait : summary.worst) {
        const StateInfo& state = info(wait.state);
        put_markup(out, R"(<tr><td class="l"><span class="sw c-{}"></span>{}</td>)", state.key, state.label);
        put_markup(out, R"(<td data-v="{}">{}{}</td>)", wait.at_least_ns, wait.began_unseen ? "≥ " : "",
                   duration_text(wait.at_least_ns).view());
        if (wait.at_most_ns) {
            put_duration(out, *wait.at_most_ns, true);
        } else {
            put(out, "<td>still open</td>");
        }
        put_name(out, wait.comm);
        put_markup(out, "<td data-v=\"{0}\">{0}</td>", wait.thread.tid);
        put_name(out, wait.process);
        put(out, "<td class=\"l name\">");
        put_html(out, wait.wait_on.empty() ? std::string_view("-") : wait.wait_on);
        put(out, "</td><td class=\"l name\">");
        if (wait.owner_tid != 0) {
            put_markup(out, "{} ", wait.owner_tid);
            put_html(out, wait.owner_exited ? std::string_view("exited without unlocking") : wait.owner_comm);
        } else {
            put(out, "-");
        }
        put_markup(out,
                   R"(</td><td data-v="{}">{}</td></tr>)"
                   "\n",
                   wait.seen_unix_ns, clock_text(wait.seen_unix_ns, context.utc_offsets).view());
    }
    put(out, "</tbody></table></div>\n");
}

}  // namespace tsa
