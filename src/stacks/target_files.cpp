// SPDX-License-Identifier: MIT
// See target_files.h.
#include "stacks/target_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

#include "base/text_file.h"
#include "stacks/debug_fetcher.h"

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

/// Where the client of debuginfod keeps what it fetched. Empty: it has no such place.
std::string fetched_path(const std::string& digits) {
    std::string folder;
    if (const char* own = std::getenv("DEBUGINFOD_CACHE_PATH"); own != nullptr && *own != '\0') {
        folder = own;
    } else if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
        folder = std::string(cache) + "/debuginfod_client";
    } else if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
        folder = std::string(home) + "/.cache/debuginfod_client";
    }
    return folder.empty() ? folder : fmt::format("{}/{}/debuginfo", folder, digits);
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

Fd open_debug_file(std::uint32_t tid, std::string_view build_id) {
    if (build_id.size() < 2) {
        return {};
    }
    const std::string digits = build_id_digits(build_id);
    const std::string installed =
        fmt::format("/usr/lib/debug/.build-id/{}/{}.debug", digits.substr(0, 2), std::string_view(digits).substr(2));
    struct stat status {};
    Fd inside = open_inside(tid, installed, true);
    if (is_regular(inside, status)) {
        return inside;
    }
    for (const std::string& path : {installed, fetched_path(digits)}) {
        Fd file(path.empty() ? -1 : ::open(path.c_str(), kReadOnly));
        if (is_regular(file, status) && status.st_size > 0) {  // an empty one notes that no server has it
            return file;
        }
    }
    return {};
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
