// SPDX-License-Identifier: MIT
// See target_files.h.
#include "stacks/target_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text_file.h"

namespace tsa {

namespace {

constexpr std::size_t kMapsBytes = std::size_t{4} << 20U;
constexpr int kReadOnly = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

/// Links are followed inside the root directory of the process, so that a container cannot lead out of itself.
Fd open_inside(std::uint32_t tid, const std::string& path, bool follow) {
    const Fd root(::open(fmt::format("/proc/{}/root", tid).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    open_how how{};
    how.flags = static_cast<std::uint64_t>(kReadOnly | (follow ? 0 : O_NOFOLLOW));
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    return root.valid() ? Fd(static_cast<int>(::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof(how))))
                        : Fd();
}

bool is_regular(const Fd& file, struct stat& status) {
    return file.valid() && ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

std::string read_maps(std::uint32_t tid) {
    return read_text_file(fmt::format("/proc/{}/maps", tid), kMapsBytes).value_or("");
}

Fd open_mapped_file(std::uint32_t tid, const CodeMapping& mapping) {
    if (mapping.kind != MappingKind::file) {
        return {};
    }
    struct stat status {};
    Fd linked(::open(fmt::format("/proc/{}/map_files/{:x}-{:x}", tid, mapping.begin, mapping.end).c_str(), kReadOnly));
    if (is_regular(linked, status)) {
        return linked;
    }
    // Not the device: on an overlay, a mapping has that of the layer below.
    Fd named = mapping.deleted ? Fd() : open_inside(tid, mapping.path, true);
    return is_regular(named, status) && status.st_ino == mapping.inode ? std::move(named) : Fd();
}

Fd open_perf_map(std::uint32_t tid, std::uint32_t ns_tgid) {
    struct stat process {};
    struct stat status {};
    Fd file = open_inside(tid, fmt::format("/tmp/perf-{}.map", ns_tgid), false);
    const bool is_own = is_regular(file, status) && ::stat(fmt::format("/proc/{}", tid).c_str(), &process) == 0 &&
                        (status.st_uid == process.st_uid || status.st_uid == 0);
    return is_own ? std::move(file) : Fd();
}

}  // namespace tsa
