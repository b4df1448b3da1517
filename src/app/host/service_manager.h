// SPDX-License-Identifier: MIT
// What a service manager is informed of: that the program is ready, its state in a line, that its loop still runs, and
// that it stops. The protocol of sd_notify(3): datagrams to the socket that NOTIFY_SOCKET names. Without that variable
// nothing is sent.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/host/live_session.h"
#include "app/host/ticker.h"
#include "base/fd.h"

namespace tsa {

/// Where to send; absent: the text is not the name of such a socket. "@name" is in the abstract namespace.
struct NotifyAddress {
    sockaddr_un address{};
    socklen_t size = 0;
};
[[nodiscard]] std::optional<NotifyAddress> parse_notify_address(std::string_view text);

/// How often signs of life are sent: a third of the watchdog's time, so that one may be late, at most kBeatNs. `usec`
/// and `pid` are WATCHDOG_USEC and WATCHDOG_PID; null: not set. No watchdog: kBeatNs, for the state alone.
struct WatchdogWish {
    std::uint64_t every_ns = 0;
    bool wanted = false;  ///< WATCHDOG=1 is expected
};
[[nodiscard]] WatchdogWish watchdog_wish(const char* usec, const char* pid, std::int64_t own_pid);

class ServiceManager {
  public:
    static constexpr std::uint64_t kBeatNs = 10 * kNsPerSecond;

    /// Reads the variables, and removes them: commands that this program runs are not the service. Before any thread
    /// is started.
    static ServiceManager from_environment();
    [[nodiscard]] bool is_there() const { return socket_.valid(); }

    /// The program measures from now on. From here on its state and signs of life are sent by the session's loop: a
    /// loop that hangs sends none. `state` returns a line. The object must outlive the loop.
    Result<void> ready(LiveSession& session, std::function<std::string()> state);
    /// Before what may take a while at the end.
    void stopping();

  private:
    void beat();
    /// Waits for the manager for a short time at most; a manager that takes no messages does not stop the measuring.
    void send(std::string_view message, bool may_wait) const;

    Fd socket_;
    NotifyAddress to_;
    WatchdogWish watchdog_;
    bool stopping_ = false;
    std::optional<Ticker> ticker_;
    std::function<std::string()> state_;
};

}  // namespace tsa
