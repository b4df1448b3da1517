// SPDX-License-Identifier: MIT
// Bytes received and sent by the machine. A byte passes several interfaces (bridge, bond, tunnel, container end): only
// hardware interfaces count or, if there are none (in a container), all except the loopback.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/system_sample.h"
#include "system/device_totals.h"
#include "system/source_file.h"
#include "system/tree.h"

namespace tsa {

/// Cumulative since the interface came up.
struct InterfaceCounters {
    DeviceName name;
    std::uint64_t rx_bytes = 0, tx_bytes = 0;
};

/// Parses one line of /proc/net/dev; absent for the two header lines and malformed ones.
[[nodiscard]] std::optional<InterfaceCounters> parse_net_dev_line(std::string_view line);

/// Reads the interfaces of the network namespace in which it was created: two files each if there are few, because the
/// full list is long on container hosts.
class NetworkReader {
  public:
    static constexpr std::size_t kMaxSingle = 2;

    explicit NetworkReader(std::string root);

    /// Checks whether an interface was added or removed; if so, selects them again.
    void look_again(TextBuffer& buffer);
    /// Fills net_rx_bytes and net_tx_bytes.
    void read(SystemSample& out, TextBuffer& buffer);

    [[nodiscard]] const std::vector<std::string>& chosen() const { return chosen_; }

  private:
    /// The counters of one interface.
    struct Single {
        SourceFile rx, tx;

        [[nodiscard]] bool is_open() const { return rx.is_open() && tx.is_open(); }
    };
    void discover(TextBuffer& buffer);
    [[nodiscard]] bool has_hardware(const std::string& interface) const;
    void add_from_single(TextBuffer& buffer);
    void add_from_all(TextBuffer& buffer);

    std::string root_;
    WatchedDirectory directory_;
    SourceFile net_dev_;
    std::vector<Single> single_;       ///< like chosen_; empty: net_dev_ is read
    std::vector<std::string> chosen_;  ///< sorted
    DeviceTotals totals_;
};

}  // namespace tsa
