// SPDX-License-Identifier: MIT
// See common_options.h.
#include "cli/common_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string_view>
#include <vector>

#include "expression/row_terms.h"
#include "text/suggestion.h"

namespace tsa {

namespace {

Result<SourceChoice> parse_source(const std::string& text) {
    if (text == "auto" || text == "bpf" || text == "procfs") {
        return text == "auto" ? SourceChoice::automatic : text == "bpf" ? SourceChoice::bpf : SourceChoice::procfs;
    }
    return Error{fmt::format("there is no source '{}'", text), "auto, bpf or procfs", 0};
}

Result<bool> parse_on_off(const std::string& text) {
    if (text == "on" || text == "off") {
        return text == "on";
    }
    return Error{fmt::format("'{}' is neither on nor off", text), "on or off", 0};
}

Result<ColorMode> parse_color(const std::string& text) {
    if (text == "auto" || text == "always" || text == "never") {
        return text == "auto" ? ColorMode::automatic : text == "always" ? ColorMode::always : ColorMode::never;
    }
    return Error{fmt::format("'{}' is not known", text), "auto, always or never", 0};
}

/// The OptionList function for a parser with this signature.
template <class Value, class Field>
OptionList::Take into(Field& out, Result<Value> (*parse)(const std::string&)) {
    return [&out, parse](const std::string& text) -> Result<void> {
        out = TRY(parse(text));
        return {};
    };
}

}  // namespace

LiveOptions CommonValues::live() const {
    return {source.value_or(SourceChoice::automatic), max_threads.value_or(0), kernel_threads.value_or(true),
            interval_ms, debuginfod};
}

void add_process(OptionList& list, CommonValues& common) {
    list.value("-p,--pid", "PID[,PID]", "only the threads of these processes",
               [&common](const std::string& text) -> Result<void> {
                   common.choice.tgids = TRY(parse_tids(text, "process ID"));
                   return {};
               });
}

void add_choosers(OptionList& list, CommonValues& common) {
    ChooserOptions& choice = common.choice;
    add_process(list, common);
    list.value("--tid", "T[,T]", "only these threads", [&choice](const std::string& text) -> Result<void> {
        choice.tids = TRY(parse_tids(text, "thread ID"));
        return {};
    });
    list.text("-u,--user", "USER", choice.user, "only threads of this user: a name or a UID");
    list.text("--comm", "PATTERN", choice.comm_pattern,
              "only threads whose name matches, as file names do in a shell: 'kworker*'");
    list.text("--cgroup", "CGROUP", choice.cgroup,
              "only threads in this cgroup or below it: /system.slice/ssh.service");
    list.text(
        "--unit", "PATTERN", choice.unit,
        "only threads of systemd units that match: nginx, 'user@*.service'; a name without a suffix is a service");
    list.text("--container", "PATTERN", choice.container,
              "only threads in containers whose name matches, or whose ID begins with this");
}

void add_filter(OptionList& list, std::string& filter, const std::string& help, bool may_be_text) {
    list.value("--filter", "EXPR", help, [&filter, may_be_text](const std::string& text) -> Result<void> {
        if (!may_be_text || is_meant_as_expression(text, RowTerms())) {
            const auto parsed = parse_row_expression(text);
            if (const auto* error = std::get_if<ExpressionError>(&parsed)) {
                return to_error(text, *error, "");
            }
        }
        filter = text;
        return {};
    });
}

void add_by(OptionList& list, std::optional<GroupKey>& by, const std::string& help) {
    list.value("--by", "KEY", help, [&by](const std::string& text) -> Result<void> {
        by = group_key(text);
        if (by) {
            return {};
        }
        std::vector<std::string_view> names;
        names.reserve(std::size(kGroupKeys));
        for (const GroupKeyInfo& key : kGroupKeys) {
            names.push_back(key.name);
        }
        return Error{fmt::format("there are no groups by '{}'", text), suggestion(text, names), 0};
    });
}

void add_color(OptionList& list, std::optional<ColorMode>& color, const std::string& help) {
    list.value("--color", "auto|always|never", help, into(color, parse_color));
}

void add_max_threads(OptionList& list, CommonValues& common) {
    list.number("--max-threads", "N", {"number of threads", 1, kMaxThreadSlots}, common.max_threads,
                "track at most this many threads at once; the rest are only summed up");
}

void add_live(OptionList& list, CommonValues& common, const std::string& interval_default) {
    list.number("-i,--interval", "MS", {"interval in ms", kMinIntervalMs, kMaxIntervalMs}, common.interval_ms,
                "milliseconds between two refreshes (" + interval_default + ")");
    list.value("--source", "auto|bpf|procfs",
               "data source: bpf (scheduler probes), procfs (/proc: fewer states, needs no privilege), or auto: bpf if "
               "available, else procfs",
               into(common.source, parse_source));
    list.value("--kernel-threads", "on|off", "on: list kernel threads; off: hide them; totals always include them",
               into(common.kernel_threads, parse_on_off));
    add_max_threads(list, common);
}

void add_debuginfod(OptionList& list, CommonValues& common, std::string_view when) {
    list.flag("--debuginfod", common.debuginfod,
              fmt::format("fetch missing symbols from the servers in $DEBUGINFOD_URLS, for stacks{}", when));
}

Result<void> finish_targets(const CommonValues& common, TargetOptions& options) {
    static_cast<LiveOptions&>(options) = common.live();
    static_cast<ChooserOptions&>(options) = common.choice;
    options.command_line = common.command_line;
    if (options.command_line.empty()) {
        return {};
    }
    if (options.source == SourceChoice::procfs) {
        return Error{"-- CMD needs the scheduler probes: /proc drops threads that end", "leave --source procfs out", 0};
    }
    if (options.has_numbers()) {
        return Error{"-p and --tid select running threads; -- CMD follows a new command", "leave one of them out", 0};
    }
    return {};
}

}  // namespace tsa
