// SPDX-License-Identifier: MIT
// Labels of the open waits that a loop shows or records: looked up once per wait, because a blocked thread does not
// move. A thread that waits for the same object at the next refresh, in another wait, keeps its label, which is looked
// up again meanwhile: short waits would have none otherwise. Called once per report, right after it was made. Holders
// of file locks and semaphores are read again each time and go where holders of futexes are: Wait::owner_tid.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "model/report.h"
#include "model/sample.h"
#include "model/wait_labels.h"
#include "peers/label_query.h"
#include "peers/label_thread.h"

namespace tsa {

/// How long a refresh waits for labels: on a busy machine the thread gets its CPU some milliseconds late.
inline constexpr std::chrono::nanoseconds kLabelTime = std::chrono::milliseconds(10);
/// Open waits whose label is kept. Further ones are looked for when others have ended.
inline constexpr std::size_t kMaxTrackedWaits = 4096;

class LabelFeed {
  public:
    LabelFeed() = default;
    LabelFeed(const LabelFeed&) = delete;
    LabelFeed& operator=(const LabelFeed&) = delete;

    /// Starts the thread, before capabilities are dropped. Without one (an error, or TIDs that are not those of /proc)
    /// there are no labels but those that need no look.
    void start();

    /// Labels for rows of the report, the first ones first, by index into report.threads. `sample`: the newest, of
    /// which the report was made. Sets report.labels.
    void update(std::span<const std::uint32_t> wanted, Sample& sample, Report& report);
    /// The same for threads by identity: those that the screen showed last.
    void update(std::span<const ThreadKey> wanted, Sample& sample, Report& report);
    /// The same for all rows of threads that are wanted, in turn.
    using IsWanted = std::function<bool(const Thread&)>;
    void update_all(const IsWanted& is_wanted, Sample& sample, Report& report);

    [[nodiscard]] const WaitLabels& labels() const { return labels_; }

  private:
    /// An open wait with a label, or that is being looked up.
    struct Tracked {
        ThreadKey key;
        std::uint64_t since_ns = 0;
        std::uint32_t index = 0, life = 0;  // of Sample::threads
        Subject subject;
        LockReading lock;
        bool is_lock = false;
        bool holder_is_current = false;  // read for this report
        bool asked = false;              // a query is on its way
        bool incomplete = false;         // ask again
        bool is_renewed = false;         // the label is that of an earlier wait for the same: ask again
        std::uint8_t tries = 0;
        std::uint64_t asked_ns = 0;
        std::uint32_t owner_tid = 0;  // in the last report
    };
    /// Of the queries on their way: which wait each is for.
    struct Pending {
        ThreadKey key;
        std::uint64_t since_ns = 0;
        Subject subject;
        std::uint32_t index = 0;
        bool holder_only = false;
        bool is_open = false;  // not answered yet
    };

    void begin(Sample& sample, Report& report);
    void finish(Sample& sample, Report& report);
    void drop_ended(const Sample& sample);
    [[nodiscard]] bool goes_on(Tracked& tracked, const Thread& thread);
    void drop(std::size_t at);
    void consider(const Thread& thread, std::uint32_t index, const Sample& sample, const Report& report);
    Tracked& track(const Thread& thread, std::uint32_t index, const Subject& subject);
    void give_up_pending();
    [[nodiscard]] bool may_look(const Subject& subject, const Thread& thread) const;
    [[nodiscard]] bool ask(Tracked& tracked, const Thread& thread, bool holder_only, std::uint64_t now_ns);
    void ask_for_holders(const Sample& sample, std::uint64_t now_ns);
    void take_answers(const Sample& sample);
    void take(Tracked& tracked, const Thread& thread, const LabelAnswer& answer, const Sample& sample);
    void set_holders(Sample& sample);
    void mark_changed_rows(const Sample& sample, Report& report);
    void label_without_look(Tracked& tracked, const Thread& thread, const Sample& sample);
    void set_label(const Tracked& tracked, const Thread& thread, std::string_view text, bool delays);
    [[nodiscard]] Tracked* find(std::uint32_t index);

    std::unique_ptr<LabelThread> thread_;
    bool is_free_ = false;  // the thread can be asked in this refresh
    WaitLabels labels_;
    std::vector<Tracked> tracked_;
    std::vector<std::uint32_t> place_of_;        // by index of the thread: place in tracked_ + 1, 0: none
    std::vector<Pending> pending_;               // by number of the query
    std::size_t queries_ = 0, new_queries_ = 0;  // of this refresh
    std::vector<std::uint32_t> changed_;         // indices of threads whose label or holder is not what it was
    std::vector<std::uint32_t> rows_;
    std::size_t next_row_ = 0;  // where update_all() goes on
    std::uint64_t unread_ = 0;  // times that a look hung
};

}  // namespace tsa
