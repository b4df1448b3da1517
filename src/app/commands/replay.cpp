// SPDX-License-Identifier: MIT
// See replay.h. Keys move the position in the recording (ViewState::replay); this loop detects the move and plays the
// interval there. All pending keys are taken first, so holding a key down never queues up reads.
#include "app/commands/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "app/commands/captured.h"
#include "app/commands/recorded_detail.h"
#include "app/commands/screen_start.h"
#include "app/host/clipboard.h"
#include "app/host/loop.h"
#include "app/host/privilege.h"
#include "app/host/settings_store.h"
#include "app/host/signals.h"
#include "base/clock.h"
#include "base/time_units.h"
#include "record/recorded_stacks.h"
#include "record/recording.h"
#include "text/sanitize.h"
#include "tui/overview.h"
#include "tui/replay/time.h"
#include "tui/screen.h"

namespace tsa {

namespace {

/// During playback the screen is not drawn more often than this: more would not be visible.
constexpr std::uint64_t kShortestFrameNs = 33'000'000;
constexpr std::uint64_t kHistoryNs = kHistorySlots * kHistorySlotNs;
/// While earlier intervals are read, keys are checked after this many.
constexpr std::size_t kIntervalsUnheard = 8;

Machine recorded_machine(const RecordingMeta& meta) {
    Machine machine;
    machine.host = meta.host.empty() ? "unknown" : meta.host;
    machine.kernel = meta.kernel.empty() ? "" : kernel_words(meta.kernel);
    machine.container = meta.container;
    machine.user_name = [&users = meta.users](std::uint32_t uid) -> std::string_view {
        const auto found = users.find(uid);
        return found != users.end() ? std::string_view(found->second) : std::string_view{};
    };
    machine.utc_offset_s = [zone = meta.utc_offsets](std::int64_t unix_s) {
        return zone.at(static_cast<std::uint64_t>(std::max<std::int64_t>(unix_s, 0)) * kNsPerSecond);
    };
    return machine;
}

std::uint64_t length_of(const Timeline& timeline) {
    return timeline.back().now_ns - timeline.front().now_ns + timeline.front().interval_ns;
}

class ReplayLoop {
  public:
    ReplayLoop(Recording& recording, std::optional<RecordedStacks> stacks, Screen& screen, SignalQueue& signals,
               Overview& overview)
        : timeline_(recording.timeline()),
          player_(recording, Player::WallClock::straight),
          screen_(screen),
          signals_(signals),
          overview_(overview),
          detail_(recording.meta(), std::move(stacks), length_of(recording.timeline())) {
        watch_terminal(loop_, screen, [] {});
        loop_.watch(signals.fd(), Interest::readable, [this](Ready) {
            take_signals();
            return Result<void>{};
        });
    }

    Result<Outcome> run();

  private:
    [[nodiscard]] const ReplayState& replay() const { return *overview_.state().replay; }
    /// The screen does not show the interval that the user moved to.
    [[nodiscard]] bool is_behind() const {
        return shown_ != replay().at || of_thread_ != overview_.detail_thread() || !past_is_whole_ ||
               (overview_.wants_stack_times() && !with_stacks_) || by_stack_ != overview_.process_by_stack();
    }
    Result<void> wait();
    void take_signals();
    void take_keys();
    Result<void> show();
    Result<void> tell_past(std::size_t at);
    void draw_screen() { draw(loop_, screen_, overview_.frame(screen_.width(), screen_.height())); }

    const Timeline& timeline_;
    DesktopClipboard clipboard_;
    Player player_;
    Screen& screen_;
    SignalQueue& signals_;
    Loop loop_;
    Overview& overview_;
    RecordedDetail detail_;
    std::optional<std::size_t> shown_;
    std::optional<ThreadKey> of_thread_;  // whose past was given to the overview
    bool past_is_whole_ = true;
    std::optional<std::uint32_t> by_stack_;  // process whose time by stack the overview has
    bool with_stacks_ = false;               // the overview has the thread's time by stack
    std::uint64_t last_ns_ = 0;
    Outcome outcome_;
};

/// Gives the overview the last minutes of the displayed thread up to the interval before `at`: the missing ones, or all
/// of them. Stops at a key press: then past_is_whole_ is false.
Result<void> ReplayLoop::tell_past(std::size_t at) {
    const std::optional<ThreadKey>& thread = overview_.detail_thread();
    const std::uint64_t from_ns = timeline_[at].now_ns - std::min(kHistoryNs, timeline_[at].now_ns);
    const bool follows =
        past_is_whole_ && shown_ && *shown_ < at && of_thread_ == thread && timeline_[*shown_].now_ns >= from_ns;
    if (!follows) {
        overview_.forget_past();
    }
    past_is_whole_ = true;
    of_thread_ = thread;
    if (!thread) {
        return {};
    }
    std::size_t next = at;
    while (next > 0 && timeline_[next - 1].now_ns > from_ns && !(follows && next - 1 == *shown_)) {
        --next;
    }
    for (std::size_t unheard = 0; next < at; ++next) {
        auto report = TRY(player_.seek(next));
        overview_.on_past(*report);
        if (++unheard % kIntervalsUnheard == 0 && loop_.any_ready()) {
            past_is_whole_ = false;
            return {};
        }
    }
    return {};
}

Result<void> ReplayLoop::show() {
    const std::size_t at = replay().at;
    TRY(tell_past(at));
    auto report = TRY(player_.seek(at));
    shown_ = at;
    overview_.on_report(*report);
    const ThreadDetail* detail = detail_.of(overview_.detail_thread(), *report);
    with_stacks_ = overview_.wants_stack_times();
    if (with_stacks_ && detail != nullptr) {
        detail_.add_stack_times();
    }
    overview_.on_detail(detail);
    by_stack_ = overview_.process_by_stack();
    overview_.on_process_stacks(detail_.of_process(by_stack_));
    return {};
}

void ReplayLoop::take_signals() {
    const ScreenSignals taken = take_screen_signals(signals_, screen_);
    if (taken.ended_by != 0) {
        outcome_ = ended_by(taken.ended_by);
        loop_.stop();
    }
    if (taken.continued) {
        last_ns_ = clock_ns(CLOCK_MONOTONIC);  // nothing was played while stopped
    }
}

void ReplayLoop::take_keys() {
    while (const auto event = screen_.next_event()) {
        const auto command = overview_.on_key(*event);
        if (command && command->kind == Command::Kind::quit) {
            loop_.stop();
        }
        if (command && command->kind == Command::Kind::yank) {
            screen_.copy(command->text);
            clipboard_.copy(command->text);
            overview_.show_message("copied: " + command->text_name, false);
        }
        if (command && command->kind == Command::Kind::redraw) {
            screen_.redraw_all();
        }
    }
}

/// Waits for a key, a signal, or the next interval.
Result<void> ReplayLoop::wait() {
    if (!past_is_whole_) {
        return loop_.once(0);
    }
    if (const auto due_ns = next_due_ns(replay())) {
        constexpr std::uint64_t kLongestNs = 60 * kNsPerSecond;
        return loop_.once(last_ns_ + std::clamp(*due_ns, kShortestFrameNs, kLongestNs));
    }
    return loop_.once();
}

Result<Outcome> ReplayLoop::run() {
    last_ns_ = clock_ns(CLOCK_MONOTONIC);
    while (!loop_.stopped()) {
        if (is_behind()) {
            TRY(show());
        }
        draw_screen();
        TRY(wait());
        const std::uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
        overview_.play_on(now_ns - last_ns_);
        last_ns_ = now_ns;
        take_keys();
    }
    return outcome_;
}

Result<ReplayState> start_of(const Recording& recording, const ReplayOptions& options) {
    const RecordingMeta& meta = recording.meta();
    ReplayState replay = start_replay(recording.timeline());
    replay.utc_offsets = meta.utc_offsets;
    replay.source = meta.source;
    replay.version = meta.version;
    replay.speed = options.speed.value_or(1);
    if (const auto capture = capture_moment(meta)) {
        replay.moment = interval_with(recording.timeline(), capture->at_unix_ns);
        replay.moment_words = printable("captured when " + capture_words(*capture, meta.utc_offsets));
        replay.at = replay.moment.value_or(0);
    }
    if (!options.at.empty()) {
        // "-5m" is from the end, "+30s" from the beginning.
        const bool from_end = options.at.find_first_not_of(" \t") == options.at.find('-');
        const std::size_t from = from_end ? recording.intervals() - 1 : 0;
        const auto at = find_moment(options.at, recording.timeline(), from, meta.utc_offsets);
        if (!at.ok()) {
            return at.error().in("--at");
        }
        replay.at = at.value();
    }
    return replay;
}

}  // namespace

Result<Outcome> run_replay(const ReplayOptions& options) {
    TRY(check_terminal("rstat-tsa report DIR prints what a recording holds"));
    // Before signals are queued: they may end the reading of a large recording, or of a directory that hangs.
    auto recording = TRY(Recording::open(options.directory));
    auto stacks = TRY(RecordedStacks::open(options.directory));
    auto signals = TRY(SignalQueue::open(screen_signals()));
    auto replay = start_of(*recording, options);
    if (!replay.ok()) {
        return replay.error();
    }
    const RecordingMeta& meta = recording->meta();
    const SettingsStore store = SettingsStore::open();
    OverviewOptions view_options;
    view_options.settings = &store.settings();
    view_options.machine = recorded_machine(meta);
    view_options.unicode = use_utf8_locale();
    view_options.chosen = fmt::format("{}", fmt::join(meta.filters, ", "));
    view_options.interval_ms =
        meta.interval_ms > 0 ? meta.interval_ms : recording->timeline().front().interval_ns / kNsPerMs;
    view_options.replay = std::move(replay).value();
    Overview overview(std::move(view_options));
    auto screen = TRY(open_screen(options.color, store.settings()));
    if (meta.capture) {
        overview.show_message(overview.state().replay->moment_words, false);
    }
    if (!recording->remarks().empty()) {
        overview.show_message(recording->remarks().front(), true);
    }
    if (!store.problem().empty()) {
        overview.show_message(store.problem(), true);
    }
    // From here on only open files are read.
    TRY(drop_capabilities(kept_by_replay()));
    return ReplayLoop(*recording, std::move(stacks), *screen, signals, overview).run();
}

}  // namespace tsa
