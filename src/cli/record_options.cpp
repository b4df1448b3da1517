// SPDX-License-Identifier: MIT
// See record_options.h.
#include "cli/record_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/quantities.h"
#include "rules/report_terms.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

Result<void> take_keep(const std::string& text, RecordOptions& record) {
    const auto limit = parse_limit(text);
    if (!limit.ok()) {
        return limit.error().in("--keep");
    }
    const Limit& one = limit.value();
    if ((one.bytes && record.keep_bytes) || (one.ns && record.keep_ns)) {
        return Error{fmt::format("--keep {}: two limits of the same kind", text),
                     "one of bytes and one of time at most: --keep 2G --keep 6h", 0};
    }
    record.keep_bytes = one.bytes ? one.bytes : record.keep_bytes;
    record.keep_ns = one.ns ? one.ns : record.keep_ns;
    return {};
}

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kMaxLabelKeyBytes = 63;
constexpr std::size_t kMaxLabels = 32;

/// Of names and values of labels: text that tables and file names of a warehouse take.
Result<void> check_text(std::string_view what, std::string_view text) {
    if (text.empty() || text.size() > kMaxNameBytes || printable(text) != text) {
        return Error{fmt::format("{}: must be 1 to {} bytes of printable UTF-8", what, kMaxNameBytes), {}, 0};
    }
    return {};
}

bool is_label_key(std::string_view key) {
    constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    constexpr std::string_view kMore = "0123456789.-";
    return !key.empty() && key.size() <= kMaxLabelKeyBytes && kFirst.find(key.front()) != std::string_view::npos &&
           std::ranges::all_of(key, [&](char one) {
               return kFirst.find(one) != std::string_view::npos || kMore.find(one) != std::string_view::npos;
           });
}

Result<void> take_label(const std::string& text, RecordingLabels& labels) {
    const std::size_t equals = text.find('=');
    const std::string key = text.substr(0, equals);
    if (equals == std::string::npos || !is_label_key(key)) {
        return Error{
            fmt::format("--label {}: not KEY=VALUE", printable(text)),
            "--label service=checkout; a key has letters, digits, '_', '-' and '.', and begins with a letter or _", 0};
    }
    TRY(check_text("--label " + key, std::string_view(text).substr(equals + 1)));
    if (labels.size() >= kMaxLabels) {
        return Error{fmt::format("--label {}: more than {} labels", key, kMaxLabels), {}, 0};
    }
    if (!labels.emplace(key, text.substr(equals + 1)).second) {
        return Error{fmt::format("--label {}: is given twice", key), "each key once", 0};
    }
    return {};
}

Result<void> check_stream(const RecordOptions& record) {
    if (!record.to_stdout()) {
        return {};
    }
    if (record.keep_bytes || record.keep_ns) {
        return Error{"--keep deletes the oldest files of a directory; -o - writes none", "-o DIR --keep ...", 0};
    }
    if (record.stacks) {
        return Error{"--stacks writes more files; -o - writes one stream", "-o DIR --stacks", 0};
    }
    if (record.wakers) {
        return Error{"--wakers writes another file; -o - writes one stream", "-o DIR --wakers", 0};
    }
    if (record.neighbors) {
        return Error{"--neighbors writes another file; -o - writes one stream", "-o DIR --neighbors", 0};
    }
    if (!record.name.empty() || !record.labels.empty()) {
        return Error{"--name and --label are written to meta.json; -o - writes threads.csv only", "-o DIR", 0};
    }
    if (record.compress) {
        return Error{"--compress needs an output directory", "rstat-tsa record -o - | zstd > threads.csv.zst", 0};
    }
    return {};
}

void add_when(OptionList& list, RecordOptions& options) {
    list.text(
        "--when", "RULE", options.when,
        "keep only what is around the moments at which this holds, in a directory for each: 'lock_wait > 2 for 3s'");
    const auto duration = [&list](const std::string& name, const std::string& help, std::optional<std::uint64_t>& out,
                                  std::uint64_t least_ns, std::uint64_t most_ns) {
        list.value(name, "TIME", help, [&out, name, least_ns, most_ns](const std::string& text) -> Result<void> {
            out = TRY(parse_duration(text, name.substr(2), least_ns, most_ns));
            return {};
        });
    };
    duration("--before", "with --when: this much from before the moment, at least (default 60s)", options.before_ns,
             kNsPerSecond, kMaxBeforeNs);
    duration("--after", "with --when: and this much from after it (default 30s)", options.after_ns, 0, kMaxDurationNs);
    duration("--every", "with --when: at least this long from one moment to the next (default 0)", options.every_ns, 0,
             kMaxDurationNs);
    list.number("--captures", "N", {"number of captures", 1, kMaxCaptures}, options.captures,
                "with --when: end after this many");
    list.text("--run", "CMD", options.run,
              "with --when: run this in a shell for each capture, with $RSTAT_DIR, $RSTAT_RULE and $RSTAT_VALUES");
    list.flag(
        "--notify", options.notify,
        "with --when: show a notification on the desktop at each capture, by D-Bus; under sudo on that of the user");
    list.flag("--armed", options.armed,
              "with --when: --stacks and --wakers begin when it holds, and end with the capture: until then they cost "
              "nothing");
}

Result<void> check_when(const RecordOptions& record) {
    const bool needs_rule = record.before_ns || record.after_ns || record.every_ns || record.captures ||
                            !record.run.empty() || record.notify || record.armed;
    if (record.when.empty()) {
        return needs_rule ? Result<void>(
                                Error{"--before, --after, --every, --captures, --run, --notify and --armed need --when",
                                      "record -o DIR --when 'lock_wait > 2 for 3s'", 0})
                          : Result<void>{};
    }
    if (const auto rule = ReportRule::parse(record.when, "--when"); !rule.ok()) {
        return rule.error();
    }
    if (record.armed && !record.stacks && !record.wakers) {
        return Error{"--armed is for --stacks and --wakers, and there is neither", "--when ... --armed --stacks", 0};
    }
    if (record.armed && record.after_ns == 0) {
        return Error{"--armed begins when the rule holds, where --after 0 ends", "--after 30s", 0};
    }
    if (record.to_stdout()) {
        return Error{"--when makes a directory for each capture; -o - writes one stream", "-o DIR --when ...", 0};
    }
    if (record.keep_bytes || record.keep_ns) {
        return Error{"--when keeps --before and --after, and --keep the newest part", "leave one of them out", 0};
    }
    return {};
}

}  // namespace

void add_record(OptionList list, RecordOptions& options, CommonValues& common) {
    list.text("-o,--output", "DIR", options.output, "the recording, a new directory; -: threads.csv to stdout");
    list.value("-d,--duration", "SECONDS",
               "end after this time: seconds, or with s, m, h or d (0.5, 90, 10m); default: at Ctrl-C",
               [&options](const std::string& text) -> Result<void> {
                   options.duration_ns = TRY(parse_duration(text, "duration", kMinRecordNs, kMaxDurationNs));
                   return {};
               });
    add_live(list, common, "default 1000");
    add_choosers(list, common);
    list.values("--keep", "LIMIT", "keep only the newest part: a size (500M, 2G) or a time (6h, 2d); both may be given",
                [&options](const std::string& text) { return take_keep(text, options); });
    list.value("--name", "TEXT", "what the recording is called, in its meta.json",
               [&options](const std::string& text) -> Result<void> {
                   TRY(check_text("--name", text));
                   options.name = text;
                   return {};
               });
    list.values("--label", "KEY=VALUE", "put this into meta.json: service=checkout; may be given several times",
                [&options](const std::string& text) { return take_label(text, options.labels); });
    list.flag("--compress", options.compress, "write threads.csv.zst and so on, which zstd -dc reads");
    list.flag("--stacks", options.stacks,
              "record the time by stack, too, in stacks.csv and waits.csv: of the recorded threads those with the most "
              "delay");
    list.number("--stacks-threads", "N", {"number of threads with stacks", 1, kMaxStackThreads}, options.stack_threads,
                fmt::format("with --stacks: at most this many threads at a time (default {}, most {})",
                            kDefaultStackThreads, kMaxStackThreads));
    add_debuginfod(list, common, "; with --stacks");
    list.flag("--wakers", options.wakers,
              "record who ended the waits of each thread, too, in wakers.csv, and the time of interrupts");
    list.flag("--neighbors", options.neighbors,
              "record whose CPU time the threads of each cgroup waited for, too, in neighbors.csv");
    add_when(list, options);
    list.flag("--net", options.network,
              "record the bytes that each thread sent and received through sockets of IPv4 and IPv6, too");
    list.flag("--taskstats", options.taskstats,
              "query the kernel's delay accounting for each recorded thread, and compare both sources");
}

Result<RecordOptions> finish_record(const RecordOptions& given, const CommonValues& common) {
    if (given.output.empty()) {
        return Error{"record: -o DIR is missing", "rstat-tsa record -o DIR; -o - prints threads.csv", 0};
    }
    TRY(check_stream(given));
    TRY(check_when(given));
    if (given.stack_threads && !given.stacks) {
        return Error{"--stacks-threads needs --stacks", "record -o DIR --stacks --stacks-threads 40", 0};
    }
    if (common.debuginfod && !given.stacks) {
        return Error{"--debuginfod fetches symbols for stacks, and there are none", "add --stacks", 0};
    }
    RecordOptions options = given;
    options.version = common.version;
    TRY(finish_targets(common, options));
    return options;
}

}  // namespace tsa
