// SPDX-License-Identifier: MIT
// Lists directories and reads single values in /proc and /sys. Only for finding sources: allocates, and opens each
// file. Names are in natural order (cpu2 before cpu10).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "system/source_file.h"

namespace tsa {

/// Names in a directory that start with `prefix`. Empty if there are none or it cannot be listed.
[[nodiscard]] std::vector<std::string> list_names(const std::string& directory, std::string_view prefix = {});

/// The same, but only `prefix` followed by a number: "card0", not "card0-DP-1".
[[nodiscard]] std::vector<std::string> list_numbered(const std::string& directory, std::string_view prefix);

/// The first line of a small file, without its newline. Absent if it cannot be read or is empty.
[[nodiscard]] std::optional<std::string> read_value(const std::string& path);
[[nodiscard]] std::optional<std::uint64_t> read_number(const std::string& path);

[[nodiscard]] bool path_exists(const std::string& path);

/// At most `most` of the elements, spread evenly over all of them.
template <class T>
[[nodiscard]] std::vector<T> evenly_chosen(std::vector<T> all, std::size_t most) {
    if (all.size() <= most) {
        return all;
    }
    std::vector<T> chosen;
    for (std::size_t i = 0; i < most; ++i) {
        chosen.push_back(std::move(all[i * all.size() / most]));
    }
    return chosen;
}

/// Detects changes of the names in a directory: a device was added or removed. Neither allocates nor opens anything as
/// long as the directory exists.
class WatchedDirectory {
  public:
    explicit WatchedDirectory(std::string path) : path_(std::move(path)) { (void)changed(scratch_calls_); }

    /// Whether they changed since the previous call. Adds its system calls (a few) to `calls`.
    [[nodiscard]] bool changed(std::uint64_t& calls);

  private:
    [[nodiscard]] std::uint64_t signature(std::uint64_t& calls);

    std::string path_;
    Fd fd_;
    std::uint64_t signature_ = 0;
    std::uint64_t scratch_calls_ = 0;
};

}  // namespace tsa
