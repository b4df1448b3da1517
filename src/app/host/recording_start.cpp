// SPDX-License-Identifier: MIT
// See recording_start.h.
#include "app/host/recording_start.h"

#include <fmt/format.h>

#include <cerrno>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/capabilities.h"
#include "base/side_thread.h"

namespace tsa {

namespace {

constexpr std::chrono::milliseconds kLookForSignals{20};

/// Shared with the thread, which may outlive the wait.
struct Creation {
    RecordWriterOptions options;
    std::mutex mutex;
    std::optional<Result<std::unique_ptr<RecordWriter>>> made;
    bool given_up = false;

    void run() {
        auto writer = RecordWriter::create(std::move(options));
        const std::lock_guard lock(mutex);
        if (given_up && writer.ok()) {
            writer.value()->abandon();
        }
        made = std::move(writer);
    }
    /// False: it has just ended.
    [[nodiscard]] bool give_up() {
        const std::lock_guard lock(mutex);
        given_up = !made.has_value();
        return given_up;
    }
};

}  // namespace

Result<std::unique_ptr<RecordWriter>> create_recording(RecordWriterOptions options, const SignalQueue& signals,
                                                       std::chrono::milliseconds patience) {
    const std::string directory = options.directory;
    auto creation = std::make_shared<Creation>();
    creation->options = std::move(options);
    auto thread = TRY(SideThread::start(
        "rstat-create", [creation] { creation->run(); }, all_capabilities()));
    const auto until = std::chrono::steady_clock::now() + patience;
    thread->begin();
    while (!thread->wait_for(std::min(kLookForSignals, patience))) {
        const bool is_late = std::chrono::steady_clock::now() >= until;
        const std::optional<int> signal = signals.waiting();
        if ((is_late || signal) && creation->give_up()) {
            const std::string why =
                signal ? fmt::format("stopped by signal {} while its file system did not answer", *signal)
                       : fmt::format("no answer from its file system for {} s", patience.count() / 1000);
            return Error{fmt::format("{}: {}", directory, why), "a directory on another file system", ETIMEDOUT};
        }
    }
    return std::move(*creation->made);
}

}  // namespace tsa
