// SPDX-License-Identifier: MIT
// config.toml on disk: read at the start, written by an atomic replacement. A damaged file is never overwritten.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/side_thread.h"
#include "settings/settings.h"

namespace tsa {

class SettingsStore {
  public:
    /// The user's file, else the machine's, else the defaults.
    static SettingsStore open();

    [[nodiscard]] const ScreenSettings& settings() const { return settings_; }
    /// What is wrong with the file, which is then ignored; empty: nothing.
    [[nodiscard]] const std::string& problem() const { return problem_; }

    /// Before capabilities are dropped: files in another user's home are written as that user.
    void start();
    /// Writes what changed between two moments; the rest of the file stays as it is by now. Error: the file is damaged,
    /// or cannot be written.
    Result<void> save(const ScreenSettings& before, const ScreenSettings& now);

  private:
    struct Work;

    std::string path_;  ///< empty: there is no home
    ScreenSettings settings_;
    std::string problem_;
    std::shared_ptr<Work> work_;
    std::unique_ptr<SideThread> writer_;  ///< null: this thread writes
};

}  // namespace tsa
