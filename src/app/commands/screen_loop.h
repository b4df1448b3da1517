// SPDX-License-Identifier: MIT
// The loop of the screens: keys, intervals, and what the page that is open needs of the sources.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/commands/process_stacks.h"
#include "app/commands/screen_recorder.h"
#include "app/commands/screen_watch.h"
#include "app/commands/thread_choice.h"
#include "app/host/accounting_switch.h"
#include "app/host/cgroup_freezer.h"
#include "app/host/clipboard.h"
#include "app/host/detail.h"
#include "app/host/gpu_feed.h"
#include "app/host/live_session.h"
#include "app/host/neighbor_feed.h"
#include "app/host/network_feed.h"
#include "app/host/outcome.h"
#include "app/host/process_look_feed.h"
#include "app/host/settings_store.h"
#include "app/host/waker_feed.h"
#include "model/thread_finder.h"
#include "procfs/cgroup_stats.h"
#include "procfs/process_times.h"
#include "tui/overview.h"
#include "tui/screen.h"

namespace tsa {

class ScreenLoop {
  public:
    ScreenLoop(const ScreensOptions& options, ThreadChoice choice, LiveSession& session, Screen& screen,
               Overview& overview, SettingsStore& store);

    /// Before capabilities are dropped: the thread that looks labels up keeps those that it needs.
    void start_labels() { labels_.start(); }
    void start_facts();
    /// Likewise; first, since it forks.
    void start_stacks(bool debuginfod);
    Result<Outcome> run();

  private:
    Outcome save_at_end();
    void watch();
    void take_keys();
    void carry_out(const Command& command);
    void refresh(const std::string& end_recording = {}, bool ends_rule = false);
    const Report& collect();
    void toggle_recording();
    void arm_rule(const std::string& text);
    void save_settings();
    void look_at_thread();
    void add_stacks();
    void add_others();
    void switch_accounting_on(bool put_back);
    void show(const ActionResult& result) { overview_.show_message(result.words, result.failed); }
    void draw_screen();

    SettingsStore& store_;
    ScreenSettings settings_;  ///< as they were at the start, or when they were last saved
    DesktopClipboard clipboard_;
    ThreadChoice choice_;
    LiveSession& session_;
    Collector& collector_;
    Screen& screen_;
    Overview& overview_;
    ScreenRecorder recorder_;
    ScreenWatch watch_;
    ReportOptions report_options_;
    DelayFeed delays_;
    DetailCollector detail_;
    WakerFeed wakers_;
    NetworkFeed network_;
    NeighborFeed neighbors_;
    LabelFeed labels_;
    ProcessFeed facts_;
    CgroupStatsFeed limits_;
    std::vector<std::string> shown_cgroups_;
    ProcessLookFeed look_;
    GpuFeed gpus_;
    StackFeed stacks_;
    ProcessStacks process_stacks_;
    ThreadFinder finder_;
    std::vector<ThreadKey> shown_, with_labels_;
    std::vector<std::uint32_t> shown_processes_;
    bool needs_all_facts_ = false, is_copying_ = false;
    std::vector<std::uint32_t> shown_process_times_;
    ProcessTimes process_times_;
    AccountingSwitch accounting_;
    CgroupFreezer freezer_;
    bool leaves_frozen_ = false;
    std::optional<ThreadKey> looked_at_;
    std::optional<std::uint32_t> looked_at_process_;
    std::optional<LookTopic> looked_closer_at_;
    bool due_ = false;     ///< a tick occurred in this round
    bool redraw_ = false;  ///< something in this round may change the screen
    Outcome outcome_;
};

}  // namespace tsa
