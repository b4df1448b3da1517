// SPDX-License-Identifier: MIT
// The command line as data. Pure: arguments in; options, or the text of an early exit, out. Nothing is opened, checked
// against the machine, or printed here.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time_units.h"
#include "cli/listen_address.h"
#include "metrics/limits.h"
#include "model/columns.h"
#include "model/groups.h"
#include "output/formats.h"
#include "waybar/assignment.h"

namespace tsa {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;  ///< at run time
inline constexpr int kExitUsage = 2;
inline constexpr int kExitRule = 3;  ///< of report --fail-on: the rule held

inline constexpr std::uint32_t kMaxTid = 4'194'304;  ///< the kernel's PID_MAX_LIMIT
inline constexpr std::uint32_t kMinIntervalMs = 1;
inline constexpr std::uint32_t kMaxIntervalMs = 86'400'000;  ///< a day
inline constexpr std::uint32_t kDefaultIntervalMs = 1000;
inline constexpr std::uint32_t kMaxThreadSlots = 4U << 20U;
/// Rows of the table of `stat` unless --top says otherwise; JSON and CSV list all.
inline constexpr std::size_t kDefaultTableRows = 20;

inline constexpr std::uint32_t kDefaultBenchRefreshes = 1000;
inline constexpr std::uint32_t kMaxBenchRefreshes = 1'000'000;
inline constexpr std::uint32_t kDefaultProfileSeconds = 5;
inline constexpr std::uint32_t kMaxProfileSeconds = 86'400;
inline constexpr std::uint32_t kDefaultStackThreads = 20;  ///< of record --stacks
inline constexpr std::uint32_t kMaxStackThreads = 64;
inline constexpr std::string_view kDefaultMetricsAddress = "127.0.0.1:9787";
inline constexpr std::uint32_t kDefaultTextfileMs = 15'000;
inline constexpr std::uint64_t kDefaultBeforeNs = 60 * kNsPerSecond;  ///< of record --when
inline constexpr std::uint64_t kDefaultAfterNs = 30 * kNsPerSecond;
inline constexpr std::uint64_t kMaxBeforeNs = kNsPerHour;
inline constexpr std::uint64_t kMaxCaptures = 1'000'000;
inline constexpr std::uint64_t kMinRecordNs = kNsPerMs;  ///< of record -d
inline constexpr double kMinReplaySpeed = 0.01;
inline constexpr double kMaxReplaySpeed = 1000;

enum class SourceChoice : std::uint8_t { automatic, bpf, procfs };
enum class ColorMode : std::uint8_t { automatic, always, never };

/// What every command with live data accepts.
struct LiveOptions {
    SourceChoice source = SourceChoice::automatic;
    std::uint32_t max_threads = 0;  ///< 0: depends on the machine
    bool kernel_threads = true;
    std::optional<std::uint32_t> interval_ms;  ///< absent: the command's own default
    bool debuginfod = false;                   ///< of those that show stacks
};

/// Which threads: the same in every command that lists them. All given conditions must match.
struct ChooserOptions {
    std::vector<std::uint32_t> tgids;  ///< -p
    std::vector<std::uint32_t> tids;   ///< --tid
    std::string user;                  ///< name or UID; empty: any
    std::string comm_pattern;          ///< empty: any
    std::string cgroup;                ///< path; empty: any
    std::string unit;                  ///< pattern; empty: any
    std::string container;             ///< pattern of the name, or the start of the ID; empty: any

    /// Whether threads or processes were named by number.
    [[nodiscard]] bool has_numbers() const { return !tgids.empty() || !tids.empty(); }
    [[nodiscard]] bool needs_places() const { return !unit.empty() || !container.empty() || !cgroup.empty(); }
    [[nodiscard]] bool any() const { return has_numbers() || needs_places() || !user.empty() || !comm_pattern.empty(); }
};

/// What `stat` and `record` accept: running threads, or a command.
struct TargetOptions : LiveOptions, ChooserOptions {
    bool taskstats = false;                 ///< --taskstats: delay accounting beside the states
    std::vector<std::string> command_line;  ///< after --
};

/// What overrides settings of config.toml; absent or empty: not given.
struct ScreenFlags {
    bool tree = false, threads = false;  ///< -t, -H
    std::string sort, theme, keys;       ///< as settings have them
    std::vector<std::string> columns;
    std::optional<bool> kernel_threads;
};

struct ScreensOptions : LiveOptions, ChooserOptions {
    std::string version;               ///< this program's, for recordings
    std::optional<std::uint32_t> tid;  ///< the thread to show first, in detail
    std::optional<GroupKey> by;        ///< --by: groups of threads at first
    std::string name;                  ///< of the process to show first; empty: none
    Error unknown_name;                ///< what to say if no process is called that
    ColorMode color = ColorMode::automatic;
    std::string filter;  ///< --filter: text, an expression, or @NAME
    ScreenFlags flags;
};

struct StatOptions : TargetOptions {
    const OutputFormat* format = output_formats().data();
    std::optional<std::uint64_t> intervals;  ///< -n
    const Column* sort = nullptr;            ///< null: not given
    std::optional<std::size_t> top;          ///< 0: all
    bool stacks = false;                     ///< --stacks
    bool wakers = false;                     ///< --wakers
    bool neighbors = false;                  ///< --neighbors
    bool cmdline = false;                    ///< --cmdline
    bool network = false;                    ///< --net
    bool gpu = false;                        ///< --gpu
    std::optional<GroupKey> by;              ///< --by
    std::string filter;                      ///< --filter: a valid expression; empty: none
    std::string output_path;                 ///< -o; empty: the default place
    ColorMode color = ColorMode::automatic;
};

/// By key.
using RecordingLabels = std::map<std::string, std::string>;

struct RecordOptions : TargetOptions {
    std::string version;                       ///< this program's
    std::string output;                        ///< -o: a directory, or "-"
    std::optional<std::uint64_t> duration_ns;  ///< -d
    std::optional<std::uint64_t> keep_bytes, keep_ns;
    bool compress = false;
    bool stacks = false;                         ///< --stacks
    std::optional<std::uint32_t> stack_threads;  ///< --stacks-threads
    bool wakers = false;                         ///< --wakers
    bool neighbors = false;                      ///< --neighbors
    bool network = false;                        ///< --net
    std::string name;                            ///< --name; empty: none
    RecordingLabels labels;                      ///< --label
    // of --when
    std::string when;                                                      ///< the rule; empty: none
    std::optional<std::uint64_t> before_ns, after_ns, every_ns, captures;  ///< absent: not given
    std::string run;                                                       ///< a command of the shell; empty: none
    bool notify = false;                                                   ///< --notify
    bool armed = false;                                                    ///< --armed

    [[nodiscard]] bool to_stdout() const { return output == "-"; }
};

struct ReplayOptions {
    std::string directory;
    std::string at;  ///< as typed; empty: the beginning
    std::optional<double> speed;
    ColorMode color = ColorMode::automatic;
};

enum class ReportFormat : std::uint8_t { text, json, html };

/// Of `report`. (ReportOptions selects the threads that a Report lists.)
struct ReportCommandOptions {
    std::string version;                   ///< this program's
    std::vector<std::string> directories;  ///< one, or two to compare: before, after
    ReportFormat format = ReportFormat::text;
    std::string output_path;         ///< empty: stdout
    std::optional<std::size_t> top;  ///< rows of each list
    std::optional<GroupKey> by;      ///< --by
    std::string fail_on;             ///< a rule; empty: none
    ColorMode color = ColorMode::automatic;
};

/// In the order of kExportFormats.
enum class ExportFormat : std::uint8_t { chrome_trace, folded, speedscope, pprof };
struct ExportFormatInfo {
    std::string_view flag, file, help;  ///< `file`: an example
};
inline constexpr std::array kExportFormats = std::to_array<ExportFormatInfo>({
    {"--chrome-trace", "trace.json", "trace events, for Perfetto or chrome://tracing"},
    {"--folded", "stacks.folded", "time by stack as folded stacks, for flamegraph.pl and similar (record --stacks)"},
    {"--speedscope", "stacks.json", "time by stack for speedscope.app (record --stacks)"},
    {"--pprof", "stacks.pb.gz", "time by stack for pprof, a gzipped profile.proto (record --stacks)"},
});

struct ExportOptions {
    std::string directory;
    ExportFormat format = ExportFormat::chrome_trace;
    std::string path;
    std::optional<ThreadState> state;  ///< of stacks only this one
};

struct DoctorOptions {
    bool json = false;
    bool service = false;  ///< --service
    ColorMode color = ColorMode::automatic;
};

/// interval_ms is the pause between two refreshes.
struct BenchOptions : LiveOptions {
    std::uint32_t refreshes = kDefaultBenchRefreshes;
    bool json = false;
};

struct ProfileOptions {
    std::uint32_t max_threads = 0;  ///< 0: depends on the machine
    std::uint32_t seconds = kDefaultProfileSeconds;
    bool json = false;
};

/// The settings are checked here; the command applies them on top of the configuration file.
struct WaybarOptions {
    SourceChoice source = SourceChoice::automatic;
    std::uint32_t max_threads = 0;           ///< 0: depends on the machine
    std::vector<WaybarAssignment> settings;  ///< from flags, in order
    std::string config_path;                 ///< --config; empty: the default path, where it is optional
    bool single_instance = false;
};

/// interval_ms is of the file.
struct MetricsOptions : LiveOptions {
    std::string version;                                                               ///< this program's
    std::optional<ListenAddress> listen;                                               ///< --listen
    std::string textfile;                                                              ///< --textfile; empty: none
    std::vector<GroupKey> by{GroupKey::unit, GroupKey::container, GroupKey::command};  ///< --by; not process
    std::size_t max_groups = kDefaultMetricGroups;                                     ///< --max-groups
};

/// A command with its options. No command: the screens.
using Options = std::variant<ScreensOptions, StatOptions, RecordOptions, ReplayOptions, ReportCommandOptions,
                             ExportOptions, DoctorOptions, BenchOptions, ProfileOptions, WaybarOptions, MetricsOptions>;

/// The program ends here: print `text` and exit with `code`. Help goes to stdout, errors to stderr.
struct EarlyEnd {
    int code = kExitOk;
    std::string text;  ///< ends with a newline
};

inline constexpr std::size_t kDefaultHelpColumns = 80;

/// `arguments` without the program name. Help fits into `help_columns`.
[[nodiscard]] std::variant<Options, EarlyEnd> parse_options(std::span<const char* const> arguments,
                                                            std::string_view version,
                                                            std::size_t help_columns = kDefaultHelpColumns);

}  // namespace tsa
