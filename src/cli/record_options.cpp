// See record_options.h.
#include "cli/record_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/help.h"
#include "cli/quantities.h"

namespace tsa {

namespace {

Result<void> take_keep(const std::vector<std::string>& given, RecordOptions& record) {
    for (const std::string& text : given) {
        const auto limit = parse_limit(text);
        if (!limit.ok()) {
            return limit.error().in("--keep");
        }
        const Limit& one = limit.value();
        if ((one.bytes && record.keep_bytes) || (one.ns && record.keep_ns)) {
            return Error{fmt::format("--keep {}: there are two limits of one kind", text),
                         "one of bytes and one of time at most: --keep 2G --keep 6h", 0};
        }
        record.keep_bytes = one.bytes ? one.bytes : record.keep_bytes;
        record.keep_ns = one.ns ? one.ns : record.keep_ns;
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
    if (record.compress) {
        return Error{"--compress is of the files in a directory", "rstat-tsa record -o - | zstd > threads.csv.zst", 0};
    }
    return {};
}

}  // namespace

void add_record(CLI::App& app, RecordRaw& raw, CommonRaw& common) {
    app.add_option("-o,--output", raw.output, "the recording, a new directory; -: threads.csv to stdout")
        ->type_name("DIR");
    app.add_option("-d,--duration", raw.duration,
                   "end after this time: seconds, or with s, m, h or d (0.5, 90, 10m); default: at Ctrl-C")
        ->type_name("SECONDS");
    add_source(app, common, "default 1000");
    add_process(app, common);
    app.add_option("--tid", raw.tids, "only these threads")->type_name("T[,T]");
    app.add_option("--user", raw.user, "only threads of this user")->type_name("NAME|UID");
    app.add_option("--comm", raw.comm, "only threads whose name matches, as file names do in a shell: 'kworker*'")
        ->type_name("PATTERN");
    app.add_option("--cgroup", raw.cgroup, "only threads in this cgroup or below it: /system.slice/ssh.service")
        ->type_name("PATH");
    app.add_option("--keep", raw.keep,
                   "keep the newest so many bytes (500M, 2G) or the newest time (6h, 2d); both may be given")
        ->type_name("LIMIT");
    app.add_flag("--compress", raw.compress, "write threads.csv.zst and system.csv.zst, which zstd -dc reads");
    app.add_flag("--taskstats", raw.taskstats,
                 "ask the kernel's delay accounting for each recorded thread, and hold both against each other");
    app.footer(record_help_footer());
}

Result<void> take_record(const RecordRaw& raw, Options& options) {
    RecordOptions& record = options.record;
    if (raw.output.empty()) {
        return Error{"record: -o DIR is missing: where to?", "rstat-tsa record -o DIR; -o - prints threads.csv", 0};
    }
    record.output = raw.output;
    record.user = raw.user;
    record.comm_pattern = raw.comm;
    record.cgroup = raw.cgroup;
    record.compress = raw.compress;
    options.taskstats = raw.taskstats;
    if (!raw.duration.empty()) {
        const auto duration = parse_duration(raw.duration, "duration", kMinRecordNs, kMaxDurationNs);
        if (!duration.ok()) {
            return duration.error().in("-d");
        }
        record.duration_ns = duration.value();
    }
    if (!raw.tids.empty()) {
        auto tids = parse_tids(raw.tids);
        if (!tids.ok()) {
            return tids.error().in("--tid");
        }
        options.tids = std::move(tids).value();
    }
    TRY(take_keep(raw.keep, record));
    TRY(check_stream(record));
    return check_command(options);
}

}  // namespace tsa
