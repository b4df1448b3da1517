// SPDX-License-Identifier: MIT
// Wiring only: options to a loop, its end to an exit code. The only place that prints errors and exits.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <new>
#include <span>
#include <string>
#include <variant>

#include "app/commands/bench.h"
#include "app/commands/doctor.h"
#include "app/commands/export.h"
#include "app/commands/metrics.h"
#include "app/commands/profile.h"
#include "app/commands/record.h"
#include "app/commands/replay.h"
#include "app/commands/report.h"
#include "app/commands/screens.h"
#include "app/commands/stat.h"
#include "app/commands/waybar.h"
#include "app/host/notice.h"
#include "app/host/signals.h"
#include "cli/options.h"

namespace {

/// A standard descriptor that is not open would become one of ours, and reports would be written into it. Taken up
/// for reading, so that a write fails.
void take_up_standard_descriptors() {
    int fd = ::open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO) {
        fd = ::open("/dev/null", O_RDONLY);
    }
    if (fd > STDERR_FILENO) {
        ::close(fd);
    }
}

std::size_t help_columns() {
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 ? size.ws_col : tsa::kDefaultHelpColumns;
}

int fail(const tsa::Error& error) {
    tsa::notice(error.hint.empty() ? error.message : error.message + "\nhint: " + error.hint, tsa::Severity::error);
    return tsa::kExitFailure;
}

struct Run {
    using Ended = tsa::Result<tsa::Outcome>;
    Ended operator()(const tsa::ScreensOptions& options) const { return tsa::run_screens(options); }
    Ended operator()(const tsa::StatOptions& options) const { return tsa::run_stat(options); }
    Ended operator()(const tsa::RecordOptions& options) const { return tsa::run_record(options); }
    Ended operator()(const tsa::ReplayOptions& options) const { return tsa::run_replay(options); }
    Ended operator()(const tsa::ReportCommandOptions& options) const { return tsa::run_report(options); }
    Ended operator()(const tsa::ExportOptions& options) const { return tsa::run_export(options); }
    Ended operator()(const tsa::DoctorOptions& options) const { return tsa::run_doctor(options); }
    Ended operator()(const tsa::BenchOptions& options) const { return tsa::run_bench(options); }
    Ended operator()(const tsa::ProfileOptions& options) const { return tsa::run_profile(options); }
    Ended operator()(const tsa::WaybarOptions& options) const { return tsa::run_waybar(options); }
    Ended operator()(const tsa::MetricsOptions& options) const { return tsa::run_metrics(options); }
};

}  // namespace

int main(int argc, char** argv) {
    tsa::EarlySignals early_signals;
    take_up_standard_descriptors();
    std::setlocale(LC_CTYPE, "");
    const auto parsed = tsa::parse_options({argv + 1, argc > 0 ? static_cast<std::size_t>(argc - 1) : 0},
                                           RSTAT_TSA_VERSION, help_columns());
    if (const auto* end = std::get_if<tsa::EarlyEnd>(&parsed)) {
        const bool is_error = end->code != tsa::kExitOk;
        std::FILE* const to = is_error ? stderr : stdout;
        const std::string text =
            is_error && tsa::stderr_is_journal() ? tsa::journal_lines(end->text, tsa::Severity::error) : end->text;
        const bool written = std::fputs(text.c_str(), to) >= 0 && std::fflush(to) == 0;
        return written ? end->code : tsa::kExitFailure;
    }
    const auto& options = std::get<tsa::Options>(parsed);
    if (!std::holds_alternative<tsa::WaybarOptions>(options)) {
        early_signals.release();
    }
    const auto outcome = std::visit(Run{}, options);
    if (!outcome.ok()) {
        return fail(outcome.error());
    }
    if (!outcome.value().note.empty()) {
        tsa::notice(outcome.value().note, tsa::Severity::info);
    }
    return outcome.value().exit_code;
}
