// SPDX-License-Identifier: MIT
// See settings_store.h. As root with another user's home (sudo), a thread with that user's identity writes: the kernel
// then checks every link and folder on the way as it does for the user, and the file is the user's.
#include "app/host/settings_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/config_path.h"
#include "base/fd.h"
#include "base/privilege.h"
#include "base/text_file.h"
#include "settings/settings_file.h"

namespace tsa {

struct SettingsStore::Work {
    std::string path, text;
    uid_t uid = 0;
    gid_t gid = 0;
    bool has_identity = false;
    Result<void> result{};
};

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLongestWrite{2000};
constexpr mode_t kFileMode = 0644;

/// Absent: there is none. Error: it is damaged, or cannot be read.
Result<std::optional<ScreenSettings>> read_file(const std::string& path) {
    auto text = read_regular_file(path, kMaxSettingsBytes + 1);
    if (!text.ok()) {
        const int why = text.error().error_number;
        return why == ENOENT || why == ENOTDIR ? Result<std::optional<ScreenSettings>>(std::nullopt)
                                               : text.error().in(path);
    }
    return std::optional(TRY(read_settings(text.value(), path)));
}

/// Of the folder that is there already and that the file will be in, or below.
Result<struct stat> nearest_folder(fs::path path) {
    struct stat found {};
    do {
        path = path.parent_path();
        if (::stat(path.c_str(), &found) == 0) {
            return found;
        }
    } while (path.has_relative_path());
    return Error{"no folder", "", ENOENT};
}

Result<void> write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t size = ::write(fd, text.data(), text.size());
        if (size < 0 && errno != EINTR) {
            return system_error("write", errno);
        }
        text.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    return ::fsync(fd) == 0 || errno == EINVAL ? Result<void>() : system_error("write", errno);
}

Result<void> replace_file(const std::string& named, std::string_view text) {
    std::error_code error;
    fs::create_directories(fs::path(named).parent_path(), error);
    if (error) {
        return system_error("create " + fs::path(named).parent_path().string(), error.value());
    }
    // A link stays one: people keep such files elsewhere.
    const fs::path target = fs::weakly_canonical(named, error);
    const std::string path = error ? named : target.string();
    std::string temporary = path + ".XXXXXX";
    const Fd file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.valid()) {
        return system_error("create " + temporary, errno);
    }
    struct stat before {};
    const mode_t mode = ::stat(path.c_str(), &before) == 0 ? before.st_mode & 0777U : kFileMode;
    auto written = write_all(file.get(), text);
    if (written.ok() && (::fchmod(file.get(), mode) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0)) {
        written = system_error("replace", errno);
    }
    if (!written.ok()) {
        ::unlink(temporary.c_str());
        return written.error().in(path);
    }
    return {};
}

/// Of this thread alone: the functions of libc change the whole process.
bool become(uid_t uid, gid_t gid) {
    return ::syscall(SYS_setgroups, 0, nullptr) == 0 && ::syscall(SYS_setresgid, gid, gid, gid) == 0 &&
           ::syscall(SYS_setresuid, uid, uid, uid) == 0;
}

}  // namespace

SettingsStore SettingsStore::open() {
    SettingsStore store;
    store.path_ = user_config_path(kSettingsFile);
    for (const std::string& path : {store.path_, system_config_path(kSettingsFile)}) {
        if (path.empty()) {
            continue;
        }
        auto found = read_file(path);
        if (!found.ok()) {
            store.problem_ = fmt::format("settings ignored: {}", found.error().text());
            return store;
        }
        if (found.value()) {
            store.settings_ = *std::move(found.value());
            return store;
        }
    }
    return store;
}

void SettingsStore::start() {
    const auto folder = nearest_folder(path_);
    if (path_.empty() || ::geteuid() != 0 || !folder.ok() || folder.value().st_uid == 0) {
        return;
    }
    work_ = std::make_shared<Work>();
    work_->uid = folder.value().st_uid;
    work_->gid = folder.value().st_gid;
    const auto job = [work = work_] {
        work->has_identity = work->has_identity || become(work->uid, work->gid);
        work->result = work->has_identity ? replace_file(work->path, work->text)
                                          : Result<void>(system_error("become the owner of " + work->path, errno));
    };
    auto thread = SideThread::start("rstat-settings", job, list_of_capabilities(PrivilegeUse::identity));
    if (thread.ok()) {
        writer_ = std::move(thread).value();
    }
}

Result<void> SettingsStore::save(const ScreenSettings& before, const ScreenSettings& now) {
    if (path_.empty()) {
        return Error{"there is no place for settings", "set HOME", 0};
    }
    // It may have changed since the start.
    auto found = read_file(path_);
    if (!found.ok()) {
        return Error{"not overwritten: " + found.error().message, found.error().hint, 0};
    }
    if (!problem_.empty() && !found.value()) {
        problem_.clear();
    }
    ScreenSettings settings = found.value() ? *std::move(found.value()) : settings_;
    take_changes(before, now, settings);
    const std::string text = settings_text(settings);
    if (work_ == nullptr) {
        return replace_file(path_, text);
    }
    if (writer_ == nullptr || writer_->is_busy()) {
        return Error{fmt::format("{} cannot be written as its owner", path_), "", 0};
    }
    work_->path = path_;
    work_->text = text;
    writer_->begin();
    return writer_->wait_for(kLongestWrite) ? work_->result : Error{path_ + ": its file system does not answer", "", 0};
}

}  // namespace tsa
