// SPDX-License-Identifier: MIT
// The Player of recording.h: reads the rows of an interval, turns them into Samples (PlayerThreads) and a Report
// (ReportBuilder), and replaces its sums with the machine's recorded numbers.
#include <algorithm>

#include "record/distinct_lines.h"
#include "record/played_neighbors.h"
#include "record/played_wakers.h"
#include "record/player_threads.h"
#include "record/recording_parts.h"

namespace tsa {

class Player::State {
  public:
    State(RecordingParts& parts, WallClock wall_clock)
        : parts_(parts), threads_(setting_of(parts)), wall_clock_(wall_clock) {
        has_delays_ = std::ranges::any_of(parts.row_sections,
                                          [](const RowSection& section) { return section.columns.has_delays(); });
        table_.accounting.state = Accounting::on;
        table_.accounting.on_no_later_than_ns = 0;  // unmeasured values are absent
        if (parts.wakers != nullptr) {
            wakers_.emplace(*parts.wakers);
        }
        if (parts.neighbors != nullptr) {
            neighbors_.emplace(*parts.neighbors);
        }
    }

    Result<const Report*> seek(std::size_t interval) {
        if (at_ && *at_ == interval) {
            return &report_;
        }
        const std::size_t first = first_needed(interval);
        std::size_t next = at_ ? *at_ + 1 : first;
        if (!at_ || interval < next || next < first) {
            threads_.clear();
            next = first;
        }
        at_.reset();
        for (; next <= interval; ++next) {
            if (Result<void> played = play(next); !played.ok()) {
                return played.error();
            }
        }
        make_report(interval);
        const TimeSlice& slice = parts_.timeline[interval];
        const std::uint64_t recorded_ns = slice.time_unix_ns - static_cast<std::uint64_t>(slice.unix_shift_ns);
        if (wakers_) {
            TRY(wakers_->read(report_, recorded_ns));
        }
        if (neighbors_) {
            TRY(neighbors_->read(recorded_ns));
        }
        report_.wakers = wakers_ ? &*wakers_ : nullptr;
        report_.neighbors = neighbors_ ? &*neighbors_ : nullptr;
        at_ = interval;
        return &report_;
    }

    [[nodiscard]] std::uint64_t bad_lines() const { return bad_lines_; }

  private:
    static PlayerThreads::Setting setting_of(const RecordingParts& parts) {
        PlayerThreads::Setting setting;
        setting.io_is_measured = parts.meta.source == Source::bpf;
        setting.one_thread_per_name = parts.meta.source == Source::procfs;
        setting.followed = !parts.meta.command.empty();
        setting.has_wait_arguments = std::ranges::all_of(
            parts.row_sections, [](const RowSection& section) { return section.columns.has_wait_arguments(); });
        setting.silence_ns = parts.silence_ns;
        return setting;
    }

    /// Earlier rows are irrelevant: a thread without a row since then no longer exists. What threads did in time that
    /// was not recorded is not known, nor is which of them still exist.
    [[nodiscard]] std::size_t first_needed(std::size_t interval) const {
        const std::uint64_t now_ns = parts_.timeline[interval].now_ns;
        std::size_t first = interval;
        while (first != 0 && parts_.timeline[first].follows &&
               parts_.timeline[first - 1].now_ns + parts_.silence_ns >= now_ns) {
            --first;
        }
        return first;
    }

    Result<void> play(std::size_t interval) {
        const TimeSlice& slice = parts_.timeline[interval];
        const IntervalPlace& place = parts_.places[interval];
        if (!slice.follows || slice.missing) {
            threads_.clear();
        }
        threads_.begin({slice.now_ns, slice.interval_ns, wall_clock_of(slice)});
        delays_.clear();
        if (Result<void> read = read_rows(place.rows, shift_of(slice)); !read.ok()) {
            return read;
        }
        Result<std::optional<std::uint64_t>> living = read_system(place.system);
        if (!living.ok()) {
            return living.error();
        }
        threads_.end(living.value());
        return {};
    }

    /// Moves `source` to an offset. Of each kind of file, only `current` has buffers.
    static Result<void> go_to(LineSource& source, std::uint64_t offset, LineSource*& current) {
        if (current != nullptr && current != &source) {
            current->rest();
        }
        current = &source;
        return source.seek(offset) ? Result<void>() : source.error();
    }

    /// `unix_shift_ns`: from the recorded wall-clock time to the one that is wanted.
    Result<void> read_rows(const RowPlace& place, std::int64_t unix_shift_ns) {
        if (place.section == RowPlace::kNowhere) {
            return {};
        }
        RowSection& section = parts_.row_sections[place.section];
        LineSource& source = *parts_.thread_files[section.file];
        if (Result<void> there = go_to(source, place.begin, rows_in_); !there.ok()) {
            return there;
        }
        std::string_view line;
        lines_.clear();
        while (source.offset() < place.end) {
            if (source.next(line) != LineSource::Step::line) {
                return too_short(source);
            }
            if (place.repeats && !lines_.add(line)) {
                continue;
            }
            if (!section.columns.read(line, cells_) || !threads_.add(moved(cells_, unix_shift_ns))) {
                ++bad_lines_;
            } else if (cells_.has_delays) {
                delays_.push_back(cells_.delays);
                delays_.back().key = {cells_.thread.tid, cells_.thread.start_time_ns};
            }
        }
        return {};
    }

    static RestoredRow& moved(RestoredRow& row, std::int64_t unix_shift_ns) {
        if (row.exit_time_unix_ns != 0) {
            row.exit_time_unix_ns += static_cast<std::uint64_t>(unix_shift_ns);
        }
        return row;
    }

    /// Reads the machine's numbers into machine_; returns the number of living threads if present.
    Result<std::optional<std::uint64_t>> read_system(const SystemPlace& place) {
        has_machine_ = place.section != RowPlace::kNowhere;
        if (!has_machine_) {
            return std::optional<std::uint64_t>();
        }
        SystemSection& section = parts_.system_sections[place.section];
        LineSource& source = *parts_.system_files[section.file];
        if (Result<void> there = go_to(source, place.begin, system_in_); !there.ok()) {
            return there.error();
        }
        if (source.next(system_line_) != LineSource::Step::line) {
            return too_short(source).error();
        }
        system_columns_ = &section.columns;
        if (!section.columns.read(system_line_, machine_)) {
            has_machine_ = false;
            return std::optional<std::uint64_t>();
        }
        return section.columns.threads();
    }

    static Result<void> too_short(const LineSource& source) {
        if (!source.error().message.empty()) {
            return source.error();
        }
        return Error{"the recording was truncated after it was opened", "open it again", 0};
    }

    void make_report(std::size_t interval) {
        const TimeSlice& slice = parts_.timeline[interval];
        threads_.now().system.cpus = parts_.meta.cpus;
        builder_.build(threads_.before(), threads_.now(), {}, report_);
        report_.labels = &threads_.labels();
        if (has_machine_) {
            // Replaces the sums of the rows: a filter, or threads without a row, may be missing from them.
            system_columns_->read(system_line_, report_);
            report_.now_ns = slice.now_ns;
            report_.time_unix_ns = wall_clock_of(slice);
        }
        report_.facts = nullptr;
        if (parts_.processes.any()) {
            parts_.processes.fill(slice.time_unix_ns - static_cast<std::uint64_t>(slice.unix_shift_ns), facts_,
                                  report_);
        }
        report_.delays = nullptr;
        if (has_delays_) {
            table_.assign(delays_);
            report_.delays = &table_;
        }
    }

    /// From the recorded wall-clock time to the one that is wanted.
    [[nodiscard]] std::int64_t shift_of(const TimeSlice& slice) const {
        return wall_clock_ == WallClock::straight ? slice.unix_shift_ns : 0;
    }
    [[nodiscard]] std::uint64_t wall_clock_of(const TimeSlice& slice) const {
        return slice.time_unix_ns + static_cast<std::uint64_t>(shift_of(slice) - slice.unix_shift_ns);
    }

    RecordingParts& parts_;
    PlayerThreads threads_;
    WallClock wall_clock_;
    ReportBuilder builder_;
    Report report_, machine_;
    std::optional<std::size_t> at_;
    RestoredRow cells_;
    DistinctLines lines_;  // of an interval that has some more than once
    LineSource *rows_in_ = nullptr, *system_in_ = nullptr;
    SystemLineReader* system_columns_ = nullptr;
    std::string_view system_line_;
    bool has_machine_ = false;
    bool has_delays_ = false;
    std::vector<ThreadDelays> delays_;
    DelayTable table_;
    ProcessTable facts_;
    std::optional<PlayedWakers> wakers_;
    std::optional<PlayedNeighbors> neighbors_;
    std::uint64_t bad_lines_ = 0;
};

Player::Player(Recording& recording, WallClock wall_clock)
    : state_(std::make_unique<State>(*recording.parts_, wall_clock)) {}
Player::~Player() = default;

Result<const Report*> Player::seek(std::size_t interval) {
    return state_->seek(interval);
}

std::uint64_t Player::bad_lines() const {
    return state_->bad_lines();
}

}  // namespace tsa
