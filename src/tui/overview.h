// SPDX-License-Identifier: MIT
// The screens as the main loop sees them: reports and keys go in, frames and commands come out. Holds the state and the
// history; knows no terminal and no clock.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "model/history.h"
#include "model/process_watch.h"
#include "model/recent_states.h"
#include "model/thread_detail.h"
#include "tui/frame.h"
#include "tui/page.h"
#include "tui/settings.h"
#include "tui/view_state.h"

namespace tsa {

struct OverviewOptions {
    Machine machine;
    bool unicode = true;
    std::uint64_t interval_ms = 500;
    std::optional<std::uint32_t> detail_tid;      ///< open the drill-down of this thread at the first report
    std::string_view sort_key{};                  ///< empty: by the settings
    std::optional<ReplayState> replay{};          ///< a recording is shown
    std::string chosen{};                         ///< see ViewState
    bool chosen_can_end = true;                   ///< likewise
    std::optional<std::uint32_t> process_tgid{};  ///< open this process
    std::string message{};                        ///< at the bottom, until the first key
    std::string filter{};                         ///< names of rows, at first; then the rows are processes
    const ScreenSettings* settings = nullptr;     ///< as the screens are at first; null: the defaults
    std::string condition{};                      ///< the filter at first, text or a valid expression
    std::optional<GroupKey> by{};                 ///< the rows are groups at first
};

class Overview {
  public:
    explicit Overview(OverviewOptions options);

    /// A new interval. `report` is read by frame() and on_key() until the next call: leave it and its samples as they
    /// are between building the next one and handing that in here.
    void on_report(const Report& report);
    /// In a replay, before reports that do not follow the last one: drops what was shown; on_past() then fills the
    /// history of the drill-down's thread again.
    void forget_past();
    /// An interval before the one that on_report() will have, oldest first: for the charts only, and not kept.
    void on_past(const Report& report);
    /// What the loop found out about the thread that detail_thread() names; null: nothing. Read until the next call.
    void on_detail(const ThreadDetail* detail);
    /// The time by stack of the process that process_by_stack() names; null: nothing. Read until the next call.
    void on_process_stacks(const StackTimes* times) { process_stacks_ = times; }
    [[nodiscard]] Frame frame(int width, int height);
    /// A key or click; the returned command is for the caller to carry out.
    [[nodiscard]] std::optional<Command> on_key(const KeyEvent& event);
    /// A line at the bottom until the next key: how a command went.
    void show_message(std::string_view words, bool is_warning);

    /// The thread of the drill-down, for which the loop is to collect a ThreadDetail; absent: no drill-down.
    [[nodiscard]] std::optional<ThreadKey> detail_thread() const { return thread_on(state_); }
    /// The process whose threads alone are shown.
    [[nodiscard]] const std::optional<std::uint32_t>& process() const { return state_.overview.tgid; }
    /// Whether the screen shows where that thread's time goes by stack.
    [[nodiscard]] bool wants_stack_times() const { return screen_of(state_).by_stack; }
    /// The process whose time by stack the screen shows.
    [[nodiscard]] std::optional<std::uint32_t> process_by_stack() const;
    /// Threads whose taskstats the screen can show: the rows on it, if a column of it needs them. At most
    /// kMaxDelayRows. Asked before a report is handed in: of the rows of the frame before.
    [[nodiscard]] const std::vector<ThreadKey>& delay_rows() const { return delay_rows_; }

    /// Threads that the next frame will show, if nothing changes: the loop looks their waits up. At most kMaxDelayRows.
    /// To be called before the report's samples change.
    [[nodiscard]] std::vector<ThreadKey> shown_threads() const;

    /// Processes of which it shows more than their threads have: command lines, cgroups. Likewise. And whether it needs
    /// all processes'.
    [[nodiscard]] std::vector<std::uint32_t> shown_processes() const;
    /// The menu of what to copy is open: what it needs of shown_processes() is needed now.
    [[nodiscard]] bool is_copying() const;
    [[nodiscard]] bool needs_all_facts() const;
    /// Processes whose whole time on CPUs it shows, likewise; and whether it needs that of all.
    [[nodiscard]] std::vector<std::uint32_t> shown_process_times() const;
    [[nodiscard]] bool needs_all_process_times() const;
    /// Valid until the next one.
    void on_process_times(const ProcessTimes* times) { state_.overview.process_times = times; }
    /// Cgroups whose limits it shows, by path. Likewise.
    [[nodiscard]] std::vector<std::string> shown_cgroups() const;

    /// Threads whose neighbors the screen shows: the loop then records them.
    [[nodiscard]] std::vector<ThreadKey> neighbor_threads() const;

    /// Whether wakers are shown: the loop then records them.
    [[nodiscard]] bool shows_wakers() const;

    /// Whether network bytes are shown, or would be if no other page covered the table: the loop then counts them.
    [[nodiscard]] bool shows_network() const;

    /// The same of what processes use of GPUs.
    [[nodiscard]] bool shows_gpus() const;

    /// What the screen looks closer at: open files, environment, file locks of a process.
    [[nodiscard]] std::optional<LookTopic> look() const;
    /// Null: not read yet. Valid until the next one.
    void on_look(const ProcessLook* look) { look_ = look; }

    /// Cgroups that were frozen here: the user is asked about them at the end.
    void set_frozen(std::vector<std::string> paths) { state_.frozen = std::move(paths); }

    /// In a replay: time goes on.
    void play_on(std::uint64_t elapsed_ns) { tsa::play_on(*state_.replay, elapsed_ns); }

    /// Takes over what the screens remember.
    void note_settings(ScreenSettings& settings) const { tsa::note_settings(state_, settings); }

    /// Whether the loop records its reports: the header shows it.
    void set_recording(bool on) { state_.recording = on; }
    /// The rule that the loop watches, for the header and for its prompt.
    void set_rule(RuleWatch rule) { state_.rule = std::move(rule); }
    /// Why the next reports have no row of the chosen process although it is alive; empty: they have, or it has ended.
    void set_unseen(std::string why) { state_.chosen_unseen = std::move(why); }
    [[nodiscard]] bool paused() const { return state_.paused; }
    [[nodiscard]] std::uint64_t interval_ms() const { return state_.interval_ms; }
    [[nodiscard]] const ViewState& state() const { return state_; }

  private:
    [[nodiscard]] const Report& report() const { return report_ != nullptr ? *report_ : nothing_; }
    void note_chosen(const Report& report);
    void watch(const ThreadKey& key, const Report& report);
    void watch_detail(const Report& report);
    void watch_process(const Report& report);
    void watch_threads_of(std::uint32_t tgid, const Report& report);
    void note_accounting(const DelayAccounting& accounting);

    Machine machine_;
    bool unicode_;
    std::optional<std::uint32_t> wanted_tid_;
    ViewState state_;
    History history_;
    ProcessWatch process_;
    RecentStates recent_;
    const Report* report_ = nullptr;
    const ThreadDetail* detail_ = nullptr;
    const StackTimes* process_stacks_ = nullptr;
    const ProcessLook* look_ = nullptr;
    std::vector<ThreadKey> delay_rows_;
    Report nothing_;
};

}  // namespace tsa
