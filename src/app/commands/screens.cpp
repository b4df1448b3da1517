// SPDX-License-Identifier: MIT
// See screens.h.
#include "app/commands/screens.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "app/commands/screen_loop.h"
#include "app/commands/screen_settings.h"
#include "app/commands/screen_start.h"
#include "app/commands/thread_choice.h"
#include "app/host/live_session.h"
#include "app/host/process_names.h"
#include "app/host/scheduling.h"
#include "app/host/settings_store.h"
#include "base/first_namespace.h"
#include "base/local_time.h"
#include "base/time_units.h"
#include "procfs/identity.h"
#include "procfs/signal_handling.h"
#include "procfs/user_names.h"
#include "system/machine.h"
#include "tui/overview.h"

namespace tsa {

namespace {

Machine this_machine(UserNames& users) {
    const MachineIdentity identity = read_machine_identity();
    Machine machine;
    machine.host = identity.hostname;
    machine.kernel = kernel_words(identity.kernel_release);
    machine.user_name = [&users](std::uint32_t uid) { return users.name(uid); };
    machine.utc_offset_s = utc_offset_s;
    machine.signal_handling = [](std::uint32_t tgid, std::uint32_t tid) { return read_signal_handling(tgid, tid); };
    machine.cgroup_of = [mount = find_unified_mount()](std::uint32_t tgid) { return read_cgroup_members(tgid, mount); };
    machine.scheduling_of = [](std::uint32_t tid) { return read_scheduling(tid); };
    machine.own_tgid = static_cast<std::uint32_t>(getpid());
    return machine;
}

/// "process 4588 webapp".
std::string name_of_process(std::uint32_t tgid) {
    const auto status = ProcFs().status(tgid);
    return status ? fmt::format("process {} {}", tgid, status->name) : fmt::format("process {}", tgid);
}

/// The chosen threads. Error: what was named by number does not exist; no terminal.
Result<ThreadChoice> check_start(const ScreensOptions& options) {
    TRY(check_terminal("rstat-tsa stat prints to pipes and files"));
    if (options.tid) {
        TRY(process_of_thread(*options.tid));
    }
    return choose_threads(options, true, false);
}

/// What is shown first, if the user asked by name: the process, or a list to choose from. False: there is none.
bool open_by_name(const std::string& name, OverviewOptions& view) {
    const std::vector<std::uint32_t> found = processes_called(name);
    if (found.size() == 1) {
        view.process_tgid = found.front();
    } else {
        view.filter = name;
    }
    return !found.empty();
}

}  // namespace

Result<Outcome> run_screens(const ScreensOptions& options) {
    OverviewOptions view_options;
    if (!options.name.empty() && !open_by_name(options.name, view_options)) {
        const Error& error = options.unknown_name;
        return Outcome{kExitUsage, fmt::format("{}\nhint: {}", error.message, error.hint)};
    }
    SettingsStore store = SettingsStore::open();
    ScreenSettings settings = store.settings();
    apply_flags(options.flags, settings);
    view_options.settings = &settings;
    view_options.condition = TRY(filter_text(options.filter, settings));
    auto choice = TRY(check_start(options));
    auto session = TRY(LiveSession::open(screen_signals()));
    TRY(session->start_source({options.source, options.max_threads}, SourceNotice::none));
    UserNames users;
    view_options.machine = this_machine(users);
    view_options.machine.container = sees_only_container(session->collector().probe() == nullptr);
    view_options.unicode = use_utf8_locale();
    view_options.interval_ms = std::clamp<std::uint64_t>(options.interval_ms.value_or(settings.interval_ms),
                                                         kShortestIntervalMs, kLongestIntervalMs);
    view_options.by = options.by;
    if (options.tgids.size() == 1) {
        view_options.chosen = name_of_process(options.tgids.front());
        view_options.process_tgid = options.tgids.front();
    } else if (options.any()) {
        view_options.chosen = fmt::format("{}", fmt::join(choice.words, ", "));
        view_options.chosen_can_end = options.has_numbers();
    }
    view_options.detail_tid = options.tid;
    if (!view_options.filter.empty()) {
        view_options.message = fmt::format("several processes are called {}: Enter opens one", options.name);
    }
    if (session->source() != Source::bpf) {
        choice.choose_cgroup_by_path();
    }
    const std::uint64_t interval_ns = view_options.interval_ms * kNsPerMs;
    Overview overview(std::move(view_options));
    auto screen = TRY(open_screen(options.color, settings));
    if (!store.problem().empty()) {
        overview.show_message(store.problem(), true);
    }
    if (const std::string& why = session->collector().without_probes(); !why.empty()) {
        overview.show_message("no scheduler probes, so fewer states: " + why, true);
    }
    ScreenLoop loop(options, std::move(choice), *session, *screen, overview, store);
    loop.start_stacks(options.debuginfod);
    loop.start_labels();
    loop.start_facts();
    store.start();
    TRY(session->begin(interval_ns, kept_by_screens()));
    return loop.run();
}

}  // namespace tsa
