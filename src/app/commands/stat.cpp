// SPDX-License-Identifier: MIT
// The loop of `stat` without a command: a report at each tick, until a signal or until the reader closes the pipe.
#include "app/commands/stat.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "app/commands/thread_choice.h"
#include "app/host/delays.h"
#include "app/host/live_session.h"
#include "app/host/neighbor_feed.h"
#include "app/host/network_feed.h"
#include "app/host/notice.h"
#include "app/host/printer.h"
#include "app/host/waker_feed.h"
#include "expression/row_terms.h"
#include "model/groups.h"
#include "procfs/cgroup_stats.h"
#include "procfs/user_names.h"

namespace tsa {

namespace {

class StatLoop {
  public:
    StatLoop(const StatOptions& options, ThreadChoice choice, LiveSession& session, Printer& printer)
        : options_(options),
          choice_(std::move(choice)),
          session_(session),
          collector_(session.collector()),
          printer_(printer),
          wakers_(collector_.probe()),
          network_(collector_.probe()),
          neighbors_(collector_.probe()) {
        choice_.filter.places = &facts_.table();
        report_options_.filter = &choice_.filter;
        facts_.table().shows_commands = options.cmdline;
        if (!options.filter.empty()) {
            auto parsed = parse_row_expression(options.filter);
            if (auto* expression = std::get_if<Expression>(&parsed)) {
                condition_ = std::move(*expression);
            }
        }
    }

    /// Before capabilities are dropped: the threads that read processes keep those that they need.
    void start_facts() {
        if (wants_facts()) {
            facts_.start(options_.cmdline || options_.by == GroupKey::command ||
                         (condition_ && needs_facts(*condition_)));
            collector_.report_now({});
            if (needs_all_facts()) {
                collector_.fill_facts(facts_);
            }
        }
        if (options_.by && needs_places(*options_.by)) {
            limits_.start();
            choose_groups(collector_.report(), *options_.by);  // both ends of the first interval are needed
        }
    }

    /// Before the first interval: both of its ends are needed.
    void ask_for_delays() {
        if (!options_.taskstats) {
            return;
        }
        const DelayTable& delays = delays_.fetch(collector_.report_now(report_options_));
        if (!delays.unavailable.empty()) {
            notice(delays.unavailable);
        }
    }

    /// Before capabilities are dropped: the thread that looks labels up keeps those that it needs.
    void start_labels() {
        labels_.start();
        collector_.report_now(report_options_);
        collector_.add_labels(labels_, printer_.select_rows(collector_.report()));
    }

    /// Likewise; first, since it forks. The files of programs are read before the first interval.
    void start_stacks() {
        if (options_.stacks) {
            stacks_.start(collector_.probe(), options_.debuginfod);
            if (!stacks_.no_debuginfod().empty()) {
                notice(stacks_.no_debuginfod());
            }
            const Report& report = collector_.report_now(report_options_);
            add_stacks(report, printer_.select_rows(report));
            if (!stacks_.unavailable().empty()) {
                notice(stacks_.unavailable());
            }
            if (const std::string damaged = damaged_labels(stacks_.label_files()); !damaged.empty()) {
                notice(damaged);
            }
        }
    }

    void start_wakers() {
        wakers_.switch_to(options_.wakers);
        if (!wakers_.unavailable().empty()) {
            notice(wakers_.unavailable());
        }
    }

    /// Before capabilities are dropped. The first interval needs a reading at its beginning.
    void start_gpus() {
        if (options_.gpu) {
            gpus_.start();
            collector_.report_now(report_options_);
            collector_.add_gpus(gpus_, true);
        }
    }

    /// The sample after it is the beginning of the first interval with bytes.
    void start_network() {
        network_.start(options_.network);
        if (network_.is_on()) {
            collector_.collect(report_options_);
        }
    }

    void start_neighbors() {
        if (options_.neighbors) {
            choose_neighbors(collector_.report_now(report_options_));
            if (!neighbors_.unavailable().empty()) {
                notice(neighbors_.unavailable());
            }
        }
    }

    Result<Outcome> run() {
        Loop& loop = session_.loop();
        loop.watch(printer_.fd(), Interest::end_only, [&loop](Ready) {
            loop.stop();  // the reader is gone
            return Result<void>{};
        });
        // A signal ends the interval early: what was measured so far is printed. It stays pending, so that this does
        // not block without an active reader.
        session_.on_signal([this] { return step(true); });
        session_.on_tick([this] { return step(false); });
        TRY(loop.run());
        return outcome_;
    }

  private:
    void add_stacks(const Report& report, std::span<const std::uint32_t> rows) {
        listed_.clear();
        for (const std::uint32_t row : rows) {
            listed_.push_back(key_of(*report.threads[row].now));
        }
        collector_.add_stacks(stacks_, listed_, kListedStacks);
    }

    /// All threads of the report, up to the limit: the first ones.
    void choose_neighbors(const Report& report) {
        listed_.clear();
        for (const ThreadRow& row : report.threads) {
            listed_.push_back(key_of(*row.now));
        }
        listed_.resize(std::min(listed_.size(), NeighborProbe::kMaxChosen));
        neighbors_.choose(listed_, collector_.newest());
    }

    Result<void> step(bool last) {
        auto printed = print_interval(last);
        if (!printed.ok() && !reader_left(printed.error()) && !stopped_waiting(printed.error())) {
            return printed;
        }
        if (!printed.ok() && stopped_waiting(printed.error())) {
            outcome_.note = kNobodyRead;
        }
        if (last || !printed.ok()) {
            session_.loop().stop();
        }
        return {};
    }

    /// Sets `last` to true if it is the last one for another reason.
    Result<void> print_interval(bool& last) {
        const Report* collected = &collector_.collect(report_options_);
        bool changed = choice_.update(*collected);
        if (choice_.filter.needs_places()) {
            // Processes that are not chosen, or not known yet, are only in a report of everything.
            collector_.report_again({});
            collector_.add_facts(facts_, {}, true);
            changed = true;
        }
        if (changed) {
            collected = &collector_.report_again(report_options_);
        }
        const Report& report = *collected;
        presence_ = choice_.targets.presence(report);
        if (choice_.filter.needs_places()) {
            collector_.add_known_facts(facts_);
        } else if (needs_all_facts()) {
            collector_.add_facts(facts_, {}, true);
        }
        apply_condition(report);
        if (options_.taskstats) {
            collector_.set_delays(&delays_.fetch(report));
        }
        if (options_.by) {
            choose_groups(report, *options_.by);
            return end_interval(report, last);
        }
        collector_.add_known_labels(labels_);
        if (options_.stacks) {
            collector_.add_known_stacks(stacks_);
        }
        const std::span<const std::uint32_t> rows = printer_.select_rows(report);
        if (wants_facts() && !needs_all_facts()) {
            add_facts_of(report, rows);
        }
        collector_.add_labels(labels_, rows);
        if (options_.stacks) {
            add_stacks(report, rows);
        }
        collector_.add_wakers(wakers_, std::nullopt);
        collector_.add_gpus(gpus_, options_.gpu);
        if (options_.neighbors) {
            collector_.add_neighbors(neighbors_);
            choose_neighbors(report);
        }
        return end_interval(report, last);
    }

    Result<void> end_interval(const Report& report, bool& last) {
        ++printed_;
        last = last || (options_.intervals && printed_ >= *options_.intervals);
        if (presence_ != Presence::seen) {
            last = true;
            outcome_.note = choice_.targets.words(presence_, report);
            outcome_.exit_code = presence_ == Presence::unseen ? kExitFailure : kExitOk;
        }
        return options_.by ? printer_.print_groups(report) : printer_.print(report);
    }

    void apply_condition(const Report& report) {
        if (condition_) {
            collector_.keep_rows([this, &report](const ThreadRow& row) {
                values_.set(report, row);
                return condition_->matches(values_);
            });
        }
    }

    void choose_groups(const Report& report, GroupKey by) {
        const std::span<GroupRow> groups = groups_.build(report, by, user_name_);
        GroupReport& chosen = printer_.select_groups(groups, report, by);
        if (needs_places(by)) {
            paths_.clear();
            for (const GroupRow* group : chosen.rows) {
                paths_.emplace_back(group->cgroup());
            }
            std::erase(paths_, std::string());
            limits_.update(paths_, facts_.table());
        }
    }

    void add_facts_of(const Report& report, std::span<const std::uint32_t> rows) {
        tgids_.clear();
        for (const std::uint32_t row : rows) {
            tgids_.push_back(report.threads[row].now->tgid);
        }
        collector_.add_facts(facts_, tgids_, false);
    }

    /// Not only of the rows that are printed.
    [[nodiscard]] bool needs_all_facts() const {
        return options_.by || choice_.filter.needs_places() || (condition_ && needs_facts(*condition_)) ||
               (options_.format->key == "json" && options_.top.value_or(0) == 0);
    }

    /// Whether command lines or cgroups are printed, or choose threads.
    [[nodiscard]] bool wants_facts() const {
        return options_.format->key == "json" || options_.by || choice_.filter.needs_places() ||
               (condition_ && needs_facts(*condition_));
    }

    const StatOptions& options_;
    ThreadChoice choice_;
    LiveSession& session_;
    Collector& collector_;
    Printer& printer_;
    ReportOptions report_options_;
    DelayFeed delays_;
    ProcessFeed facts_;
    GroupBuilder groups_;
    CgroupStatsFeed limits_;
    std::vector<std::string> paths_;
    std::vector<std::uint32_t> tgids_;
    UserName user_name_ = [names = names_of_users()](std::uint32_t uid) { return names(uid).value_or(std::string()); };
    std::optional<Expression> condition_;
    RowValues values_{user_name_};
    Presence presence_ = Presence::seen;
    LabelFeed labels_;
    StackFeed stacks_;
    WakerFeed wakers_;
    NetworkFeed network_;
    GpuFeed gpus_;
    NeighborFeed neighbors_;
    std::vector<ThreadKey> listed_;
    std::uint64_t printed_ = 0;
    Outcome outcome_;
};

}  // namespace

Result<Outcome> run_stat(const StatOptions& options) {
    if (!options.command_line.empty()) {
        return run_stat_command(options);
    }
    auto choice = TRY(choose_threads(options, options.kernel_threads, false));
    // Before signals are blocked: opening a named pipe waits for a reader, and Ctrl-C must end that.
    auto printer = TRY(Printer::open(options, STDOUT_FILENO));
    auto session = TRY(LiveSession::start({options.source, options.max_threads}, SourceNotice::why_and_what));
    printer->stop_on(session->signals().fd());
    if (session->source() != Source::bpf) {
        choice.choose_cgroup_by_path();
    }
    StatLoop loop(options, std::move(choice), *session, *printer);
    loop.start_facts();
    loop.ask_for_delays();
    loop.start_stacks();
    loop.start_labels();
    loop.start_gpus();
    loop.start_network();
    loop.start_wakers();
    loop.start_neighbors();
    Keep keep = kept_by_stat(session->source(), options.taskstats);
    keep.programs = options.debuginfod;
    TRY(session->begin(options.interval_ms.value_or(kDefaultIntervalMs) * kNsPerMs, keep));
    return loop.run();
}

}  // namespace tsa
