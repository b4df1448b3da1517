// SPDX-License-Identifier: MIT
// Which processes have a socket or an end of a pipe open, from a pass over /proc/*/fd. A pass is made only when someone
// asks for an inode that the last one did not have, at most once in kScanEveryNs, and in slices that end in time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/directory.h"
#include "base/flat_map.h"

namespace tsa {

/// The processes that have a file open.
struct Openers {
    std::uint32_t tgid = 0;  ///< the first one found; 0: none
    std::uint32_t count = 0;
};

/// A socket or a pipe, with who has it: [0] a socket or the read end, [1] the write end.
struct OpenFile {
    OpenFile() = default;
    explicit OpenFile(std::uint64_t of) : inode(of) {}

    std::uint32_t mark = 0;
    std::array<std::uint32_t, 2> processes{};
    std::array<std::uint32_t, 2> tgid{}, last_tgid{};  ///< the first and the last one found
    std::array<std::int32_t, 2> fd{-1, -1};            ///< of the first one
    std::uint64_t inode = 0;

    [[nodiscard]] std::uint64_t key() const { return inode; }
    [[nodiscard]] static std::uint64_t hash(std::uint64_t key) { return flat_hash(key); }
};

enum class PipeEnd : std::uint8_t { read, write };

class OwnerIndex {
  public:
    /// `proc`: the folder, "/proc".
    explicit OwnerIndex(std::string proc = "/proc") : proc_(std::move(proc)) {}

    /// As they were at some time after `since_ns` (CLOCK_MONOTONIC). Absent: not known yet, a pass is due or in
    /// progress; ask again. Returns soon after `until_ns`.
    [[nodiscard]] std::optional<Openers> of_socket(std::uint64_t inode, std::uint64_t since_ns, std::uint64_t until_ns);
    [[nodiscard]] std::optional<Openers> of_pipe(std::uint64_t inode, PipeEnd end, std::uint64_t since_ns,
                                                 std::uint64_t until_ns);

    /// The processes that have a file with that link open, of which `is_wanted(tgid, fd)`. Not remembered. Absent: the
    /// time was too short.
    using IsWanted = std::function<bool(std::uint32_t tgid, std::int32_t fd)>;
    [[nodiscard]] std::optional<Openers> of_path(std::string_view link, std::uint64_t until_ns,
                                                 const IsWanted& is_wanted) const;

    static constexpr std::uint64_t kScanEveryNs = 1'000'000'000;
    /// Others may have opened or closed it since: a new pass is due.
    static constexpr std::uint64_t kOldNs = 10'000'000'000;
    static constexpr std::size_t kMaxFiles = 1 << 17;

  private:
    std::optional<Openers> find(std::uint64_t key, std::size_t end, std::uint64_t since_ns, std::uint64_t until_ns);
    [[nodiscard]] bool still_has(const OpenFile& entry, std::size_t end) const;
    bool scan(std::uint64_t until_ns);
    void scan_process(std::uint32_t tgid);
    void note(std::uint64_t key, std::size_t end, std::uint32_t tgid, std::int32_t fd);

    std::string proc_;
    FlatMap<OpenFile> files_, next_;
    Directory processes_;              // of the pass in progress
    std::uint64_t scan_began_ns_ = 0;  // of the pass in progress, or the last one
    std::uint64_t known_at_ns_ = 0;    // when the pass of files_ began; 0: none
};

}  // namespace tsa
