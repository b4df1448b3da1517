// SPDX-License-Identifier: MIT
// Notifications on the desktop, as org.freedesktop.Notifications describes. A process beside this program sends them:
// it has no privileges, is the user that called sudo, and a desktop that does not answer stops only it. Uses libsystemd
// where it can be loaded, else notify-send.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "app/host/signals.h"
#include "base/fd.h"

namespace tsa {

struct DesktopText {
    std::string summary, body;  ///< the body may have several lines
};

class DesktopNotifier {
  public:
    /// How long the start waits for an answer of the desktop, and the end for notifications that are on their way.
    static constexpr int kPatienceMs = 2000;

    /// Creates the process, before privileges are dropped.
    static std::unique_ptr<DesktopNotifier> start(const SignalQueue& signals);
    DesktopNotifier(const DesktopNotifier&) = delete;
    DesktopNotifier& operator=(const DesktopNotifier&) = delete;
    ~DesktopNotifier();

    /// Why no notification could be shown now; empty: it can be. Each one tries again.
    [[nodiscard]] const std::string& unavailable() const { return unavailable_; }
    /// Does not wait. A notification for which no room is left is dropped, with a notice; one that fails is a notice.
    void show(const DesktopText& text);

  private:
    DesktopNotifier() = default;

    Fd socket_;
    pid_t pid_ = -1;
    std::string unavailable_;
};

/// `text` as notifications have it, which may have tags.
[[nodiscard]] std::string notification_markup(const std::string& text);

}  // namespace tsa
