// SPDX-License-Identifier: MIT
// See stack_sections.h: the page. The data of the flame graphs is JSON in the page; page.js draws them. Without the
// script the tables remain.
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "model/state.h"
#include "summary/stack_sections.h"
#include "text/html.h"
#include "text/sanitize.h"
#include "text/units.h"

namespace tsa {

namespace {

/// A function with less than this share of the state's time is left out of the graph: it would be narrower than a
/// pixel.
constexpr std::uint64_t kNarrowest = 2000;

/// Functions by their callers, with the time in them and below.
struct FlameNode {
    std::uint64_t total_ns = 0;
    std::map<std::string, std::unique_ptr<FlameNode>> callees;

    FlameNode& callee(const std::string& name) {
        std::unique_ptr<FlameNode>& place = callees[name];
        place = place != nullptr ? std::move(place) : std::make_unique<FlameNode>();
        return *place;
    }
};

FlameNode flames_of(const Summary& summary, ThreadState state) {
    FlameNode root;
    for (const StackSum& sum : summary.stacks.sums()) {
        if (sum.state != state || sum.total_ns == 0) {
            continue;
        }
        root.total_ns += sum.total_ns;
        FlameNode* at = &root.callee(printable(summary.stacks.name_of(sum.thread)));
        at->total_ns += sum.total_ns;
        std::vector<std::string_view> frames = frames_of(*sum.stack);
        std::ranges::reverse(frames);
        for (const std::string_view frame : frames) {
            at = &at->callee(printable(frame));
            at->total_ns += sum.total_ns;
        }
    }
    return root;
}

using Json = rapidjson::Writer<rapidjson::StringBuffer>;

/// Numbers of names.
using Names = std::map<std::string, std::size_t>;

/// [name, nanoseconds, [callees]].
void put_node(Json& json, const FlameNode& node, std::size_t name, std::uint64_t least_ns, Names& names) {
    json.StartArray();
    json.Uint64(name);
    json.Uint64(node.total_ns);
    json.StartArray();
    for (const auto& [callee_name, callee] : node.callees) {
        if (callee->total_ns >= least_ns) {
            const std::size_t number = names.try_emplace(callee_name, names.size()).first->second;
            put_node(json, *callee, number, least_ns, names);
        }
    }
    json.EndArray();
    json.EndArray();
}

void put_text(Json& json, std::string_view text) {
    json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

/// The end of a script element must not be in it.
void put_json(fmt::memory_buffer& out, std::string_view json) {
    for (const char c : json) {
        if (c == '<') {
            put_markup(out, "\\u003c");
        } else {
            out.push_back(c);
        }
    }
}

void put_data(fmt::memory_buffer& out, const Summary& summary, const std::vector<ThreadState>& states) {
    rapidjson::StringBuffer buffer;
    Json json(buffer);
    Names names;
    json.StartObject();
    json.Key("states");
    json.StartArray();
    for (const ThreadState state : states) {
        const FlameNode root = flames_of(summary, state);
        const std::size_t name = names.try_emplace(std::string(info(state).label), names.size()).first->second;
        put_node(json, root, name, root.total_ns / kNarrowest, names);
    }
    json.EndArray();
    std::vector<std::string_view> by_number(names.size());
    for (const auto& [name, number] : names) {
        by_number[number] = name;
    }
    json.Key("names");
    json.StartArray();
    for (const std::string_view name : by_number) {
        put_text(json, name);
    }
    json.EndArray();
    json.EndObject();
    put_markup(out, "<script type=\"application/json\" id=\"flames\">");
    put_json(out, {buffer.GetString(), buffer.GetSize()});
    put_markup(out, "</script>\n");
}

void put_functions(fmt::memory_buffer& out, const RecordedStack& stack) {
    std::string_view arrow;
    for (const std::string_view frame : frames_of(stack)) {
        put_html(out, arrow);
        put_html(out, frame);
        arrow = " ← ";
    }
}

void put_table(fmt::memory_buffer& out, const Summary& summary, ThreadState state, std::uint64_t total_ns) {
    const std::vector<StateStack> stacks = stacks_of_state(summary.stacks, state);
    put_markup(out,
               "<div "
               "class=\"scroll\"><table><thead><tr><th>Share</th><th>Time</th><th>{}</th><th>P50</th><th>P99</"
               "th><th>Longest</th>"
               "<th>Threads</th><th class=\"l\">Functions, innermost first</th></tr></thead><tbody>\n",
               state == ThreadState::exec ? "Samples" : "Waits");
    for (std::size_t at = 0; at < std::min(stacks.size(), kReportedStacks); ++at) {
        const StateStack& one = stacks[at];
        const auto length = [](std::optional<std::uint64_t> ns) {
            return std::string(ns.value_or(0) != 0 ? duration_text(*ns).view() : "-");
        };
        put_markup(out,
                   "<tr><td>{} %</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
                   "<td class=\"l w name\">",
                   share_text(one.waits.total_ns, total_ns).view(), duration_text(one.waits.total_ns).view(),
                   one.waits.count, length(wait_quantile_ns(one.waits, kMedian)),
                   length(wait_quantile_ns(one.waits, kNearlyAll)), length(one.waits.max_ns), one.threads);
        put_functions(out, *one.stack);
        put_markup(out, "</td></tr>\n");
    }
    put_markup(out, "</tbody></table></div>\n");
}

/// The state that is shown first: that with the most time, of those of delay if there are any.
ThreadState opened_state(const PerState<std::uint64_t>& time_ns, const std::vector<ThreadState>& states) {
    const auto rank = [&](ThreadState state) { return std::pair(info(state).is_delay, time_ns[index(state)]); };
    return *std::ranges::max_element(states, {}, rank);
}

}  // namespace

void put_stack_section(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context) {
    const std::vector<ThreadState> states = states_with_stacks(summary);
    if (states.empty()) {
        return;
    }
    put_markup(out,
               "<h2 id=\"stacks\">Which code it was in</h2>\n<p class=\"dim\">Time by stack of the {} threads that it "
               "was recorded for. A box is a function; above it are those that it called, as wide as their time.</p>\n"
               "<div class=\"tools flame-tools\"></div>\n",
               summary.stacks.threads().size());
    const PerState<std::uint64_t> time_ns = stack_time(summary);
    const ThreadState opened = opened_state(time_ns, states);
    for (std::size_t at = 0; at < states.size(); ++at) {
        const StateInfo& state = info(states[at]);
        put_markup(out,
                   "<details class=\"stacks c-{0}\" id=\"stacks-{0}\"{1}><summary><span class=\"sw\"></span>{2}, "
                   "{3}</summary>\n<div class=\"flame\" data-flame=\"{4}\"><svg></svg></div>\n",
                   state.key, states[at] == opened ? " open" : "", state.label,
                   duration_text(time_ns[index(state.state)]).view(), at);
        put_heat(out, summary, context, state.state);
        put_table(out, summary, state.state, time_ns[index(state.state)]);
        put_markup(out, "</details>\n");
    }
    put_data(out, summary, states);
}

void put_stack_link(fmt::memory_buffer& out, const Summary& summary, FindingKind kind) {
    const std::optional<ThreadState> state = state_of(kind);
    if (state && std::ranges::count(states_with_stacks(summary), *state) != 0) {
        put_markup(out, "<p><a href=\"#stacks-{0}\">Stacks: {1}</a></p>", info(*state).key, info(*state).label);
    }
}

}  // namespace tsa
